"""Laying one cloud of points on another."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray


def align_rigid(points: FloatArray, goal: FloatArray, by: BoolArray | None = None) -> FloatArray:
    """(N, 3) points, turned and shifted but not scaled, so that they lie best on their goals (Kabsch).

    Parameters
    ----------
    points, goal : (N, 3) float arrays
    by : (N,) bool array, optional
        The points that decide; otherwise all.
    """
    source, target = (points, goal) if by is None else (points[by], goal[by])
    middle = source.mean(axis=0)
    u, _, vt = np.linalg.svd((source - middle).T @ (target - target.mean(axis=0)))
    turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    laid: FloatArray = (points - middle) @ turn + target.mean(axis=0)
    return laid
