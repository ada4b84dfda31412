from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa as kappa_of_statsmodels

from analysis.tables.kappa import cohens_kappa

DIAGNOSES = ((75, 1, 4), (5, 4, 1), (0, 0, 10))
"""Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), table 18.1."""


def pairs(table: Sequence[Sequence[int]]) -> tuple[list[str], list[str]]:
    cells = [(str(i), str(j), count) for i, row in enumerate(table) for j, count in enumerate(row)]
    return [i for i, _, n in cells for _ in range(n)], [j for _, j, n in cells for _ in range(n)]


def test_the_published_example_has_the_published_kappa_and_the_interval_of_statsmodels() -> None:
    found = cohens_kappa(*pairs(DIAGNOSES))
    other = kappa_of_statsmodels(np.array(DIAGNOSES))

    assert (found.trials, round(found.observed, 2), round(found.expected, 2)) == (100, 0.89, 0.66)
    assert found.kappa == pytest.approx(0.68, abs=0.005)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((other.kappa_low, other.kappa_upp), rel=1e-6)
    assert not found.is_clustered


@pytest.mark.parametrize("seed", range(5))
def test_other_tables_agree_with_statsmodels(seed: int) -> None:
    table = np.random.default_rng(seed).integers(1, 30, (4, 4)) + 10 * np.eye(4, dtype=int)
    found, other = cohens_kappa(*pairs(table.tolist())), kappa_of_statsmodels(table)
    assert found.kappa == pytest.approx(other.kappa, rel=1e-9)
    assert found.interval is not None
    assert found.interval.high - found.interval.low == pytest.approx(other.kappa_upp - other.kappa_low, rel=1e-6)


def test_a_trial_that_a_participant_repeats_adds_nothing_to_what_is_known() -> None:
    first, second = pairs(DIAGNOSES)
    people = [str(number) for number in range(100)]
    once, often = cohens_kappa(first, second, people), cohens_kappa(first * 4, second * 4, people * 4)
    assert once.is_clustered
    assert often.is_clustered
    assert (often.trials, often.participants) == (400, 100)
    assert once.interval is not None
    assert often.interval is not None
    assert often.interval.low == pytest.approx(once.interval.low)
    independent = cohens_kappa(first * 4, second * 4)
    assert independent.interval is not None
    assert independent.interval.low > often.interval.low + 0.05


def test_the_interval_of_participants_covers_kappa_where_that_of_trials_does_not() -> None:
    """Some participants are hard to judge: the raters guess in all their trials."""
    rng = np.random.default_rng(4)
    truth = 0.5  # half of the people are judged alike, the others by chance: 0.75 observed, 0.5 expected
    covered = {True: 0, False: 0}
    rounds, people, trials = 300, 24, 10
    for _ in range(rounds):
        first = rng.integers(0, 2, (people, trials))
        is_hard = rng.random(people) < 0.5
        second = np.where(is_hard[:, None], rng.integers(0, 2, (people, trials)), first)
        owner = [str(one) for one in np.repeat(np.arange(people), trials)]
        for is_clustered in covered:
            names = (list(map(str, first.ravel())), list(map(str, second.ravel())))
            interval = cohens_kappa(*names, owner if is_clustered else ()).interval
            assert interval is not None
            covered[is_clustered] += interval.low <= truth <= interval.high
    assert covered[True] >= 0.90 * rounds
    assert covered[False] <= 0.85 * rounds


def test_kappa_is_not_defined_for_one_category_and_has_no_interval_without_differences() -> None:
    one = cohens_kappa(["usable"] * 5, ["usable"] * 5)
    assert (one.observed, one.kappa, one.interval) == (1.0, None, None)
    two = cohens_kappa(["a", "b", "a"], ["a", "b", "a"], ["1", "2", "3"])
    assert (two.kappa, two.interval, two.is_clustered, two.participants) == (1.0, None, False, 3)
    assert cohens_kappa(["a", "b"], ["b", "a"]).kappa == -1.0
    with pytest.raises(ValueError, match="values of the same trials"):
        cohens_kappa(["a"], ["a", "b"])
