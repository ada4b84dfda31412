"""Random scenes of drawn people: appearance, head pose, light, camera, background.

Each ``draw_..._scene`` is one recipe. The same generator gives the same scene, so the order of its random draws is
fixed.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TypeVar, get_args

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.render.scene import Appearance, Background, Colour, Hair, HeadPose, Lighting, Optics, Scene, Sensor

HEAD_WIDTH_MM = 150.0
FACE_PX = 240
"""Default width of the head in photographs, pixels."""
CAMERA_PX = (640, 480)
"""Width and height of webcam pictures, pixels."""
FOCAL_WIDTHS = 1.1
"""Focal length of a common webcam in picture widths; a fit assumes it for an uncalibrated camera."""

_PHOTOGRAPH_LIGHT = (Lighting(-40, 15, 0.5, 0.4, -0.5), Lighting(40, 50, 0.85, 0.6, 0.5))
_WEBCAM_LIGHT = (Lighting(-40, 15, 0.5, 0.4), Lighting(40, 50, 0.8, 0.6))
_LABORATORY_LIGHT = (Lighting(-35, 20, 0.55, 0.42, -0.4), Lighting(35, 45, 0.85, 0.62, 0.6))
_DIFFICULT_LIGHT = (Lighting(-60, 5, 0.3, 0.25, -1), Lighting(60, 60, 1.0, 0.7, 1))
_PHOTOGRAPH_POSE = (HeadPose(y_mm=-10, distance_mm=500), HeadPose(y_mm=10, distance_mm=750))
_DIFFICULT_POSE = (HeadPose(-25, -12, -10, -60, -40, 450), HeadPose(25, 12, 10, 60, 20, 900))
WEBCAM_POSE = (HeadPose(-20, -8, -5, -25, -20, 550), HeadPose(20, 8, 5, 25, 20, 700))
"""Smallest and largest values of a turned head before a webcam."""
WEBCAM_REST_POSE = (HeadPose(-5, -2, -5, -25, -20, 550), HeadPose(5, 2, 5, 25, 20, 700))
"""The same for a person who looks into the camera at rest."""

_WEBCAM_SKINS = ((0.93, 0.76, 0.66), (0.86, 0.67, 0.56), (0.76, 0.56, 0.44), (0.58, 0.41, 0.31), (0.44, 0.30, 0.23))
_WEBCAM_HAIR: tuple[Hair, ...] = ("none", "short", "long", "cap")
_WEBCAM_HAIR_COLOURS = ((0.07, 0.05, 0.04), (0.16, 0.11, 0.08), (0.38, 0.26, 0.14), (0.55, 0.53, 0.50))

_SKINS: tuple[Colour, ...] = (
    (0.93, 0.76, 0.67),
    (0.87, 0.69, 0.58),
    (0.80, 0.61, 0.48),
    (0.69, 0.50, 0.37),
    (0.55, 0.38, 0.27),
    (0.41, 0.28, 0.20),
)
"""From light to dark, about the six types of Fitzpatrick."""
_HAIR: tuple[Hair, ...] = ("short", "short", "long", "cap", "none")
_HAIR_COLOURS: tuple[Colour, ...] = (
    (0.10, 0.07, 0.05),
    (0.17, 0.11, 0.07),
    (0.33, 0.21, 0.12),
    (0.55, 0.40, 0.22),
    (0.45, 0.44, 0.43),
)
_IRISES: tuple[Colour, ...] = ((0.24, 0.15, 0.09), (0.36, 0.26, 0.15), (0.33, 0.40, 0.30), (0.36, 0.46, 0.55))
_CLOTHES: tuple[Colour, ...] = ((0.25, 0.30, 0.38), (0.40, 0.24, 0.22), (0.22, 0.33, 0.27), (0.55, 0.52, 0.47))
_FAIR_SKIN = 0.75
"""Skin with more red than this goes with every colour of hair and eyes."""

Values = TypeVar("Values", HeadPose, Lighting, Sensor)


def draw_between(low: Values, high: Values, rng: np.random.Generator) -> Values:
    """Return values drawn uniformly between two sets; equal values stay.

    Parameters
    ----------
    low, high : HeadPose, Lighting or Sensor
        Smallest and largest value of every field.
    rng : Generator
        Draws one number for every field that differs.
    """
    names = [one.name for one in fields(low) if getattr(low, one.name) != getattr(high, one.name)]
    drawn = {name: rng.uniform(getattr(low, name), getattr(high, name)) for name in names}
    return replace(low, **drawn)


def draw_photograph_scene(rng: np.random.Generator, *, face_px: float = FACE_PX) -> Scene:
    """Draw a photograph of one head, facing the camera, with any skin tone.

    Parameters
    ----------
    rng : Generator
        Source of random numbers.
    face_px : float
        Width of the head in the picture.
    """
    tone = rng.uniform()
    fair, dark = np.array([0.90, 0.72, 0.62]), np.array([0.36, 0.23, 0.17])
    skin = fair + tone**1.5 * (dark - fair)
    hair = np.array([0.10, 0.07, 0.05]) + (1 - tone) * rng.uniform(0, 1) * np.array([0.45, 0.33, 0.20])
    appearance = Appearance(
        skin=_colour(skin),
        lips=_colour(skin * (0.85, 0.62, 0.65)),
        brows=_colour(hair * 0.9),
        brow_strength=rng.uniform(0.55, 0.95),
        iris=_colour(np.array([0.20, 0.14, 0.09]) + (1 - tone) * rng.uniform(0, 0.25, 3)),
        hair=get_args(Hair)[int(rng.integers(len(get_args(Hair))))],
        hair_colour=_colour(hair),
        stubble=rng.uniform(0, 0.5) if rng.uniform() < 0.3 else 0.0,
        texture_seed=int(rng.integers(1_000_000)),
    )
    light = draw_between(*_PHOTOGRAPH_LIGHT, rng)
    background = Background(clutter=rng.uniform(0, 0.6), seed=int(rng.integers(1_000_000)))
    pose = draw_between(*_PHOTOGRAPH_POSE, rng)
    return sized(Scene(appearance, pose, Optics(), light, Sensor(noise=2.5, blur_px=0.5), background), face_px)


def draw_webcam_scene(rng: np.random.Generator) -> Scene:
    """Draw a person before a webcam of unknown focal length, facing it."""
    skin = _WEBCAM_SKINS[rng.integers(len(_WEBCAM_SKINS))]
    return Scene(
        appearance=Appearance(
            skin=skin,
            lips=(0.80 * skin[0], 0.60 * skin[1], 0.64 * skin[2]),
            brows=_WEBCAM_HAIR_COLOURS[rng.integers(3)],
            brow_strength=rng.uniform(0.6, 0.95),
            hair=_WEBCAM_HAIR[rng.integers(len(_WEBCAM_HAIR))],
            hair_colour=_WEBCAM_HAIR_COLOURS[rng.integers(len(_WEBCAM_HAIR_COLOURS))],
            stubble=max(0.0, rng.uniform(-0.5, 0.5)),
            texture_seed=int(rng.integers(1000)),
        ),
        optics=Optics(*CAMERA_PX, focal_px=CAMERA_PX[0] * rng.uniform(0.95, 1.25)),
        light=draw_between(*_WEBCAM_LIGHT, rng),
        sensor=draw_between(Sensor(1.0, 0.4), Sensor(3.0, 0.8), rng),
    )


def draw_laboratory_scene(rng: np.random.Generator, *, size_px: tuple[int, int] = CAMERA_PX) -> Scene:
    """Draw a person in a laboratory: facing the display, some 50 cm away.

    Parameters
    ----------
    rng : Generator
        Source of random numbers.
    size_px : tuple
        Width and height of the camera's pictures.
    """
    width, height = size_px
    noise = rng.uniform(1.5, 3.0)
    return Scene(
        appearance=_laboratory_appearance(rng),
        pose=HeadPose(
            yaw_deg=rng.normal(0, 3.0),
            pitch_deg=rng.normal(0, 2.5),
            roll_deg=rng.normal(0, 1.5),
            x_mm=rng.normal(0, 12.0),
            y_mm=rng.normal(-8, 8.0),
            distance_mm=rng.uniform(500, 580),
        ),
        optics=Optics(width, height, FOCAL_WIDTHS * width),
        light=draw_between(*_LABORATORY_LIGHT, rng),
        sensor=Sensor(noise=noise, blur_px=rng.uniform(0.5, 0.8) * width / 640),
        background=Background(
            colour=tuple(np.round(rng.uniform(0.35, 0.65) + rng.normal(0, 0.03, 3), 3).tolist()),
            clutter=rng.uniform(0.0, 0.6),
            seed=int(rng.integers(2**31)),
        ),
    )


def draw_difficult_scene(scene: Scene, rng: np.random.Generator) -> Scene:
    """Return the scene with any head pose up to 25 degrees and any light."""
    pose = draw_between(*_DIFFICULT_POSE, rng)
    return replace(scene, pose=pose, light=draw_between(*_DIFFICULT_LIGHT, rng))


def sized(scene: Scene, face_px: float) -> Scene:
    """Return the scene photographed so that the head is `face_px` wide.

    The distance stays, and with it the perspective. So does the blur of the lens, which is that of a face of `FACE_PX`.
    """
    optics = Optics(round(1.7 * face_px), round(2.0 * face_px), face_px * scene.pose.distance_mm / HEAD_WIDTH_MM)
    return replace(scene, optics=optics)


def posed(scene: Scene, **pose: float) -> Scene:
    """Return the scene with some fields of the head pose replaced."""
    return replace(scene, pose=replace(scene.pose, **pose))


def without_noise(scene: Scene) -> Scene:
    """Return the scene before the blur and noise of the sensor."""
    return replace(scene, sensor=Sensor(exposure=scene.sensor.exposure))


def _laboratory_appearance(rng: np.random.Generator) -> Appearance:
    skin = np.clip(np.asarray(_SKINS[rng.integers(len(_SKINS))]) + rng.normal(0, 0.012, 3), 0, 1)
    hair = _HAIR_COLOURS[rng.integers(len(_HAIR_COLOURS) if skin[0] > _FAIR_SKIN else 2)]
    style = _HAIR[rng.integers(len(_HAIR))]
    iris = _IRISES[rng.integers(len(_IRISES) if skin[0] > _FAIR_SKIN else 2)]
    return Appearance(
        skin=_rounded(skin),
        lips=_rounded(skin * (0.84, 0.63, 0.66)),
        brows=_rounded(0.8 * np.asarray(hair)),
        brow_strength=rng.uniform(0.9, 1.0),
        brow_fullness=rng.uniform(1.3, 1.6),
        iris=iris,
        hair=style,
        hair_colour=hair,
        clothes=_CLOTHES[rng.integers(len(_CLOTHES))],
        stubble=max(0.0, rng.uniform(-0.5, 0.5)) if style != "long" else 0.0,
        texture_seed=int(rng.integers(2**31)),
    )


def _colour(values: FloatArray) -> Colour:
    return _rounded(np.clip(values, 0.02, 0.98))


def _rounded(values: FloatArray) -> Colour:
    red, green, blue = np.round(values, 4).tolist()
    return red, green, blue
