"""A small symmetric face to write in every layout: a paraboloid whose vertices include all 68 landmarks."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from analysis.face.arrays import FloatArray, IntArray

# Half of the landmarks (those with x >= 0 in the picture) as iBUG point (from 1): (x, y) in mm, y up.
_LEFT_HALF = {
    9: (0, -70), 10: (14, -68), 11: (27, -62), 12: (39, -52), 13: (49, -39), 14: (56, -23), 15: (60, -5), 16: (63, 12),
    17: (64, 30), 23: (11, 49), 24: (22, 54), 25: (33, 55), 26: (43, 52), 27: (51, 46), 28: (0, 33), 29: (0, 22),
    30: (0, 11), 31: (0, 0), 34: (0, -11), 35: (7, -10), 36: (13, -8), 43: (17, 32), 44: (27, 36), 45: (38, 36),
    46: (47, 31), 47: (38, 28), 48: (27, 28), 52: (0, -26), 53: (6, -25), 54: (15, -29), 55: (24, -35), 56: (16, -43),
    57: (8, -47), 58: (0, -48), 63: (0, -33), 64: (9, -34), 65: (19, -36), 66: (9, -38), 67: (0, -39),
}  # fmt: skip
_MIRRORED = {
    17: 1, 16: 2, 15: 3, 14: 4, 13: 5, 12: 6, 11: 7, 10: 8, 23: 22, 24: 21, 25: 20, 26: 19, 27: 18, 35: 33, 36: 32,
    43: 40, 44: 39, 45: 38, 46: 37, 47: 42, 48: 41, 53: 51, 54: 50, 55: 49, 56: 60, 57: 59, 64: 62, 65: 61, 66: 68,
}  # fmt: skip


def small_face(*, vertices_beside: int = 60, seed: int = 3) -> tuple[FloatArray, IntArray, IntArray]:
    """Mean (V, 3) in mm, triangles (T, 3), and the (68,) vertices of the landmarks."""
    points = dict(_LEFT_HALF)
    for left, right in _MIRRORED.items():
        points[right] = (-_LEFT_HALF[left][0], _LEFT_HALF[left][1])
    half = np.random.default_rng(seed).uniform((2, -60), (60, 80), size=(vertices_beside // 2, 2))
    flat = np.concatenate([np.array([points[k] for k in range(1, 69)], dtype=float), half, half * (-1, 1)])
    depth = -((flat[:, 0] / 12) ** 2) - (flat[:, 1] / 20) ** 2 * 1.5
    depth += 18 * np.exp(-((flat[:, 0] / 10) ** 2) - (flat[:, 1] / 14) ** 2)
    mean = np.column_stack([flat, depth])
    triangles = Delaunay(flat).simplices.astype(np.int64)
    across = np.cross(mean[triangles[:, 1]] - mean[triangles[:, 0]], mean[triangles[:, 2]] - mean[triangles[:, 0]])
    triangles[across[:, 2] < 0] = triangles[across[:, 2] < 0][:, ::-1]
    return mean, triangles, np.arange(68)


def modes(vertices: int, count: int, *, seed: int, size_mm: float = 2.0) -> FloatArray:
    """(count, V, 3) orthogonal random displacements, each with a root mean square of ``size_mm / (k + 1)``."""
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(3 * vertices, count)))[0].T
    scale = size_mm * np.sqrt(vertices) / np.arange(1, count + 1)
    shapes: FloatArray = (basis * scale[:, None]).reshape(count, vertices, 3)
    return shapes
