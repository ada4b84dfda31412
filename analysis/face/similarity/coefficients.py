"""Similarity of two expressions as named movements.

The cosine of their coefficients.

The cosine of two non-negative coefficient vectors is 1 for the same movements in the same proportions, at any strength,
and 0 without a common movement.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.correlation import cosine

HARDLY_VISIBLE = ("cheekPuff", "tongueOut", "eyeLook")
"""Prefixes of the names of movements that 68 landmarks hardly show; their coefficients mean little."""


def coefficient_similarity(a: FittedFace, b: FittedFace) -> float:
    """Return the cosine of the coefficients of two faces in one basis, 0 to 1.

    0 without expression.
    """
    return cosine(a.expression, b.expression)


@lru_cache(maxsize=8)
def mirror_order(names: tuple[str, ...]) -> IntArray:
    """Return the (E,) number of the mirror image of each shape.

    Cached, as a table needs it for every pair of faces.
    """
    order = np.arange(len(names))
    for left, right in left_right_pairs(names):
        order[left], order[right] = right, left
    return order


def left_right_pairs(names: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the (left, right) numbers of paired shapes (``mouthSmileLeft``)."""
    number = {name: k for k, name in enumerate(names)}
    twins = {name: f"{name.removesuffix('Left')}Right" for name in names if name.endswith("Left")}
    return [(number[left], number[right]) for left, right in twins.items() if right in number]


@lru_cache(maxsize=4)
def unit_regions(model: FaceModel) -> Mapping[str, FloatArray]:
    """Return the share of every shape's motion in each region, 0 to 1.

    For the finest basis.
    """
    energy = (model.bases[model.finest_basis].shapes ** 2).sum(axis=2)
    total = np.maximum(energy.sum(axis=1), 1e-12)
    return {name: (energy @ weights) / total for name, weights in model.regions.items()}


@lru_cache(maxsize=8)
def unit_motion(model: FaceModel, basis: str) -> FloatArray:
    """Return the (E,) motion of each shape, mm.

    The root of its summed squared vertex movements.
    """
    motion: FloatArray = np.sqrt((model.bases[basis].shapes ** 2).sum(axis=(1, 2)))
    return motion
