from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.model import REGIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.points import AXES, MASKS, Axes, point_correlation, point_mask, usual_motion_mm
from tests.analysis.face.toy import toy_model

MODEL = toy_model()
A = np.array([[0.0, 0, 0], [2, 0, 0], [0, 4, 0], [0, 0, 6]])
B = np.array([[0.0, 0, 0], [2, 0, 1], [0, 4, 0], [1, 0, 6]])


def test_all_coordinates_are_one_list_about_the_middle_of_each_axis() -> None:
    # Deviations of A: x -.5 1.5 -.5 -.5; y -1 -1 3 -1; z -1.5 -1.5 -1.5 4.5; squares 3 + 12 + 27 = 42.
    # Of B: x -.75 1.25 -.75 .25 (2.75); y as A (12); z -1.75 -.75 -1.75 4.25 (24.75); 39.5.
    # Products 2.5 + 12 + 25.5 = 40.
    assert_allclose(point_correlation(A, B), 40 / np.sqrt(42 * 39.5))


def test_the_mean_over_the_axes_is_the_mean_of_the_three() -> None:
    x, y, z = 2.5 / np.sqrt(3 * 2.75), 1.0, 25.5 / np.sqrt(27 * 24.75)

    assert_allclose(point_correlation(A, B, axes="x"), x)
    assert_allclose(point_correlation(A, B, axes="y"), y)
    assert_allclose(point_correlation(A, B, axes="z"), z)
    assert_allclose(point_correlation(A, B, axes="mean"), (x + y + z) / 3)


def test_a_mask_leaves_the_other_vertices_out() -> None:
    mask = np.array([True, True, True, False])

    assert point_correlation(A, B, mask=mask) == point_correlation(A[:3], B[:3])


@pytest.mark.parametrize("axes", AXES)
def test_size_and_place_of_a_face_do_not_matter(axes: Axes, rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 20, 3)) * 30

    assert_allclose(point_correlation(a, 1.7 * b + (5, -40, 300), axes=axes), point_correlation(a, b, axes=axes))
    assert point_correlation(a, b, axes=axes) == point_correlation(b, a, axes=axes)


def test_the_published_score_of_two_people_at_rest_is_high() -> None:
    """Why it is a labelled metric and never the default: two people at rest correlate above 0.98."""
    model = load_model()
    rng = np.random.default_rng(4)
    rests = [model.neutral(rng.normal(size=len(model.identity)) * 0.8) for _ in range(4)]

    assert min(point_correlation(rests[0], other) for other in rests[1:]) > 0.98


def test_usual_motion_is_the_root_mean_square_over_the_shapes() -> None:
    # Vertex 8, the chin, moves 18 mm with one of the twelve shapes and with no other.
    assert_allclose(usual_motion_mm(MODEL)[8], np.sqrt(18**2 / 12))


def test_the_mobile_quarter_moves_more_than_the_rest() -> None:
    model = load_model()
    mobile, motion = point_mask(model, "mobile"), usual_motion_mm(model)

    assert abs(mobile.mean() - 0.25) < 0.01
    assert motion[mobile].min() >= motion[~mobile].max()


@pytest.mark.parametrize("name", MASKS)
def test_every_mask_is_available(name: str) -> None:
    model = load_model()
    mask = point_mask(model, name)

    assert mask.dtype == bool
    assert 10 < mask.sum() <= len(model.mean)
    if name in REGIONS:
        assert (model.regions[name][mask] > 0.5).all()
