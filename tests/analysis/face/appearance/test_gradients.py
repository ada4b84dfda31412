"""Edges on a chart: which direction they are put into, and what makes no difference to them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.appearance.chart import HEIGHT, WIDTH
from analysis.face.appearance.gradients import DIRECTIONS, SHAPE, edges, mirrored_descriptor
from analysis.face.arrays import FloatArray


def stripes(angle_deg: float) -> FloatArray:
    """Grey values that change along a direction, 0 to the right and 90 downwards, with a period of ten pixels."""
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    along = np.cos(np.radians(angle_deg)) * across + np.sin(np.radians(angle_deg)) * down
    return np.asarray(128 + 60 * np.sin(2 * np.pi * along / 10))


@pytest.mark.parametrize("k", range(DIRECTIONS))
def test_stripes_are_edges_of_their_own_direction(k: int) -> None:
    found = edges(stripes(180 * k / DIRECTIONS)).mean(axis=(0, 1))

    assert found.argmax() == k
    assert found[k] > 3 * found[(k + DIRECTIONS // 2) % DIRECTIONS]


def test_brightness_and_contrast_make_no_difference(rng: np.random.Generator) -> None:
    chart = rng.uniform(50, 150, (HEIGHT, WIDTH))

    assert_allclose(edges(30 + 0.5 * chart), edges(chart), rtol=2e-4, atol=1e-6)


def test_an_edge_from_dark_to_bright_is_the_same_as_from_bright_to_dark(rng: np.random.Generator) -> None:
    chart = rng.uniform(50, 150, (HEIGHT, WIDTH))

    assert_allclose(edges(255 - chart), edges(chart), rtol=2e-4, atol=1e-6)


def test_the_mirror_image_has_the_mirrored_edges(rng: np.random.Generator) -> None:
    chart = rng.uniform(0, 255, (HEIGHT, WIDTH))

    assert_allclose(
        edges(np.ascontiguousarray(chart[:, ::-1])), mirrored_descriptor(edges(chart)), rtol=1e-3, atol=1e-4
    )
    assert_allclose(mirrored_descriptor(mirrored_descriptor(edges(chart))), edges(chart))


def test_a_chart_without_any_structure_has_no_edges() -> None:
    assert_allclose(edges(np.full((HEIGHT, WIDTH), 77.0)), np.zeros(SHAPE))
