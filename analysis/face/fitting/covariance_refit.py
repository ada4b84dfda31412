"""Refit pose and expression with the covariance of the detector's errors.

dlib's errors differ from face to face and are correlated: a whole brow is too low, both corners of a mouth are too far
out. A fit that treats landmarks as independent explains such an error by units. Here the pose is found again
(`analysis.face.fitting.head_pose`), and the movement of the landmarks, without pose and identity, is fitted by
generalised least squares [1]_ with the covariance ``C`` of those errors::

    (d - S psi)' (C + s^2 I)^-1 (d - S psi)  +  ridge |psi|^2,     0 <= psi <= 1        (1)

``d`` is the movement in the plane of the face, mm, ``S`` the shapes at the landmarks. ``C`` is the residual of the
movement of rendered people with known expressions, after the average response of the landmarks is subtracted
(``python -m analysis.evaluation.learn``).

References
----------
.. [1] Aitken, On least squares and linear combination of observations, Proceedings of the Royal Society of Edinburgh 55
   (1936), 42-48.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.fitting.head_pose import head_pose, movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.fitting.learned_arrays import FOLDER, read_learned
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.mirror import MIRROR_ORDER
from analysis.face.models.model import FaceModel

FILE = FOLDER / "landmarks.npz"
_RIDGE = 30.0
_STILL_MM = 0.3
"""Standard deviation of a landmark that no expression moves."""
_MISFIT_MM = 1.0
"""``s``: difference of real faces from rendered ones, and of movements from sums of units."""
_SHAPE = (68, 2, 68, 2)


@dataclass(frozen=True, slots=True, eq=False)
class RefitProblem:
    """Equation 1 for one face.

    Minimise ``psi' hessian psi / 2 - psi' linear``, ``0 <= psi <= 1``.
    """

    hessian: FloatArray
    """(E, E) ``S' (C + s^2)^-1 S + ridge``, the same for all faces."""
    linear: FloatArray
    """(E,) ``S' (C + s^2)^-1 d``."""
    ridge: float


@dataclass(frozen=True, slots=True, eq=False)
class _Constants:
    """What stays the same from face to face of a model."""

    movement_precision: FloatArray
    """(2n, 2n) ``(M + s^2)^-1`` of `analysis.face.fitting.head_pose`, 1 / mm^2."""
    projector: FloatArray
    """(E, 2n) ``S' (C + s^2)^-1``."""
    hessian: FloatArray
    """(E, E)"""
    uncertainty: FloatArray
    """(E,) standard deviations of the coefficients, bounds left aside."""
    observability: FloatArray
    """(E,) 0..1."""


def refit(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> FittedFace:
    """Return the same face with its pose and expression refitted.

    Parameters
    ----------
    face : FittedFace
        Result of `analysis.face.fitting.fit.fit_expression`.
    landmarks : Landmarks
        The landmarks it was fitted to.
    model : FaceModel
        The face model.
    """
    constants = _constants(model, face.basis)
    rest_mm, points_px = _rest_and_points(face, landmarks, model)
    pose = head_pose(face.pose, rest_mm, points_px, precision=constants.movement_precision)
    linear = constants.projector @ movement_mm(pose, rest_mm, points_px).ravel()
    return replace(
        face,
        pose=pose,
        expression=minimise_in_box(constants.hessian, linear, start=face.expression),
        uncertainty=constants.uncertainty,
        observability=constants.observability,
    )


def refit_problem(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> RefitProblem:
    """Return the problem whose solution is the expression of a refitted face.

    It serves to predict the effect of a change of expression without measuring it.

    Parameters
    ----------
    face : FittedFace
        Result of `refit`.
    landmarks : Landmarks
        The landmarks it was fitted to.
    model : FaceModel
        The face model.
    """
    constants = _constants(model, face.basis)
    linear = constants.projector @ landmark_movement(face, landmarks, model).ravel()
    return RefitProblem(constants.hessian, linear, _RIDGE)


def landmark_movement(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> FloatArray:
    """Return the (n, 2) movement of the model's landmarks from the person at rest, mm.

    Parameters
    ----------
    face : FittedFace
        Identity and pose.
    landmarks : Landmarks
        The detected landmarks.
    model : FaceModel
        The face model.
    """
    rest_mm, points_px = _rest_and_points(face, landmarks, model)
    return movement_mm(face.pose, rest_mm, points_px)


def landmark_precision(covariance: FloatArray, landmarks: IntArray, *, noise_mm: float = _STILL_MM) -> FloatArray:
    """Return ``(M + s^2 I)^-1`` of n of the landmarks, 1 / mm^2.

    Parameters
    ----------
    covariance : (68, 2, 68, 2) float array
        ``M`` of all landmarks, mm^2.
    landmarks : (n,) int array
        Numbers 0..67.
    noise_mm : float
        ``s``.

    Returns
    -------
    (2n, 2n) float array
    """
    kept = _of_landmarks(covariance, landmarks)
    return np.asarray(np.linalg.inv(kept + noise_mm**2 * np.eye(len(kept))))


def mirrored_movement(movement: FloatArray) -> FloatArray:
    """Return the movement of the landmarks of the mirror image.

    Parameters
    ----------
    movement : (..., 68, 2) float array
        To the right and up, mm.
    """
    swapped: FloatArray = movement[..., MIRROR_ORDER, :] * (-1.0, 1.0)
    return swapped


def detector_errors() -> FloatArray:
    """Return the (68, 2, 68, 2) covariance of the detector's errors, mm^2.

    Raises
    ------
    AnalysisError
        If `FILE` is missing or damaged.
    """
    return _learned()["mistakes_mm2"]


def movement_covariance() -> FloatArray:
    """Return the (68, 2, 68, 2) mean products of landmark movements from rest, mm^2.

    Raises
    ------
    AnalysisError
        If `FILE` is missing or damaged.
    """
    return _learned()["movements_mm2"]


@lru_cache(maxsize=1)
def _learned() -> dict[str, FloatArray]:
    return read_learned(FILE, {"mistakes_mm2": _SHAPE, "movements_mm2": _SHAPE})


@lru_cache(maxsize=8)
def _constants(model: FaceModel, basis: str) -> _Constants:
    rows = landmark_rows(model, basis)
    size = 2 * len(rows.landmarks)
    covariance = _of_landmarks(detector_errors(), rows.landmarks) + _MISFIT_MM**2 * np.eye(size)
    shapes = rows.shapes[:2].transpose(2, 1, 0).reshape(len(rows.names), size)
    projector: FloatArray = np.asarray(np.linalg.solve(covariance, shapes.T).T, dtype=np.float64)
    hessian = projector @ shapes.T
    hessian = (hessian + hessian.T) / 2.0 + _RIDGE * np.eye(len(rows.names))
    variance = np.diag(np.linalg.inv(hessian))
    return _Constants(
        landmark_precision(movement_covariance(), rows.landmarks),
        projector,
        hessian,
        np.sqrt(variance),
        np.clip(1.0 - _RIDGE * variance, 0.0, 1.0),
    )


def _rest_and_points(face: FittedFace, landmarks: Landmarks, model: FaceModel) -> tuple[FloatArray, FloatArray]:
    """Return the (3, n) landmarks at rest, mm, and the (n, 2) detected ones, px."""
    rows = landmark_rows(model, face.basis)
    return rows.at_rest(face.identity), landmarks.points_px[rows.landmarks]


def _of_landmarks(covariance: FloatArray, landmarks: IntArray) -> FloatArray:
    """Return the (2n, 2n) covariance of some landmarks."""
    size = 2 * len(landmarks)
    return covariance[landmarks][:, :, landmarks].reshape(size, size)
