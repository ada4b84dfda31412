"""Contrasts agree with pingouin, scipy and published examples."""

from __future__ import annotations

import numpy as np
import pingouin
import pytest
from numpy.testing import assert_allclose

from analysis.group.effect_sizes import hedges_correction, independent, noncentrality_interval, paired


@pytest.fixture
def before(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.6, 0.1, 14)


@pytest.fixture
def after(rng: np.random.Generator, before: np.ndarray) -> np.ndarray:
    return before + rng.normal(0.05, 0.08, 14)


def test_a_paired_difference_agrees_with_pingouin(before: np.ndarray, after: np.ndarray) -> None:
    difference, dz, g_av = paired(after, before)
    theirs = pingouin.ttest(after, before, paired=True).iloc[0]

    assert difference.test is not None
    assert_allclose(difference.test.value, theirs["T"])
    assert_allclose(difference.test.p, theirs["p_val"])
    assert difference.test.df == theirs["dof"]
    interval = pingouin.ttest(after - before, 0, confidence=0.95)["CI95"].iloc[0]
    assert difference.estimate.interval is not None
    assert_allclose(difference.estimate.interval, interval, atol=0.0051)
    assert dz.estimate.value == pytest.approx(np.mean(after - before) / np.std(after - before, ddof=1))
    d_av = pingouin.compute_effsize(after, before, paired=True, eftype="cohen")
    assert g_av.estimate.value == pytest.approx(d_av * hedges_correction(13))


def test_independent_groups_agree_with_pingouin(rng: np.random.Generator) -> None:
    first, second = rng.normal(0.7, 0.1, 9), rng.normal(0.6, 0.2, 13)
    difference, g = independent(first, second)
    theirs = pingouin.ttest(first, second, correction=True).iloc[0]

    assert difference.test is not None
    assert difference.test.df is not None
    assert_allclose(difference.test.value, theirs["T"])
    assert_allclose(difference.test.p, theirs["p_val"])
    assert_allclose(difference.test.df, theirs["dof"], atol=0.01)
    # pingouin corrects with the approximation 1 - 3 / (4 n - 9)
    assert g.estimate.value == pytest.approx(pingouin.compute_effsize(first, second, eftype="hedges"), rel=0.001)


def test_the_noncentral_interval_agrees_with_the_example_of_mbess() -> None:
    """``conf.limits.nct(ncp=2.83, df=126)`` in the manual of the R package MBESS (Kelley, 2007)."""
    assert_allclose(noncentrality_interval(2.83, 126), (0.8337502, 4.815359), rtol=1e-6)


def test_the_interval_of_g_contains_the_truth_in_95_of_100_samples(rng: np.random.Generator) -> None:
    truth, inside = 0.8, 0
    for _ in range(400):
        _, g = independent(rng.normal(truth, 1, 6), rng.normal(0, 1, 6))
        assert g.estimate.low is not None
        assert g.estimate.high is not None
        inside += g.estimate.low / hedges_correction(10) <= truth <= g.estimate.high / hedges_correction(10)

    assert 0.92 <= inside / 400 <= 0.98


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5, 0.5]])
def test_equal_or_single_differences_have_no_interval_and_no_test(values: list[float]) -> None:
    (only,) = paired(np.array(values) + 0.25, np.array(values))

    assert only.estimate.value == 0.25
    assert only.estimate.interval is None
    assert only.test is None
    assert "no interval" in only.estimate.method
