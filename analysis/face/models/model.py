"""The face model every other file of this folder works with: a mean face, identities, and ways it can move.

Frames and units: millimetres; x to the right in a frontal picture (the person's left), y up, z towards the viewer.
The origin is near the centre of the head; nothing may depend on where exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray, IntArray

REGIONS = ("brows", "eyes", "nose", "cheeks", "mouth", "jaw")
MATERIALS = ("skin", "eyeball", "teeth", "mouth")
"""What a vertex is made of, for drawing it: ``mouth`` is the inside of the mouth."""


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionBasis:
    """Named shapes that move a neutral face: ``neutral + sum_e coefficient_e * shapes_e``, coefficients in 0..1."""

    names: tuple[str, ...]
    """E names: ARKit's for units (``mouthSmileLeft``), the six emotions for emotions."""
    shapes: FloatArray
    """(E, V, 3) displacement at full strength, mm."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceModel:
    """A 3D morphable face model.

    ``vertices = mean + sum_k identity_k * identity[k] + sum_e expression_e * basis.shapes[e]``
    """

    name: str
    mean: FloatArray
    """(V, 3) mean neutral face, mm."""
    identity: FloatArray
    """(K, V, 3) one standard deviation of each identity component, mm; strongest first."""
    bases: Mapping[str, ExpressionBasis]
    """``units`` (FACS-like) and/or ``emotions`` (whole-face); at least one."""
    landmark_vertices: IntArray
    """(68,) vertex of each dlib/iBUG landmark (0-based), -1 where the model has none."""
    triangles: IntArray
    """(T, 3) vertex indices, counter-clockwise seen from outside."""
    regions: Mapping[str, FloatArray] = field(default_factory=dict)
    """(V,) weight 0..1 of every vertex in each of `REGIONS`; empty where the model has no masks."""
    mirror: IntArray | None = None
    """(V,) the vertex on the other side of the face, itself on the midline; None if not known."""
    colours: ImageArray | None = None
    """(V, 3) plain RGB colours to render with."""
    materials: IntArray | None = None
    """(V,) index into `MATERIALS`; None where everything is skin."""
    licence: str = ""
    source: str = ""
    """Where the file came from and the command that made it."""

    @property
    def finest_basis(self) -> str:
        """Name of the basis that faces are compared in: ``units``, or the only one the model has."""
        return "units" if "units" in self.bases else next(iter(self.bases))

    def neutral(self, identity: FloatArray) -> FloatArray:
        """(V, 3) vertices, mm, of the neutral face with the given (K',) identity coefficients, K' <= K."""
        k = len(identity)
        vertices: FloatArray = self.mean + np.tensordot(identity, self.identity[:k], axes=1)
        return vertices

    def displacement(self, expression: FloatArray, basis: str = "units") -> FloatArray:
        """(V, 3) movement away from neutral, mm, of (E,) expression coefficients in the named basis."""
        moved: FloatArray = np.tensordot(expression, self.bases[basis].shapes, axes=1)
        return moved
