"""The shape fit of the eos library, fixed landmarks, step by step: the method of published studies.

Scaled-orthographic camera, non-negative expression coefficients without bound or ridge, identity with a ridge; each
solved in turn while the others are held. It is here so that published numbers can be reproduced, not because it is
good: see `analysis.face.fitting.fit` for what to use instead.

Huber et al., "A Multiresolution 3D Morphable Face Model and Fitting Framework", VISAPP 2016; the path through
``eos::fitting::fit_shape_and_pose`` without contour landmarks. eos computes in float32, this in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from analysis.face.arrays import FloatArray
from analysis.face.errors import FitError
from analysis.face.fitting.camera import ScaledOrthoCamera, fit_scaled_ortho
from analysis.face.fitting.landmark_basis import LandmarkRows, landmark_rows
from analysis.face.models.model import FaceModel

_VARIANCE_PX2 = 3.0
"""The variance eos assumes of a landmark."""


@dataclass(frozen=True, slots=True, eq=False)
class EosFit:
    """A face fitted the way eos does."""

    identity: FloatArray
    """(K,) standard deviations."""
    expression: FloatArray
    """(E,) >= 0, may exceed 1."""
    names: tuple[str, ...]
    camera: ScaledOrthoCamera
    """Of the last iteration, from before its identity and expression were solved."""

    def vertices_mm(self, model: FaceModel, basis: str = "emotions") -> FloatArray:
        """(V, 3) vertices of the fitted face, mm, in model axes."""
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
    """Fit a face model to landmarks as eos does with its fixed landmarks.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks in pixels, y down. Those the model has no vertex for are left out.
    iterations : int
        eos' ``num_iterations``.
    identity_ridge : float
        eos' ``lambda_identity``: 30 in its Python bindings, 50 in the C++ library.

    Raises
    ------
    FitError
        If the points are not (68, 2) finite numbers, or lie at one point or on a line.
    """
    points = np.asarray(points_px, dtype=np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise FitError(f"the eos fit needs (68, 2) finite landmarks, not {points.shape}")
    rows = landmark_rows(model, basis)
    seen = points[rows.landmarks]
    identity = np.zeros(rows.identity.shape[2])
    camera = fit_scaled_ortho(seen, rows.mean.T)
    expression = _expression(seen, camera, rows, identity)
    for _ in range(iterations):
        camera = fit_scaled_ortho(seen, (rows.neutral(identity) + rows.shapes @ expression).T)
        identity = _identity(seen, camera, rows, expression, identity_ridge)
        expression = _expression(seen, camera, rows, identity)
    return EosFit(identity, expression, rows.names, camera)


def _image_of(directions_mm: FloatArray, camera: ScaledOrthoCamera) -> FloatArray:
    """(2n, C) pixels, all x before all y, that landmarks move when (3, n, C) directions are added to the face."""
    affine = camera.scale * camera.rotation[:2] * np.array([[1.0], [-1.0]])
    moved: FloatArray = (affine @ directions_mm.reshape(3, -1)).reshape(-1, directions_mm.shape[2])
    return moved


def _identity(
    seen: FloatArray, camera: ScaledOrthoCamera, rows: LandmarkRows, expression: FloatArray, ridge: float
) -> FloatArray:
    by_identity = _image_of(rows.identity, camera)
    residual = (seen - camera.project((rows.mean + rows.shapes @ expression).T)).T.ravel()
    normal = by_identity.T @ by_identity / _VARIANCE_PX2 + ridge * np.eye(by_identity.shape[1])
    return np.asarray(np.linalg.solve(normal, by_identity.T @ residual / _VARIANCE_PX2), dtype=np.float64)


def _expression(seen: FloatArray, camera: ScaledOrthoCamera, rows: LandmarkRows, identity: FloatArray) -> FloatArray:
    residual = (seen - camera.project(rows.neutral(identity).T)).T.ravel()
    solved: FloatArray = nnls(_image_of(rows.shapes, camera), residual)[0]
    return solved
