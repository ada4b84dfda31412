"""Head pose and expression once more, knowing which mistakes the landmark detector makes.

dlib answers to one and the same movement differently on different faces, and its mistakes hang together: a whole brow
is put too low, both corners of a mouth too far out. A fit that takes landmarks for independent explains such a mistake
by units. Here the pose is found anew (`analysis.face.fitting.head_pose`), and the movement of the landmarks, freed
from it and from identity, is fitted with the covariance ``C`` of those mistakes (generalised least squares)::

    (d - S psi)' (C + s^2 I)^-1 (d - S psi)  +  ridge |psi|^2,     0 <= psi <= 1

``d`` is the movement in the plane of the face, mm, ``S`` the shapes at the landmarks. ``C`` is what is left of the
movement of rendered people of whom it is known what they show, once the average answer of the landmarks to that is
taken out (``python -m analysis.evaluation.learn``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.fitting.head_pose import head_pose, movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.fitting.learned_arrays import FOLDER, read_learned
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.mirror import mirror_landmarks
from analysis.face.models.model import FaceModel

FILE = FOLDER / "landmarks.npz"
_RIDGE = 30.0
_STILL_MM = 0.3
"""Standard deviation of a landmark in which even what never moves is mistaken."""
_MISFIT_MM = 1.0
"""``s``: what separates real faces from rendered ones, and movements from sums of units."""


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What stays the same from face to face of a model."""

    movement_precision: FloatArray
    """(2n, 2n) ``(M + s^2)^-1`` of `analysis.face.fitting.head_pose`, 1 / mm^2."""
    projector: FloatArray
    """(E, 2n) ``S' (C + s^2)^-1``."""
    hessian: FloatArray
    """(E, E)"""
    variance: FloatArray
    """(E,) of the coefficients, bounds left aside."""


def landmark_movement(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> FloatArray:
    """(n, 2) how far the model's n landmarks moved from the person at rest, mm, see `head_pose.movement_mm`."""
    rest_mm, seen_px = _at_rest_and_now(face, landmarks, model)
    return movement_mm(face.pose, rest_mm, seen_px)


def refit(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> FittedFace:
    """The same face with its pose and its expression fitted anew; takes a quarter of a millisecond."""
    problem = _problem(model, face.basis)
    rest_mm, seen_px = _at_rest_and_now(face, landmarks, model)
    pose = head_pose(face.pose, rest_mm, seen_px, problem.movement_precision)
    linear = problem.projector @ movement_mm(pose, rest_mm, seen_px).ravel()
    return replace(
        face,
        pose=pose,
        expression=minimise_in_box(problem.hessian, linear, start=face.expression),
        uncertainty=np.sqrt(problem.variance),
        observability=np.clip(1.0 - _RIDGE * problem.variance, 0.0, 1.0),
    )


def landmarks_at_rest(identity: Identity, model: FaceModel, basis: str) -> FloatArray:
    """(3, n) landmarks of a person at rest, mm, those the model has."""
    rows = landmark_rows(model, basis)
    rest_mm: FloatArray = rows.neutral(identity.coefficients) + identity.landmark_offsets_mm[rows.landmarks].T
    return rest_mm


def _at_rest_and_now(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> tuple[FloatArray, FloatArray]:
    rows = landmark_rows(model, face.basis)
    return landmarks_at_rest(face.identity, model, face.basis), landmarks.points_px[rows.landmarks]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The problem a refitted expression solves: ``psi' hessian psi / 2 - psi' linear`` is least, ``0 <= psi <= 1``."""

    hessian: FloatArray
    """(E, E) ``S' (C + s^2)^-1 S + ridge``, the same for all faces."""
    linear: FloatArray
    """(E,) what the landmarks say for each shape."""
    ridge: float


def evidence(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> Evidence:
    """What `refit` made the expression of its result ``face`` of: to ask what a change would make of it."""
    problem = _problem(model, face.basis)
    return Evidence(problem.hessian, problem.projector @ landmark_movement(face, landmarks, model).ravel(), _RIDGE)


@lru_cache(maxsize=8)
def _problem(model: FaceModel, basis: str) -> _Problem:
    rows = landmark_rows(model, basis)
    size = 2 * len(rows.landmarks)
    covariance = _of_landmarks(detector_errors(), rows.landmarks) + _MISFIT_MM**2 * np.eye(size)
    shapes = rows.shapes[:2].transpose(2, 1, 0).reshape(len(rows.names), size)
    projector: FloatArray = np.asarray(np.linalg.solve(covariance, shapes.T).T, dtype=np.float64)
    hessian = projector @ shapes.T
    hessian = (hessian + hessian.T) / 2.0 + _RIDGE * np.eye(len(rows.names))
    return _Problem(
        landmark_precision(movement_covariance(), rows.landmarks),
        projector,
        hessian,
        np.diag(np.linalg.inv(hessian)).copy(),
    )


def landmark_precision(movements: FloatArray, landmarks: IntArray) -> FloatArray:
    """(2n, 2n) ``(M + s^2 I)^-1`` of n of the landmarks, 1 / mm^2, from the (68, 2, 68, 2) covariance of all, mm^2."""
    covariance = _of_landmarks(movements, landmarks)
    return np.asarray(np.linalg.inv(covariance + _STILL_MM**2 * np.eye(len(covariance))))


def _of_landmarks(covariance: FloatArray, landmarks: IntArray) -> FloatArray:
    size = 2 * len(landmarks)
    return covariance[landmarks][:, :, landmarks].reshape(size, size)


def mirrored(movement: FloatArray) -> FloatArray:
    """(..., 68, 2) the movement of the landmarks of the mirror image."""
    partner = mirror_landmarks(np.column_stack([np.arange(68.0), np.zeros(68)]), 1)[:, 0]
    swapped: FloatArray = movement[..., np.abs(np.rint(partner)).astype(int), :] * (-1.0, 1.0)
    return swapped


def detector_errors() -> FloatArray:
    """(68, 2, 68, 2) covariance of the mistakes of the landmarks, mm^2; `FILE` is read once.

    Raises
    ------
    AnalysisError
        If the file is not there or damaged.
    """
    return _learned()["mistakes_mm2"]


def movement_covariance() -> FloatArray:
    """(68, 2, 68, 2) mean products of the movements of landmarks from a person at rest, mm^2; from the same file.

    Raises
    ------
    AnalysisError
        If the file is not there or damaged.
    """
    return _learned()["movements_mm2"]


@lru_cache(maxsize=1)
def _learned() -> dict[str, FloatArray]:
    shape = (68, 2, 68, 2)
    return read_learned(FILE, {"mistakes_mm2": shape, "movements_mm2": shape})
