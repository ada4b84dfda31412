from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from analysis.evaluation import icc_coverage
from analysis.evaluation.designs.simulated_trials import TARGETS, Truth, simulated_sample
from analysis.group.factors import Cell, samples
from analysis.group.icc import FEWEST, METHOD, TOO_FEW, Takes, agreement, interval_over_participants, repeated_takes
from analysis.tables.statistics import icc_2_1
from tests.analysis.group.simulated import simulated_study


def takes_of(scores: np.ndarray) -> Takes:
    """The takes of (participants, targets, takes) scores."""
    people = [str(person) for person in range(len(scores)) for _ in range(scores.shape[1])]
    return Takes(scores.reshape(-1, scores.shape[2]), people)


def test_the_interval_covers_where_that_of_textbooks_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = icc_coverage.People(person=0.10, target=0.0, person_target=0.02, noise=0.05)
    monkeypatch.setattr(icc_coverage, "KINDS", (kind,))
    monkeypatch.setattr(icc_coverage, "ICC_PARTICIPANTS", (5,))
    monkeypatch.setattr(icc_coverage, "_BOOTSTRAP", 20)

    found = {one.method: one for one in icc_coverage.icc_coverage(150)}

    assert next(one.mean for name, one in found.items() if "(used)" in name) > 0.90
    assert found["F, items as independent"].mean < 0.80


def test_with_one_target_the_interval_is_near_the_one_of_mcgraw_and_wong(rng: np.random.Generator) -> None:
    """With one item a participant, items are independent, so the F interval is right."""
    scores = rng.normal(0, 0.1, (60, 1, 1)) + rng.normal(0, 0.05, (60, 1, 2))

    ends = interval_over_participants(takes_of(scores))

    assert_allclose(ends, icc_coverage.f_interval(scores[:, 0]), atol=0.03)


def test_the_interval_agrees_with_a_hand_calculation() -> None:
    """Three participants with one target: variance of means 4, of takes 2 each."""
    ratings = np.array([[1.0, 3.0], [3.0, 5.0], [5.0, 7.0]])
    between = [4 * 2 / float(stats.chi2.ppf(tail, 2)) for tail in (0.975, 0.025)]
    takes = [2 * 3 / float(stats.chi2.ppf(tail, 3)) for tail in (0.975, 0.025)]
    down = np.hypot(np.log(4 / between[0]), np.log(takes[1] / 2))
    up = np.hypot(np.log(between[1] / 4), np.log(2 / takes[0]))
    low, high = (2 * np.exp(step) for step in (-down, up))  # the mean square of error is 0: takes differ by a constant

    ends = interval_over_participants(Takes(ratings, ["a", "b", "c"]))

    assert_allclose(ends, (low / (low + 1), high / (high + 1)))


def test_the_order_of_items_and_the_unit_of_scores_change_nothing(rng: np.random.Generator) -> None:
    takes = takes_of(rng.normal(size=(4, 3, 1)) + rng.normal(0, 0.5, (4, 3, 2)))
    order = rng.permutation(12)

    other = interval_over_participants(Takes(1000 * takes.ratings[order] + 5, [takes.people[k] for k in order]))

    assert_allclose(other, interval_over_participants(takes))


def test_people_who_differ_in_steadiness_have_a_wider_interval() -> None:
    means = np.array([[3.0], [6.0], [12.0], [15.0]])
    steps = np.array([0.5, -0.5, 0.5, -0.5]), np.array([0.0, 0.0, 0.0, 1.0])  # the same mean variance of takes
    equal, unequal = (Takes(np.hstack([means - own[:, None], means + own[:, None]]), list("abcd")) for own in steps)

    (low, _), (wide, _) = interval_over_participants(equal), interval_over_participants(unequal)

    assert wide < low - 0.05


def test_exact_repetitions_agree_perfectly(rng: np.random.Generator) -> None:
    takes = takes_of(np.repeat(rng.normal(size=(4, 3, 1)), 2, axis=2))

    assert_allclose(interval_over_participants(takes), (1, 1))


@pytest.mark.parametrize(("participants", "method"), [(FEWEST - 1, TOO_FEW), (FEWEST, METHOD)])
def test_few_participants_have_no_interval(rng: np.random.Generator, participants: int, method: str) -> None:
    frames = simulated_study(rng, participants=participants)
    (sample,) = samples(frames.trials, frames.scores)

    (found,) = agreement(sample, [Cell()])

    estimate = found.estimate
    assert (estimate.n, estimate.unit, estimate.method) == (participants, "participants", method)
    assert (estimate.interval is None) == (method == TOO_FEW)
    assert estimate.value == icc_2_1(repeated_takes(sample.trials, []).ratings)
    assert found.note == f"{6 * participants} targets of participants, 2 takes each"


def test_items_with_the_usual_number_of_takes_count() -> None:
    rows = [("a", "x", 1), ("a", "x", 2), ("a", "x", 3), ("a", "y", 4), ("b", "x", 5), ("b", "x", 6), ("b", "y", 7)]
    trials = pd.DataFrame(rows, columns=["participant", "target", "score"])

    found = repeated_takes(trials[trials["score"] != 3], [])

    assert found.people == ["a", "b"]
    assert_allclose(found.ratings, [[1, 2], [5, 6]])


def test_the_true_icc_is_that_of_a_large_study(rng: np.random.Generator) -> None:
    truth = Truth()
    targets = rng.normal(0, truth.target, TARGETS)

    trials = simulated_sample(rng, 3000, truth, targets=targets).trials

    found = icc_2_1(repeated_takes(trials, ["condition_pace"]).ratings)
    assert found == pytest.approx(truth.icc(targets), abs=0.01)
