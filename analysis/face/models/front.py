"""Reduce a face model to its front.

The skin of the face without ears, skull, eyeballs and teeth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.face.arrays import IntArray
from analysis.face.models.model import MATERIALS, ExpressionBasis, FaceModel


def front_vertices(model: FaceModel) -> IntArray:
    """Return the (F,) vertices of the skin of the face.

    All vertices if the model has no region masks.
    """
    if not model.regions:
        return np.arange(len(model.mean))
    front = np.maximum.reduce(list(model.regions.values())) > 0.0
    if model.materials is not None:
        front &= model.materials == MATERIALS.index("skin")
    front[model.landmark_vertices[model.landmark_vertices >= 0]] = True
    return np.flatnonzero(front)


def front_of(model: FaceModel) -> FaceModel:
    """Return the model reduced to its front, which is all that a fit uses."""
    kept = front_vertices(model)
    number = np.full(len(model.mean), -1)
    number[kept] = np.arange(len(kept))
    triangles = number[model.triangles]
    return replace(
        model,
        mean=model.mean[kept],
        identity=model.identity[:, kept],
        bases={name: ExpressionBasis(basis.names, basis.shapes[:, kept]) for name, basis in model.bases.items()},
        landmark_vertices=np.where(model.landmark_vertices >= 0, number[model.landmark_vertices], -1),
        triangles=triangles[(triangles >= 0).all(axis=1)],
        regions={},
        mirror=None,
        colours=None,
        materials=None,
    )
