"""Synthetic people: a face, looks, and the room and camera they are photographed with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.render.scene import Appearance, Background, Hair, HeadPose, Lighting, Optics, Scene, Sensor

IDENTITY_SPREAD = 0.8
"""Of the model's own standard deviation: beyond 1, faces drawn from a linear model stop looking like people."""
HEAD_WIDTH_MM = 150.0
FACE_PX = 240
"""Width of the head in the pictures, unless it is what is varied."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody who can be photographed."""

    name: str
    identity: FloatArray
    """(K,) of the generating model."""
    scene: Scene
    """Their looks, room and camera, facing it."""

    def turned(self, *, yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Scene:
        """The same picture with the head turned."""
        pose = replace(self.scene.pose, yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
        return replace(self.scene, pose=pose)

    def turned_at_random(self, turn_deg: float, rng: np.random.Generator) -> Scene:
        """The head turned by up to so much to either side, and half as far up, down and towards a shoulder."""
        yaw, pitch, roll = rng.uniform(-1, 1, 3) * (turn_deg, turn_deg / 2, turn_deg / 2)
        return self.turned(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)


def draw_person(name: str, components: int, rng: np.random.Generator, *, face_px: float = FACE_PX) -> Person:
    """Somebody at random.

    Parameters
    ----------
    components : int
        Identity components of the generating model.
    face_px : float
        Width of the head in the picture.
    """
    tone = rng.uniform()
    fair, dark = np.array([0.90, 0.72, 0.62]), np.array([0.36, 0.23, 0.17])
    skin = fair + tone**1.5 * (dark - fair)
    lips = skin * (0.85, 0.62, 0.65)
    hair = np.array([0.10, 0.07, 0.05]) + (1 - tone) * rng.uniform(0, 1) * np.array([0.45, 0.33, 0.20])
    looks = Appearance(
        skin=_colour(skin),
        lips=_colour(lips),
        brows=_colour(hair * 0.9),
        brow_strength=float(rng.uniform(0.55, 0.95)),
        iris=_colour(np.array([0.20, 0.14, 0.09]) + (1 - tone) * rng.uniform(0, 0.25, 3)),
        hair=get_args(Hair)[int(rng.integers(len(get_args(Hair))))],
        hair_colour=_colour(hair),
        stubble=float(rng.uniform(0, 0.5)) if rng.uniform() < 0.3 else 0.0,
        texture_seed=int(rng.integers(1_000_000)),
    )
    light = Lighting(
        key_azimuth_deg=float(rng.uniform(-40, 40)),
        key_elevation_deg=float(rng.uniform(15, 50)),
        key=float(rng.uniform(0.5, 0.85)),
        room=float(rng.uniform(0.4, 0.6)),
        warmth=float(rng.uniform(-0.5, 0.5)),
    )
    wall = Background(clutter=float(rng.uniform(0, 0.6)), seed=int(rng.integers(1_000_000)))
    pose = HeadPose(y_mm=float(rng.uniform(-10, 10)), distance_mm=float(rng.uniform(500, 750)))
    return Person(
        name=name,
        identity=rng.normal(size=components) * IDENTITY_SPREAD,
        scene=sized(Scene(looks, pose, Optics(), light, Sensor(noise=2.5, blur_px=0.5), wall), face_px),
    )


def sized(scene: Scene, face_px: float) -> Scene:
    """The same person nearer to the lens, or through a coarser camera: the head `face_px` wide, in a picture to fit.

    The distance, and with it the perspective, stays; the blur of the lens is that of a face of `FACE_PX`.
    """
    optics = Optics(round(1.7 * face_px), round(2.0 * face_px), face_px * scene.pose.distance_mm / HEAD_WIDTH_MM)
    return replace(scene, optics=optics)


def _colour(values: FloatArray) -> tuple[float, float, float]:
    red, green, blue = np.clip(values, 0.02, 0.98).round(4).tolist()
    return red, green, blue
