from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.testing import assert_allclose

from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.similarity.metrics import Metric
from analysis.tables.similarity_table import similarity_table
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()
STRENGTH = Metric(
    "strength", lambda a, b, _: a.score_fit.expression[0] + 10 * b.score_fit.expression[0], "for this test"
)


def face(label: str, jaw: float) -> MeasuredFace:
    return replace(measured(MODEL, {"jawOpen": jaw}), picture=Picture(Path("x.png"), label))


def test_rows_are_targets_and_columns_are_mimics() -> None:
    table = similarity_table([face("a", 0.1), face("b", 0.2)], [face("a", 0.3), face("b", 0.4)], STRENGTH, MODEL)

    assert table.targets == ("a", "b")
    assert_allclose(table.scores, [[3.1, 4.1], [3.2, 4.2]])
    assert table.matching.tolist() == [[True, False], [False, True]]


def test_columns_come_in_the_order_of_the_rows_whatever_the_order_of_the_pictures() -> None:
    table = similarity_table(
        [face("a", 0), face("b", 0)], [face("b", 0.1), face("a", 0.2), face("b", 0.3)], STRENGTH, MODEL
    )

    assert table.columns == ("a", "b", "b_2")
    assert_allclose(table.scores[0], [2, 1, 3])


def test_takes_of_one_target_are_one_row_with_their_mean_score() -> None:
    table = similarity_table([face("a", 0.1), face("a", 0.3)], [face("a", 0)], STRENGTH, MODEL)

    assert table.targets == ("a",)
    assert_allclose(table.scores, [[0.2]])


def test_a_mimic_of_what_is_no_target_gets_no_column() -> None:
    table = similarity_table([face("a", 0.1)], [face("c", 0.3)], STRENGTH, MODEL)

    assert table.scores.shape == (1, 0)
    assert np.array_equal(table.matching, np.empty((1, 0), dtype=bool))
