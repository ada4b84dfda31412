"""Cut the head out of the MakeHuman body."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.makehuman.source import PARTS, MakeHumanSource
from analysis.face.models.model import MATERIALS
from analysis.face.models.readers.derive import triangles_of_quads

_NECK_MM = -138.0
"""Lower end of the head, in the middle of the neck (y)."""
_SHOULDERS_MM = (-96.0, 54.0, -66.0)
"""Below the first (y), vertices beyond the second to the side (x) or behind the third (z) are shoulders."""
_MASK_LEVEL = 128


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The vertices of the base mesh that form the head, with their materials."""

    vertices: IntArray
    """(V,) vertex of the base mesh."""
    triangles: IntArray
    """(T, 3) vertices of the head."""
    mirror: IntArray
    """(V,) the vertex of the head on the other side."""
    materials: IntArray
    """(V,) index into `MATERIALS`."""
    lips: BoolArray
    """(V,) True on the red of the lips."""


def cut_head(source: MakeHumanSource) -> Head:
    """Return the head with eyeballs and teeth, without helper geometry.

    Raises
    ------
    FaceModelError
        If a texture mask of the wheel cannot be read.
    """
    mesh = source.mesh
    material = np.full(len(mesh.vertices), -1)
    body = np.array(PARTS["body"])
    x, y, z = mesh.vertices[body].T
    low, wide, far_back = _SHOULDERS_MM
    shoulders = (y < low) & ((np.abs(x) > wide) | (z < far_back))
    material[body[(y > _NECK_MM) & ~shoulders]] = MATERIALS.index("skin")
    for part, name in (
        ("left-eye", "eyeball"),
        ("right-eye", "eyeball"),
        ("lower-teeth", "teeth"),
        ("upper-teeth", "teeth"),
    ):
        material[np.array(PARTS[part])] = MATERIALS.index(name)
    inside = _painted(source, "mpfb_inside-mouth.jpg") & (material == MATERIALS.index("skin"))
    material[inside] = MATERIALS.index("mouth")
    quads = mesh.quads[(material[mesh.quads] >= 0).all(axis=1)]
    kept = np.unique(quads)
    number = np.full(len(mesh.vertices), -1)
    number[kept] = np.arange(len(kept))
    return Head(
        vertices=kept,
        triangles=triangles_of_quads(number[quads]),
        mirror=number[mesh.mirror[kept]],
        materials=material[kept],
        lips=_painted(source, "mpfb_lips.jpg")[kept],
    )


def _painted(source: MakeHumanSource, mask: str) -> BoolArray:
    """Return the vertices on the white of a texture mask, made symmetric."""
    picture = cv2.imdecode(np.frombuffer(source.picture(mask), np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FaceModelError(f"{source.wheel_name}: {mask} is not a picture that can be read")
    size = np.array([picture.shape[1], picture.shape[0]])
    texture: FloatArray = source.mesh.texture
    at = np.clip((np.column_stack([texture[:, 0], 1 - texture[:, 1]]) * size).astype(int), 0, size - 1)
    painted: BoolArray = picture[at[:, 1], at[:, 0]] > _MASK_LEVEL
    both: BoolArray = painted | painted[source.mesh.mirror]
    return both
