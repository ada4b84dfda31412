"""Similarity of two displacements from the own neutral face, by vertex.

Movement instead of position removes the identity. The weights balance the vertices: without them, a dropped jaw (35 mm)
hides a raised brow (6 mm), and the many vertices of a cheek dominate the few of a brow.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import REGIONS, FaceModel
from analysis.face.similarity.correlation import cosine
from analysis.face.similarity.points import usual_motion_mm

_LEAST_MOTION_MM = 0.5
"""Least assumed motion of a vertex; otherwise noise in places that hardly move would count."""


@lru_cache(maxsize=4)
def displacement_weights(model: FaceModel) -> FloatArray:
    """Return the (V,) weights that equalise vertices and regions.

    Computed once per model.
    """
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
    """Return the correlation about zero of two displacement fields.

    Parameters
    ----------
    a_mm, b_mm : (V, 3) float arrays
        Movements from the own neutral face, mm.
    weights : (V,) float array
        Non-negative, as `displacement_weights`.
    """
    return cosine(np.ravel(a_mm), np.ravel(b_mm), np.repeat(weights, 3))
