"""Scores of the same people in several sessions, and their truths."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.evaluation.uncertainty.crossed_scores import crossed_scores
from analysis.evaluation.uncertainty.repeated_people import GOOD, GOOD_SESSIONS, MeasuredSet
from analysis.evaluation.uncertainty.repeated_scores import repeated_scores
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from tests.analysis.face.similarity.measured import measured

MODEL, UNITS = load_model(), metric("units")
SHOWN = {"happiness": ("mouthSmileLeft", "mouthSmileRight"), "surprise": ("jawOpen", "browInnerUp")}


def sets(person: str, rng: np.random.Generator, *, bad: str = "turned") -> list[MeasuredSet]:
    """Good sessions and a bad one; strengths differ a little from session to session."""
    sessions = [(bad, 0), *((GOOD, number) for number in range(GOOD_SESSIONS))]
    return [
        MeasuredSet(
            person,
            condition,
            number,
            {
                label: measured(MODEL, {unit: float(rng.uniform(0.6, 0.9)) for unit in units})
                for label, units in SHOWN.items()
            },
        )
        for condition, number in sessions
    ]


def test_the_truth_of_a_score_is_the_mean_over_the_other_good_sessions_of_both_people() -> None:
    rng = np.random.default_rng(0)
    ann, bob = sets("ann", rng), sets("bob", rng)

    found = repeated_scores([*ann, *bob], [UNITS], MODEL)

    # The first row: ann's happiness in her first good session, imitated by bob with a turned head.
    targets = [one.faces["happiness"] for one in ann if one.condition == GOOD]
    mimics = [one.faces["happiness"] for one in bob if one.condition == GOOD]
    table = np.array([[UNITS.score(a, b, MODEL) for b in mimics] for a in targets])
    of_bob = found.mimic == 1
    assert found.condition[:2] == ("turned", GOOD)
    assert found.matching[:2].all()
    assert of_bob[:2].all()
    assert found.scores["units"][0] == UNITS.score(targets[0], bob[0].faces["happiness"], MODEL)
    assert_allclose(found.truths["units"][0], table[1:].mean())
    assert found.scores["units"][1] == table[1, 0]  # bob's first good session against ann's second
    assert_allclose(found.truths["units"][1], table[[0, *range(2, GOOD_SESSIONS)], 1:].mean())
    assert len(found.mimic) == 2 * 4 * (GOOD_SESSIONS + 1)  # people, pairs of expressions, sessions


def test_people_with_too_few_good_sessions_are_left_out() -> None:
    rng = np.random.default_rng(0)
    bob = [dataclasses.replace(one, condition="dark") if one.number > 2 else one for one in sets("bob", rng)]

    assert len(repeated_scores([*sets("ann", rng), *bob], [UNITS], MODEL).mimic) == 0


@pytest.mark.parametrize("same", [True, False])
def test_crossed_scores_are_between_people_of_different_groups(*, same: bool) -> None:
    rng = np.random.default_rng(0)
    ann, bob = sets("one", rng), sets("one", rng)  # the two groups may use the same names

    found = crossed_scores([ann + sets("two", rng)] if same else [ann, bob], [UNITS], MODEL)

    if same:
        assert len(found.mimic) == 0
        return
    assert len(found.mimic) == 2 * 4 * 2  # people, pairs of expressions, one good and one bad session
    assert set(found.mimic.tolist()) == {0, 1}
    assert found.matching.sum() == 2 * 2 * 2
    assert found.truths == {}
    # The first row: ann imitates happiness in the bad session, the target is bob's first good session.
    target = next(one for one in bob if (one.condition, one.number) == (GOOD, 0)).faces["happiness"]
    assert found.scores["units"][0] == UNITS.score(target, ann[0].faces["happiness"], MODEL)
