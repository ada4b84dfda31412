"""How alike two faces move away from their own neutral faces, vertex by vertex.

Movement instead of position takes the identity out. What is left to decide is how much each vertex counts: unweighted,
a dropped jaw (35 mm) drowns a raised brow (6 mm), and the many vertices of a cheek outvote the few of a brow.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import REGIONS, FaceModel
from analysis.face.similarity.correlation import cosine
from analysis.face.similarity.points import usual_motion_mm

_LEAST_MOTION_MM = 0.5
"""A vertex that moves less than this is treated as if it moved this much; otherwise noise in still places counts."""


@lru_cache(maxsize=4)
def displacement_weights(model: FaceModel) -> FloatArray:
    """(V,) weights under which every vertex moves about equally much and every region counts the same; made once."""
    motion = usual_motion_mm(model)
    per_vertex = 1.0 / np.maximum(motion, _LEAST_MOTION_MM) ** 2
    if not model.regions:
        return per_vertex
    total = np.zeros(len(motion))
    for region in REGIONS:
        share = model.regions[region] * per_vertex
        total += share / max(float((share * motion**2).sum()), 1e-9)
    return total


def displacement_correlation(a_mm: FloatArray, b_mm: FloatArray, weights: FloatArray) -> float:
    """Correlation about zero of two (V, 3) displacement fields, mm, with (V,) weights."""
    return cosine(np.ravel(a_mm), np.ravel(b_mm), np.repeat(weights, 3))
