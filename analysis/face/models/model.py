"""The face model: a mean face, identity components, and expression bases.

Frames and units: millimetres; x to the right in a frontal picture (the person's left), y up, z towards the viewer.
The origin is near the centre of the head; its exact position must not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray, IntArray

REGIONS = ("brows", "eyes", "nose", "cheeks", "mouth", "jaw")
MATERIALS = ("skin", "eyeball", "teeth", "mouth")
"""Materials of vertices, for drawing: ``mouth`` is the inside of the mouth."""


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionBasis:
    """Named shapes that move a neutral face.

    ``neutral + sum_e coefficient_e * shapes_e``, coefficients in 0..1.
    """

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
    """(68,) vertex of each dlib/iBUG landmark (0-based), -1 for none."""
    triangles: IntArray
    """(T, 3) vertex indices, counter-clockwise seen from outside."""
    regions: Mapping[str, FloatArray] = field(default_factory=dict)
    """(V,) weight 0..1 of every vertex in each of `REGIONS`; empty if the model has no masks."""
    mirror: IntArray | None = None
    """(V,) the vertex on the other side of the face, itself on the midline; None if not known."""
    colours: ImageArray | None = None
    """(V, 3) plain RGB colours to render with."""
    materials: IntArray | None = None
    """(V,) index into `MATERIALS`; None if everything is skin."""
    licence: str = ""
    source: str = ""
    """Origin of the file and the command that made it."""

    @property
    def finest_basis(self) -> str:
        """Name of the basis for comparing faces: ``units``, or else the only one."""
        return "units" if "units" in self.bases else next(iter(self.bases))

    def neutral(self, identity: FloatArray) -> FloatArray:
        """Return the (V, 3) vertices of a neutral face, mm.

        Parameters
        ----------
        identity : (K',) float array
            Coefficients of the first K' <= K components, standard deviations.
        """
        k = len(identity)
        vertices: FloatArray = self.mean + np.tensordot(identity, self.identity[:k], axes=1)
        return vertices

    def displacement(self, expression: FloatArray, basis: str = "units") -> FloatArray:
        """Return the (V, 3) movement from neutral, mm.

        Parameters
        ----------
        expression : (E,) float array
            Coefficients 0..1.
        basis : str
            ``units`` or ``emotions``.
        """
        moved: FloatArray = np.tensordot(expression, self.bases[basis].shapes, axes=1)
        return moved
