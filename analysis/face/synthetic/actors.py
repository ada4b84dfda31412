"""Drawn people whose identity, expression and pose are known: the truth a measurement is compared with.

Every actor is photographed at rest a few times and then in seven expressions: the six emotions, each with a strength of
its own for every unit, and a mixture. Two more units are thrown in each time, so that none always comes with the same
others. Heads are turned, cameras differ in focal length (the fit is not told), light and looks change from actor to
actor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.camera import Pose
from analysis.face.landmarks.detector import Landmarks
from analysis.face.models.emotions import EMOTIONS, recipe, without_side
from analysis.face.models.model import FaceModel
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Appearance, Hair, HeadPose, Lighting, Optics, Scene, Sensor

MIXTURE = "mixture"
LABELS = (*EMOTIONS, MIXTURE)
"""The seven expressions of every actor."""

_SIZE_PX = (640, 480)
_SKIN = ((0.93, 0.76, 0.66), (0.86, 0.67, 0.56), (0.76, 0.56, 0.44), (0.58, 0.41, 0.31), (0.44, 0.30, 0.23))
_HAIR: tuple[Hair, ...] = ("none", "short", "long", "cap")
_HAIR_COLOURS = ((0.07, 0.05, 0.04), (0.16, 0.11, 0.08), (0.38, 0.26, 0.14), (0.55, 0.53, 0.50))
_YAW_DEG, _PITCH_DEG, _ROLL_DEG = 20.0, 8.0, 5.0
_REST_DEG = 5.0
"""How far a head moves while somebody looks into the camera at rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One picture of an actor: what it shows, and how it is taken."""

    label: str
    """One of `LABELS`, or ``neutral``."""
    expression: FloatArray
    """(E,) coefficients of the units, 0..1."""
    scene: Scene

    @property
    def pose(self) -> Pose:
        """Where the head truly is."""
        optics, head = self.scene.optics, self.scene.pose
        centre = ((optics.width_px - 1) / 2.0, (optics.height_px - 1) / 2.0)
        return Pose(head.rotation, head.translation, optics.focal_px, centre)


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A person of the model."""

    identity: FloatArray
    """(K,) coefficients."""
    neutrals: tuple[Take, ...]
    takes: tuple[Take, ...]
    """One for each of `LABELS`."""

    def vertices_mm(self, model: FaceModel, take: Take) -> FloatArray:
        """(V, 3) the true face of a take, in model axes."""
        vertices: FloatArray = model.neutral(self.identity) + model.displacement(take.expression)
        return vertices

    def exact_landmarks(self, model: FaceModel, take: Take) -> Landmarks:
        """Where the landmarks of a take truly are."""
        optics = take.scene.optics
        points = take.pose.project(self.vertices_mm(model, take)[model.landmark_vertices])
        return Landmarks(points, (optics.width_px, optics.height_px))


def cast(model: FaceModel, *, actors: int, neutrals: int, rng: np.random.Generator) -> list[Actor]:
    """Draw lots for actors and for what they do."""
    names = model.bases["units"].names
    still = np.zeros(len(names))
    found = []
    for _ in range(actors):
        scene = _scene(rng)
        rest = tuple(Take("neutral", still, _posed(scene, rng, _REST_DEG)) for _ in range(neutrals))
        takes = tuple(Take(label, _expression(label, names, rng), _posed(scene, rng, _YAW_DEG)) for label in LABELS)
        found.append(Actor(rng.normal(size=len(model.identity)), rest, takes))
    return found


def photograph(
    model: FaceModel, actors: list[Actor], *, samples: int = 4
) -> Iterator[tuple[Actor, list[ImageArray], list[ImageArray]]]:
    """Draw every actor: (640x480 RGB) pictures of their neutrals and of their takes."""
    renderer = FaceRenderer(model, refine=0, samples=samples, shadows=False, px_per_mm=3.0)
    try:
        for number, actor in enumerate(actors):
            neutrals, takes = (
                [
                    renderer.render(actor.vertices_mm(model, take), take.scene, frame=100 * number + k)
                    for k, take in enumerate(some)
                ]
                for some in (actor.neutrals, actor.takes)
            )
            yield actor, neutrals, takes
    finally:
        renderer.close()


def _expression(label: str, names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    strengths: dict[str, float] = {}
    sides = sorted({without_side(name) for name in names})
    if label == MIXTURE:
        strengths = {sides[k]: rng.uniform(0.2, 0.9) for k in rng.choice(len(sides), 6, replace=False)}
    else:
        strengths = {without_side(name): full * rng.uniform(0.3, 1.0) for name, full in recipe(label, names).items()}
        for k in rng.choice(len(sides), 2, replace=False):
            strengths.setdefault(sides[k], rng.uniform(0.1, 0.6))
    return np.array([_one_sided(name, strengths, rng) for name in names])


def _one_sided(name: str, strengths: Mapping[str, float], rng: np.random.Generator) -> float:
    """Faces are not quite symmetric: each side a little stronger or weaker."""
    strength = strengths.get(without_side(name), 0.0)
    return float(np.clip(strength * rng.uniform(0.8, 1.2), 0.0, 1.0))


def _scene(rng: np.random.Generator) -> Scene:
    skin = _SKIN[rng.integers(len(_SKIN))]
    return Scene(
        appearance=Appearance(
            skin=skin,
            lips=(0.80 * skin[0], 0.60 * skin[1], 0.64 * skin[2]),
            brows=_HAIR_COLOURS[rng.integers(3)],
            brow_strength=rng.uniform(0.6, 0.95),
            hair=_HAIR[rng.integers(len(_HAIR))],
            hair_colour=_HAIR_COLOURS[rng.integers(len(_HAIR_COLOURS))],
            stubble=max(0.0, rng.uniform(-0.5, 0.5)),
            texture_seed=int(rng.integers(1000)),
        ),
        optics=Optics(*_SIZE_PX, focal_px=_SIZE_PX[0] * rng.uniform(0.95, 1.25)),
        light=Lighting(
            key_azimuth_deg=rng.uniform(-40, 40),
            key_elevation_deg=rng.uniform(15, 50),
            key=rng.uniform(0.5, 0.8),
            room=rng.uniform(0.4, 0.6),
        ),
        sensor=Sensor(noise=rng.uniform(1.0, 3.0), blur_px=rng.uniform(0.4, 0.8)),
    )


def _posed(scene: Scene, rng: np.random.Generator, yaw_deg: float) -> Scene:
    """The scene with the head turned at random, by at most so much to the side and in proportion otherwise."""
    part = yaw_deg / _YAW_DEG
    pose = HeadPose(
        yaw_deg=rng.uniform(-yaw_deg, yaw_deg),
        pitch_deg=part * rng.uniform(-_PITCH_DEG, _PITCH_DEG),
        roll_deg=rng.uniform(-_ROLL_DEG, _ROLL_DEG),
        x_mm=rng.uniform(-25, 25),
        y_mm=rng.uniform(-20, 20),
        distance_mm=rng.uniform(550, 700),
    )
    return replace(scene, pose=pose)
