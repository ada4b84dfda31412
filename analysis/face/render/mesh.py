"""Geometry of drawing: normals, and a smoother surface through the same vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.face.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A triangle mesh whose normals can be had quickly, again and again."""

    triangles: IntArray
    """(T, 3) vertex indices."""
    corners: sparse.csr_array
    """(V, T) one where the vertex is a corner of the triangle."""

    @classmethod
    def of(cls, triangles: IntArray, vertices: int) -> Surface:
        """The surface of (T, 3) triangles over a number of vertices."""
        rows = triangles.ravel()
        columns = np.repeat(np.arange(len(triangles)), 3)
        corners = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(vertices, len(triangles)))
        return cls(triangles=triangles, corners=corners)

    def normals(self, vertices: FloatArray) -> FloatArray:
        """(V, 3) unit normals, each the area-weighted mean of the triangles around the vertex."""
        a, b, c = (vertices[self.triangles[:, corner]] for corner in range(3))
        summed = self.corners @ np.cross(b - a, c - a)
        lengths = np.linalg.norm(summed, axis=1, keepdims=True)
        unit: FloatArray = summed / np.maximum(lengths, 1e-12)
        return unit


@dataclass(frozen=True, slots=True, eq=False)
class Subdivision:
    """Splits every triangle into four; old vertices stay where they are, new ones lie on the curved surface."""

    edges: IntArray
    """(E, 2) ends of the edges; vertex V + e is new and lies on edge e."""
    triangles: IntArray
    """(4 T, 3) vertex indices."""

    @classmethod
    def of(cls, triangles: IntArray, vertices: int) -> Subdivision:
        """The subdivision of (T, 3) triangles over a number of vertices."""
        sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
        edges, which = np.unique(sides, axis=0, return_inverse=True)
        ab, bc, ca = which.reshape(3, -1) + vertices
        a, b, c = triangles.T
        split = [np.stack(corner, axis=1) for corner in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        return cls(edges=edges, triangles=np.concatenate(split))

    def refine(self, vertices: FloatArray, normals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Vertices and unit normals of the finer mesh, (V + E, 3) each.

        A new vertex is the middle of the cubic curve that leaves both ends of its edge at right angles to their
        normals, as in curved PN triangles (Vlachos et al., I3D 2001).
        """
        i, j = self.edges.T
        along = vertices[j] - vertices[i]
        bulge = _dot(along, normals[j]) * normals[j] - _dot(along, normals[i]) * normals[i]
        middle = (vertices[i] + vertices[j]) / 2 + bulge / 8
        tilted = normals[i] + normals[j]
        tilted /= np.maximum(np.linalg.norm(tilted, axis=1, keepdims=True), 1e-12)
        return np.concatenate([vertices, middle]), np.concatenate([normals, tilted])

    def spread(self, values: FloatArray) -> FloatArray:
        """Values per vertex on the finer mesh: the mean of both ends on new vertices."""
        return np.concatenate([values, values[self.edges].mean(axis=1)])


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = np.sum(a * b, axis=1, keepdims=True)
    return product
