"""How alike two expressions are in terms of named movements: the angle between their coefficients.

The cosine of two non-negative coefficient vectors is 1 where the same movements are made in the same proportions,
whatever their strength, and 0 where no movement is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.correlation import cosine
from analysis.face.similarity.mirror import TwoSided

HARDLY_SEEN = ("cheekPuff", "tongueOut", "eyeLook")
"""Beginnings of the names of movements that 68 points hardly show, whatever a fit says of them."""


def coefficient_similarity(a: FittedFace, b: FittedFace) -> float:
    """Cosine of the coefficients of two faces in the same basis, 0 to 1; 0 where one of them shows nothing."""
    return cosine(a.expression, b.expression)


def two_sided_units(face: FittedFace) -> TwoSided:
    """The coefficients, taken apart into what both sides do and what one side does more."""
    return TwoSided.of(face.expression, face.expression[_in_the_mirror(face.names)])


@lru_cache(maxsize=8)
def _in_the_mirror(names: tuple[str, ...]) -> IntArray:
    """(E,) the number of the shape that each is in the mirror; found once, a table asks for every pair of faces."""
    order = np.arange(len(names))
    for left, right in left_right_pairs(names):
        order[left], order[right] = right, left
    return order


def left_right_pairs(names: tuple[str, ...]) -> list[tuple[int, int]]:
    """(left, right) numbers of the shapes that exist once per side: ``mouthSmileLeft`` and ``mouthSmileRight``."""
    number = {name: k for k, name in enumerate(names)}
    pairs = []
    for name, k in number.items():
        if name.endswith("Left") and f"{name[:-4]}Right" in number:
            pairs.append((k, number[f"{name[:-4]}Right"]))
    return pairs


@lru_cache(maxsize=4)
def unit_regions(model: FaceModel) -> Mapping[str, FloatArray]:
    """(E,) share of every shape's motion that falls into each region of the model, 0 to 1; of the finest basis."""
    energy = (model.bases[model.finest_basis].shapes ** 2).sum(axis=2)
    total = np.maximum(energy.sum(axis=1), 1e-12)
    return {name: (energy @ weights) / total for name, weights in model.regions.items()}


@lru_cache(maxsize=8)
def unit_motion(model: FaceModel, basis: str) -> FloatArray:
    """(E,) length of each shape of a basis: root of the summed squares of the movements of all vertices, mm."""
    motion: FloatArray = np.sqrt((model.bases[basis].shapes ** 2).sum(axis=(1, 2)))
    return motion
