"""Who a simulated participant is: a face, looks, a place before a camera, and how well they imitate.

Everything is drawn from one seed, so the same seed is the same person on every computer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import Appearance, Background, Colour, Hair, HeadPose, Lighting, Optics, Scene, Sensor

CAMERA_PX = (640, 480)
FOCAL_WIDTHS = 1.1
"""Focal length in picture widths: that of a common webcam, and what a fit assumes of an uncalibrated one."""
IDENTITY_SPREAD = 0.8
"""Standard deviation of identity coefficients: people as different as the model's, without its caricatures."""

SKINS: tuple[Colour, ...] = (
    (0.93, 0.76, 0.67),
    (0.87, 0.69, 0.58),
    (0.80, 0.61, 0.48),
    (0.69, 0.50, 0.37),
    (0.55, 0.38, 0.27),
    (0.41, 0.28, 0.20),
)
"""From light to dark, about the six types of Fitzpatrick."""
HAIR_COLOURS: tuple[Colour, ...] = (
    (0.10, 0.07, 0.05),
    (0.17, 0.11, 0.07),
    (0.33, 0.21, 0.12),
    (0.55, 0.40, 0.22),
    (0.45, 0.44, 0.43),
)
IRISES: tuple[Colour, ...] = ((0.24, 0.15, 0.09), (0.36, 0.26, 0.15), (0.33, 0.40, 0.30), (0.36, 0.46, 0.55))
CLOTHES: tuple[Colour, ...] = ((0.25, 0.30, 0.38), (0.40, 0.24, 0.22), (0.22, 0.33, 0.27), (0.55, 0.52, 0.47))


@dataclass(frozen=True, slots=True)
class Skill:
    """How well somebody imitates: first what the face does, then when, then what practice changes.

    A movement that the target makes with strength ``t`` is made with
    ``strength * t * exp(habit + slip)``, where the habit of each movement is drawn once for a person and the slip anew
    at every attempt; movements that the target does not make stray in at random.
    """

    strength: float = 0.85
    """How strongly, as a share of the target's movement."""
    habit: float = 0.12
    """Standard deviation, over movements, of the logarithm of what this person always does too much or too little."""
    slip: float = 0.06
    """The same for what differs from attempt to attempt."""
    stray: float = 0.03
    """Mean strength of movements that are not the target's; a third of all movements stray at a time."""
    asymmetry: float = 0.04
    """Standard deviation of the logarithm by which the left side moves more than the right."""
    latency_s: float = 0.30
    """From the target's appearance to the first movement."""
    rise_s: float = 0.60
    """From the first movement to the full expression."""
    consider_s: float = 0.70
    """From the full expression to the key."""
    release_s: float = 0.35
    """From the full expression back to rest."""
    learning: float = 0.35
    """Share of a habit that one hint of a training screen takes away."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One simulated participant."""

    seed: int
    identity: FloatArray
    """(K,) coefficients of the face model."""
    scene: Scene
    """Looks, light and camera; its pose is the one the head returns to."""
    skill: Skill = field(default_factory=Skill)


def draw_skill(rng: np.random.Generator) -> Skill:
    """Somebody who imitates well, as people do who were asked to and have time."""
    return Skill(
        strength=float(rng.uniform(0.75, 0.95)),
        habit=float(rng.uniform(0.06, 0.14)),
        slip=float(rng.uniform(0.03, 0.07)),
        stray=float(rng.uniform(0.01, 0.03)),
        asymmetry=float(rng.uniform(0.01, 0.06)),
        latency_s=float(rng.uniform(0.22, 0.40)),
        rise_s=float(rng.uniform(0.45, 0.75)),
        consider_s=float(rng.uniform(0.55, 0.90)),
    )


def draw_person(seed: int, model: FaceModel, *, size_px: tuple[int, int] = CAMERA_PX) -> Person:
    """Draw a person.

    Parameters
    ----------
    seed
        The same seed and model give the same person.
    model
        The face model the person is made of.
    size_px
        Width and height of the camera's pictures.
    """
    rng = np.random.default_rng([seed, 0])
    identity = rng.normal(size=len(model.identity)) * IDENTITY_SPREAD
    return Person(seed, identity, draw_scene(rng, size_px=size_px), draw_skill(rng))


def draw_scene(rng: np.random.Generator, *, size_px: tuple[int, int] = CAMERA_PX) -> Scene:
    """Draw looks, light and a camera for one person in a laboratory: facing the display, some 50 cm away."""
    width, height = size_px
    noise = float(rng.uniform(1.5, 3.0))
    return Scene(
        appearance=draw_appearance(rng),
        pose=HeadPose(
            yaw_deg=float(rng.normal(0, 3.0)),
            pitch_deg=float(rng.normal(0, 2.5)),
            roll_deg=float(rng.normal(0, 1.5)),
            x_mm=float(rng.normal(0, 12.0)),
            y_mm=float(rng.normal(-8, 8.0)),
            distance_mm=float(rng.uniform(500, 580)),
        ),
        optics=Optics(width, height, FOCAL_WIDTHS * width),
        light=Lighting(
            key_azimuth_deg=float(rng.uniform(-35, 35)),
            key_elevation_deg=float(rng.uniform(20, 45)),
            key=float(rng.uniform(0.55, 0.85)),
            room=float(rng.uniform(0.42, 0.62)),
            warmth=float(rng.uniform(-0.4, 0.6)),
        ),
        sensor=Sensor(noise=noise, blur_px=float(rng.uniform(0.5, 0.8)) * width / 640),
        background=Background(
            colour=tuple(np.round(rng.uniform(0.35, 0.65) + rng.normal(0, 0.03, 3), 3).tolist()),
            clutter=float(rng.uniform(0.0, 0.6)),
            seed=int(rng.integers(2**31)),
        ),
    )


def draw_appearance(rng: np.random.Generator) -> Appearance:
    """Draw the looks of one person."""
    skin = np.clip(np.asarray(SKINS[rng.integers(len(SKINS))]) + rng.normal(0, 0.012, 3), 0, 1)
    hair = HAIR_COLOURS[rng.integers(len(HAIR_COLOURS) if skin[0] > 0.75 else 2)]
    styles: tuple[Hair, ...] = ("short", "short", "long", "cap", "none")
    style = styles[rng.integers(len(styles))]
    iris = IRISES[rng.integers(len(IRISES) if skin[0] > 0.75 else 2)]
    return Appearance(
        skin=_colour(skin),
        lips=_colour(skin * (0.84, 0.63, 0.66)),
        brows=_colour(0.8 * np.asarray(hair)),
        brow_strength=float(rng.uniform(0.9, 1.0)),
        brow_fullness=float(rng.uniform(1.3, 1.6)),
        iris=iris,
        hair=style,
        hair_colour=hair,
        clothes=CLOTHES[rng.integers(len(CLOTHES))],
        stubble=float(max(0.0, rng.uniform(-0.5, 0.5))) if style != "long" else 0.0,
        texture_seed=int(rng.integers(2**31)),
    )


def _colour(values: FloatArray) -> Colour:
    red, green, blue = (float(round(value, 4)) for value in values)
    return red, green, blue
