"""Eliminate local parameters from a least-squares problem (Schur complement)."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dposv

from analysis.face.arrays import FloatArray


def eliminate(
    by_coefficient: FloatArray, by_local: FloatArray, residual: FloatArray, *, ridge: FloatArray, gradient: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the normal equations with optimal local parameters [1]_.

    Parameters
    ----------
    by_coefficient : (2n, C) float array
        Derivative of the projection by the coefficients.
    by_local : (2n, L) float array
        Derivative by the local parameters.
    residual : (2n,) float array
        Detected minus projected.
    ridge : (L,) float array
        Curvature of the prior on the local parameters; zero for a pose.
    gradient : (L,) float array
        Minus the gradient of that prior; zero for a pose.

    Returns
    -------
    normal : (C, C) float array
        Left side of the equations of the coefficients.
    right : (C,) float array
        Right side.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks do not determine the local parameters.

    References
    ----------
    .. [1] Triggs, McLauchlan, Hartley & Fitzgibbon, Bundle adjustment: a modern synthesis, Vision Algorithms (1999),
       section 6.1.
    """
    count = by_local.shape[1]
    # One product of matrices for all: calls cost more than arithmetic here.
    everything = np.concatenate((by_local, by_coefficient, residual[:, None]), axis=1)
    normal = everything.T @ everything
    local_normal, cross, right = normal[:count, :count], normal[:count, count:], normal[count:-1, -1]
    local_normal.flat[:: count + 1] += ridge
    cross[:, -1] += gradient
    _, solved, failed = dposv(local_normal, cross)
    if failed:
        raise np.linalg.LinAlgError("the landmarks do not determine the pose")
    follow, step = solved[:, :-1], solved[:, -1]
    return normal[count:-1, count:-1] - cross[:, :-1].T @ follow, right - cross[:, :-1].T @ step
