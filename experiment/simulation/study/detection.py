"""How often the detector finds a drawn face: over people, expressions, skin tones, light, hair and turned heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.scene import HeadPose, Lighting, Scene
from analysis.terminal import progress
from experiment.simulation.drawn_pictures import renderer_of_process
from experiment.simulation.person import IDENTITY_SPREAD, draw_scene
from experiment.simulation.target_units import units_of_blend

LARGEST_YAW_DEG = 25.0
EACH = 8
"""Frames of one person."""
NEAR = 0.35
"""A detected face is the drawn one if its eyes are nearer to the true ones than this share of their distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One drawn face and whether it was found."""

    number: int
    scene: Scene
    reason: str
    """Empty where the face was found in its place, else why not."""


def look_for(numbers: Sequence[int], *, seed: int = 0, jobs: int = 1) -> list[Frame]:
    """Draw frames and look for their faces."""
    groups = [list(numbers[first : first + EACH]) for first in range(0, len(numbers), EACH)]
    work = Parallel(n_jobs=jobs, return_as="generator")(delayed(_look)(group, seed) for group in groups)
    return [frame for group in progress(work, total=len(groups), title="looking for faces") for frame in group]


def draw_frame(number: int, *, seed: int = 0) -> tuple[Scene, ImageArray, FloatArray]:
    """Scene, picture and true (68, 2) landmarks in pixels of one frame; the same number and seed give the same."""
    model, renderer = load_model(), renderer_of_process()
    someone, rng = np.random.default_rng([seed, number // EACH]), np.random.default_rng([seed, number, 1])
    scene = _scene(draw_scene(someone), rng)
    identity = someone.normal(size=len(model.identity)) * IDENTITY_SPREAD
    vertices = model.neutral(identity) + model.displacement(_expression(rng, model))
    points = scene.optics.project(vertices[model.landmark_vertices], scene.pose)
    return scene, renderer.render(vertices, scene, frame=number % EACH), points


def _look(numbers: Sequence[int], seed: int) -> list[Frame]:
    return [_look_at(number, seed) for number in numbers]


def _look_at(number: int, seed: int) -> Frame:
    scene, image, true = draw_frame(number, seed=seed)
    try:
        found = LandmarkDetector().detect(image)
    except FaceError as error:
        return Frame(number, scene, error.reason)
    eyes = true[36:48].mean(axis=0) - found.points_px[36:48].mean(axis=0)
    off = float(np.linalg.norm(eyes)) / found.eye_distance_px
    return Frame(number, scene, "" if off < NEAR else "elsewhere")


def _scene(usual: Scene, rng: np.random.Generator) -> Scene:
    """The same person in the light and the pose of a bad day."""
    return replace(
        usual,
        pose=HeadPose(
            yaw_deg=float(rng.uniform(-LARGEST_YAW_DEG, LARGEST_YAW_DEG)),
            pitch_deg=float(rng.uniform(-12, 12)),
            roll_deg=float(rng.uniform(-10, 10)),
            x_mm=float(rng.uniform(-60, 60)),
            y_mm=float(rng.uniform(-40, 20)),
            distance_mm=float(rng.uniform(450, 900)),
        ),
        light=Lighting(
            key_azimuth_deg=float(rng.uniform(-60, 60)),
            key_elevation_deg=float(rng.uniform(5, 60)),
            key=float(rng.uniform(0.3, 1.0)),
            room=float(rng.uniform(0.25, 0.7)),
            warmth=float(rng.uniform(-1, 1)),
        ),
    )


def _expression(rng: np.random.Generator, model: FaceModel) -> FloatArray:
    """An emotion, a blend of two, or a few units at random."""
    kind = rng.integers(3)
    if kind < 2:
        chosen = rng.choice(EMOTIONS, size=kind + 1, replace=False)
        return units_of_blend({str(emotion): float(rng.uniform(0.3, 1.0)) / (kind + 1) for emotion in chosen}, model)
    count = len(model.bases["units"].names)
    strengths: FloatArray = np.where(rng.random(count) < 0.12, rng.uniform(0, 0.8, count), 0.0)
    return strengths
