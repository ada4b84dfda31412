"""Expression once more, knowing which mistakes the landmark detector makes.

dlib answers to one and the same movement differently on different faces, and its mistakes hang together: a whole brow
is put too low, both corners of a mouth too far out. A fit that takes landmarks for independent explains such a mistake
by units. Here the movement of the landmarks, freed from head pose and identity, is fitted with the covariance ``C`` of
those mistakes (generalised least squares)::

    (d - S psi)' (C + s^2 I)^-1 (d - S psi)  +  ridge |psi|^2,     0 <= psi <= 1

``d`` is the movement in the plane of the face, mm, ``S`` the shapes at the landmarks. ``C`` was measured on rendered
faces of many people who make the same movements (``python -m analysis.evaluation.learn``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.face.bounded import minimise_in_box
from analysis.face.fit import FittedFace
from analysis.face.landmarks import Landmarks
from analysis.face.learned import FOLDER, read_learned
from analysis.face.mirror import mirror_landmarks
from analysis.face.model import FaceModel, FloatArray
from analysis.face.rows import landmark_rows

FILE = FOLDER / "landmark_errors.npz"
_RIDGE = 10.0
_MISFIT_MM = 1.0
"""``s``: what separates real faces from rendered ones, and movements from sums of units."""


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What stays the same from face to face of a model."""

    projector: FloatArray
    """(E, 2n) ``S' (C + s^2)^-1``."""
    hessian: FloatArray
    """(E, E)"""
    variance: FloatArray
    """(E,) of the coefficients, bounds left aside."""


def landmark_movement(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> FloatArray:
    """(n, 2) how far the model's n landmarks moved from the person at rest, mm, to the right and up on a frontal face.

    Movement towards the camera is not seen and taken for none.
    """
    rows = landmark_rows(model, face.basis)
    rest = rows.neutral(face.identity.coefficients) + face.identity.landmark_offsets_mm[rows.landmarks].T
    seen_px = landmarks.points_px[rows.landmarks]
    difference = (seen_px - face.pose.project(rest.T)) * (1.0, -1.0)
    depth = -(face.pose.rotation[2] @ rest + face.pose.translation_mm[2])
    in_camera_mm = difference * (depth / face.pose.focal_px)[:, None]
    return np.asarray(np.linalg.solve(face.pose.rotation[:2, :2], in_camera_mm.T).T)


def refit(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> FittedFace:
    """The same face in the same pose with its expression fitted anew; takes a fifth of a millisecond."""
    problem = _problem(model, face.basis)
    linear = problem.projector @ landmark_movement(face, landmarks, model).ravel()
    return replace(
        face,
        expression=minimise_in_box(problem.hessian, linear, start=face.expression),
        uncertainty=np.sqrt(problem.variance),
        observability=np.clip(1.0 - _RIDGE * problem.variance, 0.0, 1.0),
    )


@lru_cache(maxsize=8)
def _problem(model: FaceModel, basis: str) -> _Problem:
    rows = landmark_rows(model, basis)
    errors = detector_errors()[rows.landmarks][:, :, rows.landmarks]
    size = 2 * len(rows.landmarks)
    covariance = errors.reshape(size, size) + _MISFIT_MM**2 * np.eye(size)
    shapes = rows.shapes[:2].transpose(2, 1, 0).reshape(len(rows.names), size)
    projector: FloatArray = np.asarray(np.linalg.solve(covariance, shapes.T).T, dtype=np.float64)
    hessian = projector @ shapes.T
    hessian = (hessian + hessian.T) / 2.0 + _RIDGE * np.eye(len(rows.names))
    return _Problem(projector, hessian, np.diag(np.linalg.inv(hessian)).copy())


def error_covariance(deviations: FloatArray) -> FloatArray:
    """(68, 2, 68, 2) mean products of (N, 68, 2) deviations and of their mirror images, mm^2."""
    both = np.concatenate([deviations, mirrored(deviations)])
    return np.asarray(np.einsum("nia,njb->iajb", both, both) / len(both))


def mirrored(movement: FloatArray) -> FloatArray:
    """(..., 68, 2) the movement of the landmarks of the mirror image."""
    partner = mirror_landmarks(np.column_stack([np.arange(68.0), np.zeros(68)]), 1)[:, 0]
    swapped: FloatArray = movement[..., np.abs(np.rint(partner)).astype(int), :] * (-1.0, 1.0)
    return swapped


@lru_cache(maxsize=1)
def detector_errors() -> FloatArray:
    """(68, 2, 68, 2) covariance of the mistakes of the landmarks, mm^2; `FILE` is read once.

    Raises
    ------
    AnalysisError
        If the file is not there or damaged.
    """
    return read_learned(FILE, {"covariance_mm2": (68, 2, 68, 2)})["covariance_mm2"]
