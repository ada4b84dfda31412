from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.tables.identification import (
    auc_estimate,
    chance_of,
    d_prime_estimate,
    pair_estimates,
    rank1_estimate,
    shuffled_people,
    shuffled_trials,
)
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import p_value

LABELS = tuple("abcdef")


def hitting(*right: bool, imitated: str = "") -> SimilarityTable:
    """A table of three targets whose mimics are right or wrong."""
    names = tuple(imitated or "abc"[: len(right)])
    scores = np.zeros((3, len(right)))
    for column, (name, is_right) in enumerate(zip(names, right, strict=True)):
        scores["abc".index(name) if is_right else ("abc".index(name) + 1) % 3, column] = 1.0
    return SimilarityTable(tuple("abc"), names, scores)


def test_every_participant_counts_the_same_in_rank1() -> None:
    tables = [hitting(True, True, True), hitting(False), hitting(False, True)]

    found = rank1_estimate(tables, ["ann", "bob", "ann"])

    assert found.value == pytest.approx((4 / 5 + 0) / 2)
    assert found.n == 2
    assert found.interval is not None


def test_a_tie_counts_in_part_also_where_rounding_separates_the_scores() -> None:
    tie = SimilarityTable(("a", "b"), ("a",), np.array([[0.1 + 0.2], [0.3]]))

    assert rank1_estimate([tie], ["ann"]).value == 0.5


def test_chance_is_one_over_the_targets_also_where_trials_are_missing() -> None:
    assert chance_of([hitting(True), hitting(True, False, True)]) == pytest.approx(1 / 3)
    assert chance_of([]) is None


def test_three_perfect_participants_leave_room_for_worse_ones() -> None:
    found = rank1_estimate([hitting(True, True, True)] * 3, ["ann", "bob", "cho"])

    assert found.value == 1.0
    assert found.low == pytest.approx(0.025 ** (1 / 3))
    assert found.high == 1.0


def test_auc_is_computed_within_tables_and_averaged_over_participants() -> None:
    high = SimilarityTable(("a", "b"), ("a", "b"), np.array([[0.9, 0.8], [0.7, 0.95]]))
    low = SimilarityTable(("a", "b"), ("a", "b"), np.array([[0.2, 0.1], [0.3, 0.4]]))  # one pair of four is wrong

    assert auc_estimate([high, low], ["ann", "bob"]).value == pytest.approx((1 + 0.75) / 2)
    assert auc_estimate([hitting(True)], ["ann"]).value == 1.0


def test_d_prime_has_an_interval_over_participants(rng: np.random.Generator) -> None:
    tables = [SimilarityTable(LABELS, LABELS, np.eye(6) + rng.normal(0, 0.3, (6, 6))) for _ in range(4)]

    found = d_prime_estimate(tables, ["ann", "bob", "cho", "dan"])

    assert found.value is not None
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_pairs_average_people_in_both_roles() -> None:
    tables = {("ann", "bob"): hitting(True, True, True), ("bob", "ann"): hitting(False, True, False)}

    found = pair_estimates(tables)["rank1"]

    assert found.value == pytest.approx(2 / 3)
    assert (found.n, found.unit) == (2, "people")


def test_shuffled_trials_keep_the_number_of_trials_of_each_target(rng: np.random.Generator) -> None:
    always_a = SimilarityTable(tuple("abc"), tuple("aab"), np.array([[1.0] * 3, [0.0] * 3, [0.0] * 3]))

    null = shuffled_trials([always_a], ["ann"], rng, rounds=200)

    assert_allclose(null, 2 / 3)  # always showing a is right in two of three trials, by chance too
    assert p_value(null, rank1_estimate([always_a], ["ann"]).value or 0.0) == 1.0


def people_by_chance(
    rng: np.random.Generator, people: int
) -> tuple[dict[tuple[str, str], SimilarityTable], dict[str, Counter[str]]]:
    """Faces whose labels mean nothing; a score is the same both ways, as in `compare --targets each`."""
    faces = rng.normal(size=(people, 4, 3))
    names = tuple("abcd")
    tables = {
        (str(target), str(mimic)): SimilarityTable(names, names, faces[target] @ faces[mimic].T)
        for target in range(people)
        for mimic in range(people)
        if target != mimic
    }
    return tables, {str(one): Counter(names) for one in range(people)}


def test_labels_without_meaning_are_significant_in_one_of_twenty_comparisons_of_each_with_each() -> None:
    rng = np.random.default_rng(5)
    joint, apart = [], []
    for _ in range(250):
        tables, pictures = people_by_chance(rng, 4)
        observed, null = shuffled_people(tables, pictures, rng, rounds=99)
        joint.append(p_value(null, observed) <= 0.05)
        alone = shuffled_trials(list(tables.values()), [mimic for _, mimic in tables], rng, rounds=99)
        apart.append(p_value(alone, observed) <= 0.05)

    assert np.mean(joint) <= 0.08  # 5 % expected; more than 8 % has a probability of 2 %
    assert np.mean(apart) > np.mean(joint)  # tables that share people are not independent


def test_labels_with_meaning_are_found_in_comparisons_of_each_with_each(rng: np.random.Generator) -> None:
    tables, pictures = people_by_chance(rng, 4)
    tables = {
        pair: SimilarityTable(one.targets, one.imitated, one.scores + 4 * np.eye(4)) for pair, one in tables.items()
    }

    observed, null = shuffled_people(tables, pictures, rng, rounds=199)

    assert observed > 0.8
    assert p_value(null, observed) <= 0.01


def test_labels_change_places_only_with_labels_of_as_many_pictures(rng: np.random.Generator) -> None:
    table = SimilarityTable(("a", "b"), ("a", "a", "b"), np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    pictures = {"ann": {"a": 1, "b": 2}, "bob": {"a": 2, "b": 1}}

    observed, null = shuffled_people({("ann", "bob"): table}, pictures, rng, rounds=20)

    assert observed == 1.0
    assert_allclose(null, 1.0)


def test_pictures_of_labels_that_the_target_person_lacks_do_not_count(rng: np.random.Generator) -> None:
    table = SimilarityTable(("a", "b"), ("a", "b", "z"), np.array([[1.0, 0.0, 0.3], [0.0, 1.0, 0.1]]))

    observed, null = shuffled_people(
        {("ann", "bob"): table}, {"ann": {"a": 1, "b": 1}, "bob": {"a": 1, "b": 1, "z": 1}}, rng, rounds=50
    )

    assert observed == 1.0
    assert null.min() == 0.0
