"""Normals and subdivision on a sphere, whose normals and curvature are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.render.mesh import Subdivision, Surface, grid_triangles


@pytest.fixture
def octahedron() -> tuple[FloatArray, IntArray]:
    """Corners and faces of a unit octahedron, counter-clockwise from outside."""
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64)
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    return corners, faces


def test_normals_of_an_octahedron_point_away_from_its_middle(octahedron: tuple[FloatArray, IntArray]) -> None:
    corners, faces = octahedron
    assert_allclose(Surface.of(faces, 6).normals(corners), corners, atol=1e-12)


def test_a_vertex_without_triangles_has_a_normal_of_zero() -> None:
    normals = Surface.of(np.array([[0, 1, 2]]), 4).normals(np.eye(4, 3))
    assert_allclose(normals[3], 0)


def test_subdivision_keeps_vertices_and_bulges_towards_the_sphere(octahedron: tuple[FloatArray, IntArray]) -> None:
    corners, faces = octahedron
    step = Subdivision.of(faces, 6)
    points, normals = step.refine(corners, corners)

    assert len(step.triangles) == 32
    assert len(points) == 6 + 12
    assert_allclose(points[:6], corners)
    radius = np.linalg.norm(points[6:], axis=1)
    assert (radius > 0.85).all()  # the straight middle of an edge is at 0.707, the sphere at 1
    assert (radius < 1.0).all()
    assert_allclose(normals[6:], points[6:] / radius[:, None], atol=1e-12)


def test_subdivision_leaves_a_plane_flat() -> None:
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    step = Subdivision.of(np.array([[0, 1, 2], [0, 2, 3]]), 4)
    points, _ = step.refine(square, np.tile([0.0, 0, 1], (4, 1)))

    assert_allclose(points[:, 2], 0)
    assert_allclose(step.spread(square), points)


def test_every_edge_is_split_once(octahedron: tuple[FloatArray, IntArray]) -> None:
    _, faces = octahedron
    edges = Subdivision.of(faces, 6).edges
    assert len(edges) == len({tuple(edge) for edge in edges.tolist()}) == 12


def test_an_open_grid_has_two_triangles_a_cell() -> None:
    assert grid_triangles(2, 2, closed=False).tolist() == [[0, 2, 1], [1, 2, 3]]


def test_a_closed_grid_joins_its_last_column_to_the_first() -> None:
    triangles = grid_triangles(2, 3, closed=True)

    assert len(triangles) == 6
    assert [2, 5, 0] in triangles.tolist()
    assert [0, 5, 3] in triangles.tolist()
