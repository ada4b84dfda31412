"""The shape fit of the eos library with fixed landmarks.

Published studies use this method.

Scaled-orthographic camera, non-negative expression coefficients without upper bound or ridge, identity with a ridge;
each is solved in turn while the others are fixed [1]_. It serves to reproduce published numbers;
`analysis.face.fitting.fit` is more accurate. It follows ``eos::fitting::fit_shape_and_pose`` without contour landmarks.
eos computes in float32, this module in float64.

References
----------
.. [1] Huber et al., A multiresolution 3D morphable face model and fitting framework, VISAPP (2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import FitError
from analysis.face.fitting.camera import ScaledOrthoCamera, fit_scaled_ortho
from analysis.face.fitting.landmark_basis import LandmarkRows, landmark_rows
from analysis.face.models.model import FaceModel

_VARIANCE_PX2 = 3.0
"""The variance eos assumes of a landmark."""


@dataclass(frozen=True, slots=True, eq=False)
class EosFit:
    """A face fitted by the method of eos."""

    identity: FloatArray
    """(K,) standard deviations."""
    expression: FloatArray
    """(E,) >= 0, may exceed 1."""
    names: tuple[str, ...]
    camera: ScaledOrthoCamera
    """Camera of the last iteration, solved before its identity and expression."""

    def vertices_mm(self, model: FaceModel, basis: str = "emotions") -> FloatArray:
        """Return the (V, 3) vertices of the fitted face, mm, in model axes."""
        vertices: FloatArray = model.neutral(self.identity) + model.displacement(self.expression, basis)
        return vertices


def fit_eos(
    points_px: FloatArray,
    model: FaceModel,
    *,
    iterations: int = 5,
    basis: str = "emotions",
    identity_ridge: float = 30.0,
) -> EosFit:
    """Fit a face model to landmarks by the method of eos with fixed landmarks.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks in pixels, y down. Those without a vertex in the model are not used.
    model : FaceModel
        The face model.
    iterations : int
        eos' ``num_iterations``.
    basis : str
        ``units`` or ``emotions``.
    identity_ridge : float
        eos' ``lambda_identity``: 30 in its Python bindings, 50 in the C++ library.

    Raises
    ------
    FitError
        If the points are not (68, 2) finite numbers, or lie at one point or on a line.
    """
    all_points = np.asarray(points_px, dtype=np.float64)
    if all_points.shape != (68, 2) or not np.isfinite(all_points).all():
        raise FitError(f"the eos fit needs (68, 2) finite landmarks, not {all_points.shape}")
    rows = landmark_rows(model, basis)
    points = all_points[rows.landmarks]
    identity = np.zeros(rows.identity.shape[2])
    camera = fit_scaled_ortho(points, rows.mean.T)
    expression = _expression(points, camera, rows, identity=identity)
    for _ in range(iterations):
        camera = fit_scaled_ortho(points, (rows.neutral(identity) + rows.shapes @ expression).T)
        identity = _identity(points, camera, rows, expression=expression, ridge=identity_ridge)
        expression = _expression(points, camera, rows, identity=identity)
    return EosFit(identity, expression, rows.names, camera)


def _image_of(directions_mm: FloatArray, camera: ScaledOrthoCamera) -> FloatArray:
    """Return the (2n, C) image movement of landmarks by directions of the face, px.

    All x come before all y; the directions are (3, n, C).
    """
    affine = camera.scale * camera.rotation[:2] * np.array([[1.0], [-1.0]])
    moved: FloatArray = (affine @ directions_mm.reshape(3, -1)).reshape(-1, directions_mm.shape[2])
    return moved


def _identity(
    points: FloatArray, camera: ScaledOrthoCamera, rows: LandmarkRows, *, expression: FloatArray, ridge: float
) -> FloatArray:
    """Return the (K,) identity for a fixed expression."""
    by_identity = _image_of(rows.identity, camera)
    residual = (points - camera.project((rows.mean + rows.shapes @ expression).T)).T.ravel()
    normal = by_identity.T @ by_identity / _VARIANCE_PX2 + ridge * np.eye(by_identity.shape[1])
    return np.asarray(np.linalg.solve(normal, by_identity.T @ residual / _VARIANCE_PX2), dtype=np.float64)


def _expression(
    points: FloatArray, camera: ScaledOrthoCamera, rows: LandmarkRows, *, identity: FloatArray
) -> FloatArray:
    """Return the (E,) expression for a fixed identity."""
    residual = (points - camera.project(rows.neutral(identity).T)).T.ravel()
    from scipy.optimize import nnls  # loading it takes longer than a table without this metric

    solved: FloatArray = nnls(_image_of(rows.shapes, camera), residual)[0]
    return solved
