"""What a change would do to the similarity is known before it is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.face.fitting.covariance_refit import evidence, refit
from analysis.face.fitting.fit import Identity, fit_expression
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.detector import Landmarks
from analysis.face.models.registry import load_model
from analysis.face.similarity.coefficients import coefficient_similarity
from experiment.feedback.hint_forecast import (
    ANSWERED,
    LITTLE,
    SOME,
    Standing,
    change_matrix,
    possible_changes,
    promises,
)
from tests.analysis.face.toy import seen, toy_pose

TWO = ("browInnerUp", "jawOpen")
CHANGES = possible_changes(TWO)


def promised(
    standing: Standing, target: tuple[float, float], aim: tuple[float, float] | None = None
) -> dict[tuple[str, float], float]:
    """Of two movements that the landmarks see apart, each with a Hessian of 3, of which 1 is ridge."""
    values = promises(
        change_matrix(CHANGES, TWO),
        standing,
        similar_to=np.array(target),
        aim=np.array(target if aim is None else aim),
        hessian=3.0 * np.eye(2),
        ridge=1.0,
    )
    return {(change.movement, change.amount): value for change, value in zip(CHANGES, values, strict=True)}


def standing_of(*fitted: float) -> Standing:
    return Standing(np.array(fitted), 3.0 * np.array(fitted), np.array(fitted))


def test_a_missing_movement_promises_what_the_formula_says() -> None:
    """0.35 of the jaw become 0.6 x 0.35 x 2 / 3 = 0.14 in the fit: cosine((0.6, 0.8), (0.5, 0.14)) - 0.6."""
    found = promised(standing_of(0.5, 0.0), (0.6, 0.8))

    assert found["jawOpen", SOME] == pytest.approx((0.3 + 0.112) / np.hypot(0.5, 0.14) - 0.6)
    assert found["jawOpen", LITTLE] < found["jawOpen", SOME]


def test_less_of_what_is_too_much_is_promised_down_to_none_of_it() -> None:
    found = promised(standing_of(0.5, 0.2), (0.8, 0.0))

    # 0.2 is all there is to take away; a = 0.6 and two thirds of it arrive in the fit.
    assert found["jawOpen", -SOME] == pytest.approx(0.5 / np.hypot(0.5, 0.2 - 0.08) - 0.5 / np.hypot(0.5, 0.2))


def test_what_cannot_be_done_any_more_promises_nothing() -> None:
    assert promised(Standing(np.array([0.5, 0.2]), np.array([1.5, 0.6]), np.array([0.5, 0.95])), (0.2, 1.0))[
        "jawOpen", SOME
    ] == pytest.approx(0.0)


def test_a_change_away_from_the_strength_of_the_target_is_not_promised_even_if_it_would_show_as_nearer() -> None:
    nearer_by_similarity = promised(standing_of(0.5, 0.3), (0.2, 0.8), aim=(0.5, 0.3))

    assert set(nearer_by_similarity.values()) == {0.0}


def test_every_movement_can_be_asked_for_on_both_sides_or_one_more_or_less() -> None:
    smile = [one for one in possible_changes(("mouthSmileLeft", "mouthSmileRight")) if one.amount == SOME]

    assert [(one.movement, one.side, one.units) for one in smile] == [
        ("mouthSmile", "", ("mouthSmileLeft", "mouthSmileRight")),
        ("mouthSmile", "left", ("mouthSmileLeft",)),
        ("mouthSmile", "right", ("mouthSmileRight",)),
    ]
    assert {one.amount for one in CHANGES} == {SOME, LITTLE, -SOME, -LITTLE}


def test_the_jaw_to_the_left_is_a_direction_and_not_a_side() -> None:
    assert {(one.movement, one.side) for one in possible_changes(("jawLeft", "jawRight"))} == {
        ("jawLeft", ""),
        ("jawRight", ""),
    }


def test_what_cannot_be_seen_is_not_asked_for() -> None:
    assert possible_changes(("cheekPuff",), hidden=frozenset({"cheekPuff"})) == ()


@pytest.mark.parametrize("seed", range(5))
def test_landmarks_that_move_as_the_model_says_keep_the_promise(seed: int) -> None:
    """The shipped model, its landmarks displaced by the share of each change that a detector is taken to see."""
    rng = np.random.default_rng(seed)
    model = load_model()
    names = model.bases["units"].names
    pose = toy_pose(rng, yaw_deg=0.0)

    def units(**strengths: float) -> NDArray[np.float64]:
        return np.array([strengths.get(name, 0.0) for name in names])

    def landmarks_of(shown: NDArray[np.float64]) -> Landmarks:
        return seen(model, pose, np.zeros(len(model.identity)), shown)

    identity = Identity.mean(model)
    aim = units(mouthSmileLeft=0.8, mouthSmileRight=0.8, browInnerUp=0.7, jawOpen=0.3)
    own = units(mouthSmileLeft=0.3, mouthSmileRight=0.3, mouthPucker=0.4, jawOpen=0.5)
    target, before = (
        refit(fit_expression(one, model, identity), one, model) for one in (landmarks_of(aim), landmarks_of(own))
    )
    landmarks = landmarks_of(own)
    face = fit_expression(landmarks, model, identity)
    found = evidence(before, landmarks, model)
    changes = [one for one in possible_changes(names) if not one.side and abs(one.amount) == SOME]
    matrix = change_matrix(changes, names)
    values = promises(
        matrix,
        Standing(before.expression, found.linear, own),
        similar_to=target.expression,
        aim=aim,
        hessian=found.hessian,
        ridge=found.ridge,
    )

    best = int(np.argmax(values))
    possible = np.clip(own + matrix[best], 0.0, 1.0) - own
    rows = landmark_rows(model, "units")
    shift_mm = ANSWERED * np.einsum("ake,e->ka", rows.shapes[:2], possible)
    moved_px = landmarks.points_px.copy()
    rotated = shift_mm @ before.pose.rotation[:2, :2].T
    moved_px[rows.landmarks] += rotated * (1.0, -1.0) * before.pose.focal_px / before.pose.distance_mm
    after = refit(face, replace(landmarks, points_px=moved_px), model)
    gained = coefficient_similarity(target, after) - coefficient_similarity(target, before)

    assert changes[best].movement in ("mouthSmile", "browInnerUp", "mouthPucker", "jawOpen")
    assert values[best] > 0.05
    assert gained == pytest.approx(values[best], rel=0.15)
