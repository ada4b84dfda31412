from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import (
    Pooled,
    best_targets,
    d_prime_text,
    double_centred,
    expression_hits,
    hits,
    icc_2_1,
    permutation_null,
    rank1,
)


def table(scores: list[list[float]], imitated: str = "abc") -> SimilarityTable:
    return SimilarityTable(tuple("abc"[: len(scores)]), tuple(imitated), np.array(scores))


THREE = table([[0.9, 0.2, 0.6], [0.1, 0.8, 0.7], [0.3, 0.4, 0.5]])
"""The mimics of a and b score highest with their own target, the mimic of c with b."""


def test_two_of_three_mimics_score_highest_with_their_target() -> None:
    assert_allclose(rank1([THREE]), 2 / 3)


def test_a_tie_between_two_targets_counts_half() -> None:
    assert_allclose(rank1([table([[0.5, 0.1], [0.5, 0.9]], "ab")]), 0.75)


def test_rank1_counts_mimics_and_not_tables() -> None:
    one_of_one = table([[0.9], [0.1]], "a")
    none_of_two = table([[0.1, 0.1], [0.9, 0.9]], "aa")

    assert_allclose(rank1([one_of_one, none_of_two]), 1 / 3)


def test_auc_counts_the_pairs_of_cells_in_the_right_order() -> None:
    # Matching 0.9 0.8 0.5; others 0.1 0.2 0.3 0.4 0.6 0.7: 6 + 6 + 4 of 18 pairs.
    assert_allclose(Pooled.of([THREE]).auc(), 16 / 18)


def test_auc_of_equal_scores_is_one_half() -> None:
    assert Pooled.of([table([[0.4, 0.4], [0.4, 0.4]], "ab")]).auc() == 0.5


def test_d_prime_by_hand() -> None:
    two = table([[1.0, 0.0], [0.2, 0.6]], "ab")  # matching 1.0, 0.6: mean 0.8, sd 0.2; others mean 0.1, sd 0.1

    assert Pooled.of([two]).d_prime() == pytest.approx(0.7 / np.sqrt((0.04 + 0.01) / 2))


def test_matching_and_other_cells_are_distinguished_by_name_and_not_by_place() -> None:
    pooled = Pooled.of([table([[0.1, 0.9, 0.8], [0.7, 0.2, 0.3]], "baa")])

    assert sorted(pooled.matching) == [0.7, 0.8, 0.9]
    assert sorted(pooled.others) == [0.1, 0.2, 0.3]


def test_double_centring_leaves_no_row_or_column_mean() -> None:
    centred = double_centred(THREE).scores

    assert_allclose(centred.mean(axis=0), 0, atol=1e-12)
    assert_allclose(centred.mean(axis=1), 0, atol=1e-12)


def test_double_centring_recovers_a_match_hidden_by_a_popular_target() -> None:
    popular = table([[0.9, 0.9, 0.9], [0.1, 0.5, 0.1], [0.1, 0.1, 0.5]])

    assert_allclose(rank1([popular]), 1 / 3)
    assert rank1([double_centred(popular)]) == 1.0


def test_cells_of_two_targets_of_one_expression_are_neither_matching_nor_other() -> None:
    scores = table([[0.8, 0.9, 0.1], [0.7, 0.6, 0.2], [0.3, 0.4, 0.5]])
    three = replace(scores, expressions={"a": "anger", "b": "anger", "c": "calm"})
    pooled = Pooled.of([three])

    assert_allclose(sorted(pooled.matching), [0.5, 0.6, 0.8])
    assert_allclose(sorted(pooled.others), [0.1, 0.2, 0.3, 0.4])
    assert_allclose(rank1([three]), 2 / 3)


def test_shuffled_imitations_have_rank1_at_chance(rng: np.random.Generator) -> None:
    six = SimilarityTable(tuple("abcdef"), tuple("abcdef"), np.eye(6))

    null = permutation_null([six], rng, rounds=2000)

    assert rank1([six]) == 1.0
    assert_allclose(null.mean(), 1 / 6, atol=0.02)
    assert (null >= 1.0).mean() < 0.01


def test_icc_matches_the_example_of_shrout_and_fleiss() -> None:
    # Shrout & Fleiss (1979), table 2: four judges rate six targets; ICC(2,1) = .29 (table 4).
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]

    assert round(icc_2_1(np.array(ratings, dtype=np.float64)), 2) == 0.29


def test_icc_of_identical_takes_is_one() -> None:
    assert icc_2_1(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])) == pytest.approx(1.0)


def test_a_second_take_gets_a_number_in_its_column_name() -> None:
    assert list(table([[0.1, 0.2, 0.3]], "aba").frame.columns) == ["a", "b", "a_2"]


OTHER = table([[0.3, 0.2], [0.3, 0.9], [0.1, 0.1]], "ab")


@pytest.mark.parametrize("name", ["rank1", "auc", "d_prime"])
def test_a_table_with_weight_two_equals_two_tables(name: str) -> None:
    weighted = getattr(Pooled, name)(Pooled.of([THREE, OTHER]), np.array([2.0, 1.0]))

    assert_allclose(weighted, getattr(Pooled, name)(Pooled.of([THREE, THREE, OTHER])))


@pytest.mark.parametrize("name", ["rank1", "auc", "d_prime"])
def test_a_table_with_weight_zero_is_left_out(name: str) -> None:
    weighted = getattr(Pooled, name)(Pooled.of([THREE, OTHER]), np.array([0.0, 3.0]))

    assert_allclose(weighted, getattr(Pooled, name)(Pooled.of([OTHER])))


def test_no_table_gives_the_values_of_chance() -> None:
    nothing = Pooled.of([])

    assert (nothing.rank1(), nothing.auc(), nothing.d_prime()) == (0.0, 0.5, None)


def test_d_prime_of_constant_cells_is_not_defined() -> None:
    equal, apart = table([[0.4, 0.4], [0.4, 0.4]], "ab"), table([[0.9, 0.1], [0.1, 0.9]], "ab")

    assert Pooled.of([equal]).d_prime() is None
    assert Pooled.of([apart]).d_prime() is None
    assert d_prime_text(Pooled.of([apart]).d_prime()) == "not defined"


def test_a_tie_between_targets_shares_the_hit_everywhere() -> None:
    """Mimic a scores equally high with a and b: half a hit, and a whole one if both show its expression."""
    tie = table([[0.5, 0.1, 0.0], [0.5, 0.9, 0.0], [0.0, 0.0, 0.8]])
    shared = replace(tie, expressions={"a": "anger", "b": "anger", "c": "calm"})

    assert best_targets(tie).tolist() == [[0.5, 0, 0], [0.5, 1, 0], [0, 0, 1]]
    assert hits(tie).tolist() == [0.5, 1, 1]
    assert expression_hits(shared).tolist() == [1, 1, 1]


def test_a_mimic_without_its_own_target_is_not_a_hit() -> None:
    assert hits(SimilarityTable(("a",), ("b", "a"), np.array([[0.9, 0.5]]))).tolist() == [0, 1]
