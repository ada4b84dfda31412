from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.evaluation.judge import estimates, judge, repeated_cells, variance_ratio
from analysis.evaluation.panels import Pair, Panel
from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.similarity.metrics import metric
from analysis.inference.intervals import BOUNDED_METHOD, PAIRS_METHOD
from analysis.tables.similarity_table import SimilarityTable
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()
SHOWN = {
    "smile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8},
    "gape": {"jawOpen": 0.9},
    "frown": {"browDownLeft": 1.0},
}


def faces(*labels: str, seed: int = 0) -> list[MeasuredFace]:
    identity = np.random.default_rng(seed).normal(size=len(MODEL.identity))
    made = []
    for label in labels:
        face = measured(MODEL, SHOWN[label], identity=identity)
        made.append(replace(face, picture=Picture(Path(f"{seed}-{label}.png"), label)))
    return made


def table(scores: list[list[float]], imitated: str = "ab") -> SimilarityTable:
    return SimilarityTable(("a", "b"), tuple(imitated), np.array(scores))


def test_a_metric_of_exact_movements_is_perfect() -> None:
    names = ("ann", "bob", "cho")
    pairs = [
        Pair((a, b), faces(*SHOWN, seed=names.index(a)), faces(*SHOWN, seed=names.index(b)))
        for a in names
        for b in names
        if a != b
    ]

    verdict = judge(Panel("by hand", pairs, 9), metric("units"), MODEL, rounds=200)

    assert (verdict.rank1.value, verdict.auc.value, verdict.centred_rank1, verdict.centred_auc) == (1, 1, 1, 1)
    assert verdict.rank1.interval is not None
    assert 0.1 < verdict.rank1.interval[0] < 0.5  # three people
    assert verdict.rank1.n == 3
    assert verdict.mimics == 18
    assert_allclose(verdict.chance, 1 / 3, atol=0.05)
    assert verdict.p_value == 1 / 201
    assert len(verdict.matching) == 18
    assert len(verdict.others) == 36
    assert verdict.icc is None
    assert verdict.variance_ratio is None


def test_labels_that_are_all_alike_have_no_permutation() -> None:
    pairs = [Pair((name, name), faces(*SHOWN), faces("smile", seed=k)) for k, name in enumerate(("ann", "bob"))]

    verdict = judge(Panel("smiles", pairs, 5), metric("units"), MODEL, rounds=20)

    assert (verdict.rank1.value, verdict.chance, verdict.p_value) == (1.0, 1 / 3, None)


def test_the_same_panel_gives_the_same_verdict() -> None:
    pairs = [Pair(("ann", "bob"), faces("smile", "gape"), faces("smile", "gape", seed=1))]

    one, other = (judge(Panel("p", pairs, 4), metric("points"), MODEL, rounds=50) for _ in range(2))

    assert one.rank1 == other.rank1
    assert one.p_value == other.p_value
    assert_array_equal(one.matching, other.matching)


def test_people_in_many_pairs_and_independent_mimics_have_intervals_of_their_own() -> None:
    good, bad = table([[1.0, 0.0], [0.0, 1.0]]), table([[0.0, 1.0], [1.0, 0.0]])
    each, _ = estimates([good, bad], [("ann", "bob"), ("bob", "ann")])
    across, _ = estimates([good], [("ann", "bob")])
    independent, _ = estimates([good, bad, good], [("ann", "bob"), ("ann", "cho"), ("dee", "eve")])
    same, auc = estimates([good, good], [("ann", "ann"), ("bob", "bob")])

    assert (each.method, across.method) == (PAIRS_METHOD, BOUNDED_METHOD)
    assert (independent.method, independent.n) == (BOUNDED_METHOD, 3)
    assert independent.value == pytest.approx(2 / 3)
    assert (same.method, same.n, auc.value) == (BOUNDED_METHOD, 2, 1)


def test_two_takes_of_a_mimic_are_two_ratings_of_each_cell() -> None:
    every, matching = repeated_cells([table([[0.9, 0.1, 0.7], [0.3, 0.8, 0.2]], "aba")])

    assert_array_equal(every, [[0.9, 0.7], [0.3, 0.2]])
    assert_array_equal(matching, [[0.9, 0.7]])


def test_one_or_three_takes_are_not_a_pair_of_takes() -> None:
    every, matching = repeated_cells([table([[1, 2, 3, 4], [5, 6, 7, 8]], "aaab")])

    assert every.shape == matching.shape == (0, 2)


def test_the_variance_ratio_agrees_with_a_hand_calculation() -> None:
    """Another expression changes the score by 0.6 and 0.4, a person by 0.1 and 0.3."""
    own, other = table([[1.0, 0.4], [0.6, 1.0]]), table([[0.9, 0.2], [0.5, 0.7]])

    ratio = variance_ratio([own, other], [("ann", "ann"), ("ann", "bob")])

    assert_allclose(ratio, ((0.36 + 0.16) / 2) / ((0.01 + 0.09) / 2))


def test_the_variance_ratio_is_averaged_over_targets_and_not_over_their_ratios() -> None:
    calm, wild = table([[1, 1], [1, 1]]), table([[1, 0], [0, 1]])
    less = table([[0.5, 0], [0, 0.5]])

    ratio = variance_ratio([calm, less, less, wild], [("ann", "ann"), ("ann", "bob"), ("bob", "ann"), ("bob", "bob")])

    assert_allclose(ratio, ((0 + 0 + 1 + 1) / 4) / 0.25)


def test_without_pairs_of_the_same_person_the_variance_ratio_is_nan() -> None:
    assert np.isnan(variance_ratio([table([[1, 0], [0, 1]])], [("ann", "bob")]))


@pytest.mark.parametrize("name", ["units", "displacement"])
def test_identity_hardly_changes_a_score_of_movements_but_changes_the_published_score(name: str) -> None:
    """The faces are exact, so every effect of identity comes from the metric."""
    people = range(4)
    pairs = [Pair((str(a), str(b)), faces(*SHOWN, seed=a), faces(*SHOWN, seed=b)) for a in people for b in people]
    panel = Panel("same", pairs, 24, crossed=True)

    ours = judge(panel, metric(name), MODEL, rounds=10).variance_ratio
    published = judge(panel, metric("points"), MODEL, rounds=10).variance_ratio

    assert ours is not None
    assert published is not None
    assert ours > 1000
    assert published < 10
