from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from analysis.face.models.model import REGIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.displacement import displacement_correlation, displacement_weights
from analysis.face.similarity.points import usual_motion_mm
from tests.analysis.face.toy import toy_model


def test_the_correlation_is_about_no_movement_and_not_about_the_mean() -> None:
    # Two vertices that move alike, one of them counting double: (1*2 + 2*(2*1)) / sqrt((1 + 2*4) * (4 + 2*1)).
    a, b = np.array([[1.0, 0, 0], [0, 2, 0]]), np.array([[2.0, 0, 0], [0, 1, 0]])

    assert_allclose(displacement_correlation(a, b, np.array([1.0, 2.0])), 6 / np.sqrt(54))


def test_opposite_movements_correlate_with_minus_one() -> None:
    movement = np.random.default_rng(0).normal(size=(10, 3))

    assert_allclose(displacement_correlation(movement, -0.3 * movement, np.ones(10)), -1)


def test_without_regions_every_vertex_moves_equally_much() -> None:
    model = toy_model()
    motion, weights = usual_motion_mm(model), displacement_weights(model)
    moving = motion > 0.5

    assert_allclose(weights[moving] * motion[moving] ** 2, 1)
    assert_allclose(weights[~moving], 1 / 0.5**2)


def test_every_region_counts_the_same() -> None:
    model = load_model()
    motion, weights = usual_motion_mm(model), displacement_weights(model)

    # Of what a usual expression adds to the sum, each region has the share its own vertices bring to it.
    own = {}
    for region in REGIONS:
        share = model.regions[region] / np.maximum(motion, 0.5) ** 2
        own[region] = share / (share * motion**2).sum()
    assert_allclose(weights, sum(own.values()))
    for region in REGIONS:
        assert_allclose((own[region] * motion**2).sum(), 1)


def test_an_open_jaw_does_not_hide_a_raised_brow() -> None:
    """Half of a face that drops its jaw and raises its brows is in the brows, as a judge would say."""
    model = load_model()
    names = model.bases["units"].names

    def moved(**strengths: float) -> np.ndarray:
        return model.displacement(np.array([strengths.get(name, 0.0) for name in names]))

    both = moved(jawOpen=0.5, browInnerUp=1.0, browOuterUpLeft=1.0, browOuterUpRight=1.0)
    brows = moved(browInnerUp=1.0, browOuterUpLeft=1.0, browOuterUpRight=1.0)
    even = np.ones(len(model.mean))

    assert displacement_correlation(brows, both, even) < 0.3
    assert displacement_correlation(brows, both, displacement_weights(model)) > 0.5
