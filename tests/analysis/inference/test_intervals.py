from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest, ttest_1samp

from analysis.face.arrays import FloatArray
from analysis.face.similarity.uncertainty import Uncertainty
from analysis.inference.estimate import Estimate
from analysis.inference.intervals import bounded_mean, jackknife, mean_by_t, mean_of_pairs
from analysis.rounding import decimals_for


def ends(found: Estimate) -> FloatArray:
    assert found.interval is not None
    return np.array(found.interval)


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 3), (4, 10), (9, 10)])
def test_the_interval_of_zeros_and_ones_is_that_of_clopper_and_pearson(hits: int, n: int) -> None:
    found = bounded_mean([1.0] * hits + [0.0] * (n - hits))
    exact = binomtest(hits, n).proportion_ci(0.95, method="exact")

    assert (found.value, found.n) == (hits / n, n)
    assert_allclose(ends(found), [float(exact.low), float(exact.high)], atol=1e-9)


def test_random_weights_agree_with_clopper_and_pearson_where_values_are_almost_zero_and_one() -> None:
    found = bounded_mean(np.array([1.0] * 6 + [0.0] * 4) * 0.999999 + 5e-7)

    exact = binomtest(6, 10).proportion_ci(0.95, method="exact")
    assert_allclose(ends(found), [float(exact.low), float(exact.high)], atol=0.004)


def test_three_perfect_participants_do_not_have_an_interval_of_100_to_100_percent() -> None:
    low, high = ends(bounded_mean([1.0, 1.0, 1.0]))

    assert_allclose(low, 0.025 ** (1 / 3))
    assert high == 1.0


def test_other_bounds_scale_the_interval() -> None:
    shares = bounded_mean([0.2, 0.5, 0.6])
    scores = bounded_mean([-0.6, 0.0, 0.2], bounds=(-1.0, 1.0))

    assert_allclose(ends(scores), 2 * ends(shares) - 1)


@pytest.mark.parametrize("n", [3, 5, 10])
@pytest.mark.parametrize("mean", [0.5, 0.9, 0.99])
def test_the_interval_covers_the_mean_of_participants_who_differ(n: int, mean: float, rng: np.random.Generator) -> None:
    covered = []
    for _ in range(100):
        values = rng.binomial(6, rng.beta(mean * 2, (1 - mean) * 2, n)) / 6
        low, high = ends(bounded_mean(values))
        covered.append(low <= mean <= high)

    assert np.mean(covered) >= 0.95


def test_the_t_interval_agrees_with_scipy(rng: np.random.Generator) -> None:
    values = rng.normal(size=7)

    exact = ttest_1samp(values, 0).confidence_interval(0.95)
    assert_allclose(ends(mean_by_t(values)), [float(exact.low), float(exact.high)])


def test_the_jackknife_of_a_mean_is_its_t_interval(rng: np.random.Generator) -> None:
    values = rng.normal(size=6)

    found = jackknife(6, lambda weights: float((weights * values).sum() / weights.sum()))

    assert_allclose(ends(found), ends(mean_by_t(values)))


def test_one_participant_has_no_interval() -> None:
    assert mean_by_t([0.4]).interval is None
    assert jackknife(1, lambda _: 0.4).interval is None


def test_a_statistic_that_is_not_defined_without_one_participant_has_no_interval() -> None:
    found = jackknife(3, lambda weights: 1.0 if weights[0] else None)

    assert (found.value, found.interval) == (1.0, None)
    assert "left out" in found.method


def test_no_value_gives_an_estimate_that_is_not_defined() -> None:
    assert bounded_mean([]).value is None
    assert mean_by_t([]).text() == "not defined, n = 0 participants (no value)"


def test_an_estimate_prints_its_interval_number_and_method() -> None:
    one = Estimate(0.8333, 0.36, 1.0, 3, "a method", "people")

    assert one.text() == "0.83, 95 % interval 0.36 to 1.00, n = 3 people (a method)"
    assert one.to_json()["n"] == 3


@pytest.mark.parametrize(
    ("spread", "decimals"),
    [(1.2, 2), (0.09, 3), (0.0036, 4), (1e-9, 6), (0.0, 2), (np.inf, 2), (np.nan, 2)],
)
def test_close_numbers_have_more_decimals(spread: float, decimals: int) -> None:
    assert decimals_for(spread, fewest=2, digits=2) == decimals


def test_a_narrow_interval_has_two_ends_that_differ() -> None:
    assert Uncertainty(0.99911, 0.9996, 2.4).interval_text == "95 % interval 0.9991 to 0.9996"
    assert Estimate(0.99944, 0.99908, 0.9998, 3, "a method").text().startswith("0.9994, 95 % interval 0.9991 to 0.9998")


def test_the_interval_of_pairs_is_wider_than_that_of_as_many_independent_people() -> None:
    perfect = np.where(np.eye(4, dtype=bool), np.nan, 1.0)

    found = mean_of_pairs(perfect)

    assert (found.value, found.n, found.high) == (1.0, 4, 1.0)
    assert_allclose(ends(found)[0], 0.025 ** (1 / (0.75 * 4)), atol=0.01)
    assert ends(found)[0] < ends(bounded_mean([1.0] * 4))[0]


def test_pairs_without_a_value_do_not_count() -> None:
    one_target = np.array([[np.nan, 1.0, 0.5], [np.nan] * 3, [np.nan] * 3])

    assert mean_of_pairs(one_target).value == 0.75
    assert mean_of_pairs(np.full((3, 3), np.nan)).value is None
