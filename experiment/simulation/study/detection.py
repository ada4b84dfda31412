"""Count detected faces among drawn people in difficult scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.registry import DEFAULT_MODEL
from analysis.face.render.scene import Scene
from analysis.face.synthetic.expressions import random_expression
from analysis.face.synthetic.people import Person, Photograph, draw_identity
from analysis.face.synthetic.scenes import draw_difficult_scene, draw_laboratory_scene
from analysis.terminal import progress
from experiment.simulation.drawing.states import camera_renderer

EACH = 8
"""Frames of one person."""
NEAR = 0.35
"""Largest distance of the detected eyes from the true ones, in eye distances."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One drawn face and the result of the detector."""

    number: int
    scene: Scene
    reason: str
    """Empty if the face was detected in its place, else the reason."""


def detect_frames(numbers: Sequence[int], *, seed: int = 0, jobs: int = 1) -> list[Frame]:
    """Draw frames and detect their faces.

    Parameters
    ----------
    numbers : sequence of int
        Numbers of the frames.
    seed : int
        Seed of people, expressions and scenes.
    jobs : int
        Number of processes.
    """
    groups = [list(numbers[first : first + EACH]) for first in range(0, len(numbers), EACH)]
    work = Parallel(n_jobs=jobs, return_as="generator")(delayed(_detect_group)(group, seed) for group in groups)
    return [frame for group in progress(work, total=len(groups), title="detecting faces") for frame in group]


def draw_frame(number: int, *, seed: int = 0) -> tuple[Scene, ImageArray, FloatArray]:
    """Return scene, picture and true (68, 2) landmarks in pixels of one frame."""
    renderer = camera_renderer(DEFAULT_MODEL)
    model = renderer.model
    person_rng, rng = np.random.default_rng([seed, number // EACH]), np.random.default_rng([seed, number, 1])
    scene = draw_difficult_scene(draw_laboratory_scene(person_rng), rng)
    person = Person(f"frame-{number}", draw_identity(len(model.identity), person_rng), scene)
    expression = random_expression(model.bases["units"].names, rng)
    frame = Photograph(person, "", expression, scene, frame=number % EACH)
    points_px = scene.optics.project(frame.vertices_mm(model)[model.landmark_vertices], scene.pose)
    return scene, frame.draw(renderer), points_px


def _detect_group(numbers: Sequence[int], seed: int) -> list[Frame]:
    return [_detect(number, seed) for number in numbers]


def _detect(number: int, seed: int) -> Frame:
    scene, image, true_px = draw_frame(number, seed=seed)
    try:
        found = LandmarkDetector().detect(image)
    except FaceError as error:
        return Frame(number, scene, error.reason)
    eyes = true_px[36:48].mean(axis=0) - found.points_px[36:48].mean(axis=0)
    distance = float(np.linalg.norm(eyes)) / found.eye_distance_px
    return Frame(number, scene, "" if distance < NEAR else "elsewhere")
