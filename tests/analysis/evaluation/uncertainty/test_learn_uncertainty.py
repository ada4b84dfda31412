"""Intervals and likelihood ratios learned from simulated scores with known errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.evaluation.uncertainty.judge_uncertainty import coverages, evidence, uncertainties
from analysis.evaluation.uncertainty.learn_uncertainty import learn_uncertainty
from analysis.evaluation.uncertainty.repeated_people import GOOD
from analysis.evaluation.uncertainty.repeated_scores import RepeatedScores, joined
from analysis.face.similarity.uncertainty import LearnedUncertainty

PEOPLE, SCORES = 8, 60


def group(rng: np.random.Generator, strongest: float = 2.0) -> RepeatedScores:
    """Scores whose error is 0.3 for weak and 0.05 for strong expressions, and 0.1 too low for turned heads."""
    size = PEOPLE * SCORES
    strength, turn, matching = rng.uniform(0.0, strongest, size), rng.uniform(0.0, 1.0, size), rng.random(size) < 0.3
    truth = np.where(matching, 0.7, 0.1) + rng.normal(0.0, 0.1, size)
    spread = np.exp(np.interp(strength, (0.0, 2.0), np.log((0.3, 0.05))))
    score = truth - 0.1 * turn + spread * rng.normal(size=size)
    still = np.zeros(size)
    pair = np.column_stack([strength, still, turn, rng.normal(size=size), still, still, still])
    condition = np.where(turn > 0.5, "turned", GOOD)
    return RepeatedScores(
        still.astype(int),
        np.repeat(np.arange(PEOPLE), SCORES),
        matching,
        tuple(condition.tolist()),
        pair,
        {"units": score},
        {"units": truth},
    )


def groups(seed: int, *, strongest: float = 2.0) -> RepeatedScores:
    rng = np.random.default_rng(seed)
    return joined([group(rng, strongest) for _ in range(6)])


def learn(data: RepeatedScores, without: tuple[int, ...] = ()) -> LearnedUncertainty:
    return learn_uncertainty(data, data, "units", without=without)


@pytest.fixture(scope="module")
def learning() -> RepeatedScores:
    return groups(1)


def test_intervals_contain_the_truth_of_other_people_in_95_of_100_cases(learning: RepeatedScores) -> None:
    others = groups(2)

    judged = coverages(others, "units", learn(learning))
    found = {(one.condition, one.scores): one for one in judged}

    assert 0.93 < found["all", "all"].share < 0.97
    assert 0.92 < found["turned", "matching"].share < 0.98
    assert found["all", "all"].share_low < found["all", "all"].share < found["all", "all"].share_high


def test_intervals_of_weak_expressions_are_as_much_wider_as_their_errors(learning: RepeatedScores) -> None:
    others = groups(2)
    found = uncertainties(others, "units", learn(learning))
    width = np.array([one.high - one.low for one in found])
    strength = others.pair[:, 0]
    inside = others.scores["units"] < 0.5  # not cut off at 1

    ratio = np.median(width[inside & (strength < 0.2)]) / np.median(width[inside & (strength > 1.8)])

    assert 4.0 < ratio < 7.0  # errors: 0.26 to 0.06 at the middle of these ranges


def test_an_interval_that_ignores_what_it_depends_on_fails_where_it_matters(learning: RepeatedScores) -> None:
    weak, strength = groups(2, strongest=0.3), 3

    known = learn(learning, (strength,))

    assert known.log_spread[strength] == 0.0
    assert next(one for one in coverages(weak, "units", known) if one.condition == "all").share < 0.9


def test_a_stated_likelihood_ratio_is_the_observed_one(learning: RepeatedScores) -> None:
    others = groups(3)
    ratios = [one.likelihood_ratio for one in uncertainties(others, "units", learn(learning))]

    found = evidence(ratios, others.matching, people="simulated people")

    assert found.cllr < 0.7
    for part in found.bins:
        if part.number > 100 and 0.1 <= part.low < 10.0:  # the others are limited
            assert 0.5 < part.observed / part.stated < 2.0
    assert max(ratios) == pytest.approx(6 * PEOPLE)
    assert min(ratios) == pytest.approx(1.0 / (6 * PEOPLE))


def test_a_higher_score_is_never_less_evidence_even_if_high_scores_are_less_certain() -> None:
    rng = np.random.default_rng(4)
    data = groups(4)
    # High scores of weak expressions say nothing, and scores of the others are exact.
    strength, matching = data.pair[:, 0], data.matching
    vague = np.where(strength < 1.0, rng.uniform(-1.0, 1.0, len(matching)), np.where(matching, 0.7, 0.1))
    vague += rng.normal(0.0, 0.02, len(matching))
    known = learn(replace(data, scores={"units": vague}))

    for feature in range(3, len(known.ranges)):
        for pair in (np.array(known.ranges)[3:, 0], np.array(known.ranges)[3:, 1]):
            mixed = pair.copy()
            mixed[feature - 3] = known.ranges[feature][1]
            ratios = [known.uncertainty(score, mixed.tolist()).likelihood_ratio for score in np.linspace(-1, 1, 41)]
            assert (np.diff(ratios) >= -1e-12).all()


def test_ratios_without_information_cost_one_and_wrong_ones_more() -> None:
    matching = np.array([True, False, True, False])

    assert evidence([1.0] * 4, matching, people="").cllr == pytest.approx(1.0)
    assert evidence([0.1, 10.0, 0.1, 10.0], matching, people="").cllr == pytest.approx(np.log2(11.0))


def test_people_of_several_groups_stay_different_people() -> None:
    rng = np.random.default_rng(0)

    both = joined([group(rng), group(rng)])

    assert set(both.mimic.tolist()) == set(range(2 * PEOPLE))
    assert set(both.group.tolist()) == {0, 1}
