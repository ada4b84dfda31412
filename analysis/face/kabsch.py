"""Rigid alignment of point clouds."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray


def align_rigid(points: FloatArray, reference: FloatArray, by: BoolArray | None = None) -> FloatArray:
    """Return the points rotated and shifted onto a reference by least squares [1]_.

    Parameters
    ----------
    points, reference : (N, 3) float arrays
        Corresponding points, in one unit.
    by : (N,) bool array, optional
        Points to align by; otherwise all.

    Returns
    -------
    (N, 3) float array
        All points, not scaled.

    References
    ----------
    .. [1] Kabsch, A solution for the best rotation to relate two sets of vectors, Acta Crystallographica A32 (1976),
       922-923.
    """
    source, target = (points, reference) if by is None else (points[by], reference[by])
    middle = source.mean(axis=0)
    u, _, vt = np.linalg.svd((source - middle).T @ (target - target.mean(axis=0)))
    rotation = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    aligned: FloatArray = (points - middle) @ rotation + target.mean(axis=0)
    return aligned
