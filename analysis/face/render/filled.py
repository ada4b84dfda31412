"""Add eyeballs, teeth and a mouth to face models that consist of skin only.

The added vertices move with the landmarks around them. They are not used in measurements.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import MATERIALS, ExpressionBasis, FaceModel
from analysis.face.render.mesh import grid_triangles

_EYES = (tuple(range(36, 42)), tuple(range(42, 48)))
_CORNERS = ((36, 39), (42, 45))
_OUTER_LIPS = tuple(range(48, 60))
_UPPER_LIP = 62
_EYE_RADIUS = 0.43
"""Radius of an eyeball relative to the width of the eye."""
_EYE_DEPTH = 0.86
"""Distance of the eyeball's centre behind the lids, in radii."""
_MOUTH_DEPTH_MM = (7.0, 24.0)
"""Distance of the rim and of the back of the mouth behind the lips."""
_TEETH_MM = (34.0, 9.0, 6.0)
"""Width and height of the upper row, and its distance behind the lip."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Added:
    """New vertices and the landmarks they move with."""

    points: FloatArray
    """(N, 3) on the mean face, mm."""
    triangles: IntArray
    """(T, 3) within the new vertices."""
    follows: FloatArray
    """(N, 68) weights of the landmarks in the identity of each vertex."""
    moves: FloatArray
    """(N, 68) weights of the landmarks in the expression of each vertex."""
    material: str


def filled(model: FaceModel) -> FaceModel:
    """Return the model with eyeballs, teeth and mouth; unchanged if it has materials.

    Raises
    ------
    FaceModelError
        If the model lacks the landmarks of eyes or mouth.
    """
    if model.materials is not None:
        return model
    known = model.landmark_vertices >= 0
    if not known[[*_EYES[0], *_EYES[1], *_OUTER_LIPS, _UPPER_LIP]].all():
        raise FaceModelError(f"face model {model.name}: its eyes or lips have no landmarks, so they cannot be filled")
    at = np.where(known, model.landmark_vertices, 0)
    points = model.mean[at]
    for part in (*(_eyeball(points, eye) for eye in (0, 1)), _mouth(points), _teeth(points)):
        model = _joined(model, part, at)
    return model


def _eyeball(points: FloatArray, eye: int) -> _Added:
    ring, (one, other) = list(_EYES[eye]), _CORNERS[eye]
    radius = _EYE_RADIUS * float(np.linalg.norm(points[one] - points[other]))
    centre = points[ring].mean(axis=0) - (0.0, 0.0, _EYE_DEPTH * radius)
    polar, around = np.meshgrid(np.linspace(0.02, np.pi - 0.02, 20), np.arange(32) / 32 * 2 * np.pi, indexing="ij")
    # Poles in front and behind, where the pupil is round.
    sphere = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], axis=2)
    follows = np.zeros((sphere[..., 0].size, 68))
    follows[:, ring] = 1.0 / len(ring)
    return _Added(
        centre + radius * sphere.reshape(-1, 3), grid_triangles(20, 32, closed=True), follows, 0 * follows, "eyeball"
    )


def _mouth(points: FloatArray) -> _Added:
    ring = list(_OUTER_LIPS)
    rim, back = _MOUTH_DEPTH_MM
    centre = points[ring].mean(axis=0)
    depths = np.array([rim, (rim + back) / 2, back])
    sizes = np.array([0.97, 0.8, 0.05])
    layers = [
        centre * (1 - size) + points[ring] * size - (0.0, 0.0, depth) for size, depth in zip(sizes, depths, strict=True)
    ]
    follows = np.zeros((3 * len(ring), 68))
    for layer, size in enumerate(sizes):
        rows = np.arange(len(ring)) + layer * len(ring)
        follows[rows[:, None], ring] = (1 - size) / len(ring)
        follows[rows, ring] += size
    # Outer lip points run clockwise as seen from the front.
    return _Added(np.concatenate(layers), grid_triangles(3, len(ring), closed=True)[:, ::-1], follows, follows, "mouth")


def _teeth(points: FloatArray) -> _Added:
    width, height, depth = _TEETH_MM
    across, down = np.meshgrid(np.linspace(-1, 1, 12), np.linspace(0, 1, 4), indexing="xy")
    x = across * width / 2
    lip = points[_UPPER_LIP]
    row = np.stack([x, lip[1] + 4.0 - down * height, lip[2] - depth - 14.0 * across**2], axis=2).reshape(-1, 3)
    follows = np.zeros((len(row), 68))
    follows[:, _UPPER_LIP] = 1.0
    return _Added(row, grid_triangles(4, 12, closed=False), follows, 0 * follows, "teeth")


def _joined(model: FaceModel, part: _Added, at: IntArray) -> FaceModel:
    count, added = len(model.mean), len(part.points)
    materials = np.zeros(count, dtype=np.int64) if model.materials is None else model.materials
    identity = np.einsum("nl,klx->knx", part.follows, model.identity[:, at])
    bases = {
        name: ExpressionBasis(
            basis.names,
            np.concatenate([basis.shapes, np.einsum("nl,elx->enx", part.moves, basis.shapes[:, at])], axis=1),
        )
        for name, basis in model.bases.items()
    }
    return dataclasses.replace(
        model,
        mean=np.concatenate([model.mean, part.points]),
        identity=np.concatenate([model.identity, identity], axis=1),
        bases=bases,
        triangles=np.concatenate([model.triangles, part.triangles + count]),
        regions={name: np.concatenate([weight, np.zeros(added)]) for name, weight in model.regions.items()},
        materials=np.concatenate([materials, np.full(added, MATERIALS.index(part.material))]),
        mirror=None,
        colours=None,
    )
