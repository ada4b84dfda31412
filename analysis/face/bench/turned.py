"""Spurious expressions of a neutral face that turns, from errors of the camera.

The errors are a wrong focal length and the guessed depth of the face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose, principal_point, rotation_from_angles
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import FitSettings
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.front import front_vertices
from analysis.face.models.model import FaceModel

TURN_DEG, DISTANCE_MM = 20.0, 600.0
FOCAL_PX, SIZE_PX = 704.0, (640, 480)
WRONG_BY = (0.8, 1.2)
"""Focal lengths of the fit relative to the true one."""
CALIBRATION_DEG = ((-4.0, 0.0), (3.0, 2.0), (0.0, -4.0), (2.0, 3.0), (4.0, -2.0))
"""(yaw, pitch) of the neutral pictures: people do not hold still exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class TurnedFigures:
    """Spurious expression of exact landmarks, RMS over the front of the face, mm."""

    five_neutrals_mm: FloatArray
    """(people x turns x focal lengths,) with five neutral pictures and a slightly moving head."""
    one_neutral_mm: FloatArray
    """The same with one neutral picture from exactly the front: the depth of the face is a guess."""
    mean_face_mm: FloatArray
    """(turns x focal lengths,) the known mean face of the model: the effect of the focal length only."""


def turn_neutral_faces(model: FaceModel, *, people: int, rng: np.random.Generator) -> TurnedFigures:
    """Turn neutral faces of random people of the model by `TURN_DEG` to either side.

    Parameters
    ----------
    model : FaceModel
        The face model.
    people : int
        Number of people.
    rng : Generator
        Source of random numbers.
    """
    random_people = rng.normal(size=(people, len(model.identity)))
    mean_face = np.zeros((1, len(model.identity)))
    return TurnedFigures(
        five_neutrals_mm=_spurious(model, random_people, CALIBRATION_DEG),
        one_neutral_mm=_spurious(model, random_people, ((0.0, 0.0),)),
        mean_face_mm=_spurious(model, mean_face, ((0.0, 0.0),)),
    )


def _spurious(model: FaceModel, people: FloatArray, calibration: tuple[tuple[float, float], ...]) -> FloatArray:
    front, found = front_vertices(model), []
    for person in people:
        points = model.neutral(person)[model.landmark_vertices]
        for wrong in WRONG_BY:
            settings = FitSettings(focal_px=wrong * FOCAL_PX)
            neutrals = [_landmarks(points, yaw_deg, pitch_deg) for yaw_deg, pitch_deg in calibration]
            identity = calibrate_identity(neutrals, model, settings=settings)
            for turn_deg in (-TURN_DEG, TURN_DEG):
                fitted = fit_expression(_landmarks(points, turn_deg, 0.0), model, identity, settings=settings)
                moved = fitted.displacement_mm(model)[front]
                found.append(np.sqrt((moved**2).sum(axis=1).mean()))
    return np.array(found)


def _landmarks(points_mm: FloatArray, yaw_deg: float, pitch_deg: float) -> Landmarks:
    rotation = rotation_from_angles(yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    pose = Pose(rotation, np.array([0.0, 0.0, -DISTANCE_MM]), FOCAL_PX, principal_point(SIZE_PX))
    return Landmarks(pose.project(points_mm), SIZE_PX)


def summary(figures: TurnedFigures) -> dict[str, dict[str, float]]:
    """Return mean and largest values, for JSON."""
    return {
        name: {"mean_mm": float(values.mean()), "largest_mm": float(values.max())}
        for name, values in (
            ("five_neutrals", figures.five_neutrals_mm),
            ("one_frontal_neutral", figures.one_neutral_mm),
            ("mean_face", figures.mean_face_mm),
        )
    }
