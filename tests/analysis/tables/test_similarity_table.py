from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.testing import assert_allclose

from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.similarity.metrics import Metric
from analysis.tables.similarity_table import CellScore, SimilarityTable, similarity_table
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()
STRENGTH = Metric(
    "strength", lambda a, b, _: a.score_fit.expression[0] + 10 * b.score_fit.expression[0], "for this test"
)


def face(label: str, jaw: float) -> MeasuredFace:
    return replace(measured(MODEL, {"jawOpen": jaw}), picture=Picture(Path("x.png"), label))


def test_rows_are_targets_and_columns_are_mimics() -> None:
    table = similarity_table([face("a", 0.1), face("b", 0.2)], [face("a", 0.3), face("b", 0.4)], STRENGTH, model=MODEL)

    assert table.targets == ("a", "b")
    assert_allclose(table.scores, [[3.1, 4.1], [3.2, 4.2]])
    assert table.matching.tolist() == [[True, False], [False, True]]


def test_columns_have_the_order_of_the_rows_for_any_order_of_the_pictures() -> None:
    table = similarity_table(
        [face("a", 0), face("b", 0)], [face("b", 0.1), face("a", 0.2), face("b", 0.3)], STRENGTH, model=MODEL
    )

    assert list(table.frame.columns) == ["a", "b", "b_2"]
    assert_allclose(table.scores[0], [2, 1, 3])


def test_takes_of_one_target_are_one_row_with_their_mean_score() -> None:
    table = similarity_table([face("a", 0.1), face("a", 0.3)], [face("a", 0)], STRENGTH, model=MODEL)

    assert table.targets == ("a",)
    assert_allclose(table.scores, [[0.2]])


def test_a_mimic_without_a_target_has_no_column() -> None:
    table = similarity_table([face("a", 0.1)], [face("c", 0.3)], STRENGTH, model=MODEL)

    assert table.scores.shape == (1, 0)
    assert np.array_equal(table.matching, np.empty((1, 0), dtype=bool))


# By hand: the mimic of b is more similar to target a.
BY_HAND = SimilarityTable(
    tuple("abc"), tuple("abc"), np.array([[0.99, 0.97, 0.10], [0.20, 0.95, 0.30], [0.40, 0.50, 0.985]])
)


def test_the_smallest_matching_and_the_largest_other_cell_are_found() -> None:
    assert BY_HAND.smallest_matching == CellScore("b", "b", 0.95)
    assert BY_HAND.largest_other == CellScore("a", "b", 0.97)


def test_targets_of_one_expression_are_neither_matching_nor_other() -> None:
    table = replace(BY_HAND, expressions={"a": "anger", "b": "anger", "c": "calm"})
    assert table.expressions_shared
    assert not BY_HAND.expressions_shared
    assert table.matching.sum() == 3
    assert np.argwhere(table.others).tolist() == [[0, 2], [1, 2], [2, 0], [2, 1]]
    assert table.largest_other == CellScore("c", "b", 0.5)


def test_the_published_pattern_holds_does_not_hold_or_is_unknown() -> None:
    scores = np.full((3, 3), 0.93) + 0.051 * np.eye(3)
    table = replace(BY_HAND, scores=scores)
    other, matching = scores.copy(), scores.copy()
    other[0, 1], matching[0, 0] = 0.94, 0.98

    assert table.published_pattern is True
    assert replace(table, scores=other).published_pattern is False
    assert replace(table, scores=matching).published_pattern is False
    assert replace(table, names=tuple("abcd")).published_pattern is None
    assert SimilarityTable((), (), np.empty((0, 0)), names=("a",)).published_pattern is None


def test_an_empty_table_has_no_extreme_cell() -> None:
    empty = SimilarityTable(("a",), (), np.empty((1, 0)))
    assert (empty.smallest_matching, empty.largest_other) == (None, None)


def test_takes_are_averaged_into_one_column_per_target() -> None:
    table = SimilarityTable(("a", "b"), ("b", "a", "b"), np.array([[0.1, 0.9, 0.3], [0.6, 0.2, 1.0]]), names=("a", "b"))

    averaged = table.mean_over_takes()

    assert averaged.imitated == ("b", "a")
    assert averaged.scores.tolist() == [[0.2, 0.9], [0.8, 0.2]]
    assert averaged.frame.to_numpy().tolist() == [[0.9, 0.2], [0.2, 0.8]]


def test_rows_and_columns_that_could_not_be_measured_are_empty_in_the_frame() -> None:
    frame = SimilarityTable(("b",), ("a",), np.array([[0.4]]), names=("a", "b")).frame

    assert frame.isna().to_numpy().tolist() == [[True, True], [False, True]]


def test_mimics_without_their_own_target_can_be_left_out() -> None:
    table = SimilarityTable(("a", "b"), ("c", "b"), np.array([[0.1, 0.2], [0.3, 0.4]]), names=tuple("abc"))

    kept = table.counted

    assert (kept.imitated, kept.names) == (("b",), ())
    assert kept.scores.tolist() == [[0.2], [0.4]]


def test_a_weak_mimic_and_a_weak_target_are_in_no_mean_and_no_statistic() -> None:
    scores = np.array([[0.9, 0.1, 0.5, 0.2], [0.2, 0.3, 0.8, 0.1], [0.95, 0.2, 0.1, 0.7]])
    table = SimilarityTable(
        ("a", "b", "c"),
        ("a", "a", "b", "c"),
        scores,
        names=("a", "b", "c"),
        weak=frozenset({1}),
        weak_targets=frozenset({"c"}),
    )
    means = table.mean_over_takes()

    assert_allclose(means.frame.loc["a", ["a", "b"]], [0.9, 0.5])
    assert means.frame.loc["c"].isna().all()
    assert means.counted.imitated == ("a", "b")
    assert means.counted.targets == ("a", "b")
    assert_allclose(means.counted.scores, [[0.9, 0.5], [0.2, 0.8]])


def test_cells_below_the_noise_floor_are_not_printed() -> None:
    table = SimilarityTable(("a", "b"), ("a", "b"), np.eye(2), weak=frozenset({0}), weak_targets=frozenset({"b"}))

    assert table.frame.isna().to_numpy().tolist() == [[True, False], [True, True]]
    assert [table.without_expression(row, column) for row, column in ((0, 0), (1, 1), (1, 0), (0, 1))] == [
        "mimic",
        "target",
        "target+mimic",
        "",
    ]


def test_statistics_of_a_table_of_means_count_its_trials() -> None:
    trials = SimilarityTable(("a", "b"), ("a", "a", "b"), np.array([[0.9, 0.1, 0.2], [0.2, 0.3, 0.8]]))

    assert trials.mean_over_takes().counted.imitated == ("a", "a", "b")
