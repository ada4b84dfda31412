"""Normals of a triangle mesh, and a smoother mesh through the same vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.face.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A triangle mesh with a fast computation of normals."""

    triangles: IntArray
    """(T, 3) vertex indices."""
    corners: sparse.csr_array
    """(V, T) 1 where the vertex is a corner of the triangle."""

    @classmethod
    def of(cls, triangles: IntArray, vertices: int) -> Surface:
        """Return the surface of triangles.

        Parameters
        ----------
        triangles : (T, 3) int array
            Vertex indices.
        vertices : int
            Number of vertices.
        """
        rows = triangles.ravel()
        columns = np.repeat(np.arange(len(triangles)), 3)
        corners = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(vertices, len(triangles)))
        return cls(triangles=triangles, corners=corners)

    def normals(self, vertices: FloatArray) -> FloatArray:
        """Return (V, 3) unit normals, area-weighted means of adjacent triangles.

        Parameters
        ----------
        vertices : (V, 3) float array
            Vertex positions.
        """
        a, b, c = (vertices[self.triangles[:, corner]] for corner in range(3))
        summed = self.corners @ np.cross(b - a, c - a)
        lengths = np.linalg.norm(summed, axis=1, keepdims=True)
        unit: FloatArray = summed / np.maximum(lengths, 1e-12)
        return unit


@dataclass(frozen=True, slots=True, eq=False)
class Subdivision:
    """Splits every triangle into four; new vertices lie on a curved surface."""

    edges: IntArray
    """(E, 2) ends of the edges; the new vertex V + e lies on edge e."""
    triangles: IntArray
    """(4 T, 3) vertex indices."""

    @classmethod
    def of(cls, triangles: IntArray, vertices: int) -> Subdivision:
        """Return the subdivision of triangles.

        Parameters
        ----------
        triangles : (T, 3) int array
            Vertex indices.
        vertices : int
            Number of vertices.
        """
        sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
        edges, which = np.unique(sides, axis=0, return_inverse=True)
        ab, bc, ca = which.reshape(3, -1) + vertices
        a, b, c = triangles.T
        split = [np.stack(corner, axis=1) for corner in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        return cls(edges=edges, triangles=np.concatenate(split))

    def refine(self, vertices: FloatArray, normals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (V + E, 3) vertices and unit normals of the finer mesh.

        A new vertex is the middle of the cubic curve that is perpendicular to the normals at both ends of its edge, as
        in curved PN triangles [1]_.

        Parameters
        ----------
        vertices, normals : (V, 3) float array
            The coarse mesh.

        References
        ----------
        .. [1] Vlachos et al., Curved PN triangles, I3D (2001).
        """
        i, j = self.edges.T
        along = vertices[j] - vertices[i]
        bulge = _dot(along, normals[j]) * normals[j] - _dot(along, normals[i]) * normals[i]
        middle = (vertices[i] + vertices[j]) / 2 + bulge / 8
        tilted = normals[i] + normals[j]
        tilted /= np.maximum(np.linalg.norm(tilted, axis=1, keepdims=True), 1e-12)
        return np.concatenate([vertices, middle]), np.concatenate([normals, tilted])

    def spread(self, values: FloatArray) -> FloatArray:
        """Return values on the finer mesh: the mean of both ends on new vertices.

        Parameters
        ----------
        values : (V, N) float array
            Values of the coarse mesh.
        """
        return np.concatenate([values, values[self.edges].mean(axis=1)])


def grid_triangles(rows: int, columns: int, *, closed: bool) -> IntArray:
    """Return (T, 3) triangles of a grid of points, row by row.

    Parameters
    ----------
    rows, columns : int
        Size of the grid.
    closed : bool
        Whether the last column is joined to the first.
    """
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    a = (row * columns + column).ravel()
    b = (row * columns + (column + 1) % columns).ravel()
    return np.concatenate([np.stack([a, a + columns, b], 1), np.stack([b, a + columns, b + columns], 1)])


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = np.sum(a * b, axis=1, keepdims=True)
    return product
