"""The forecast of what a hint does to the similarity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.face.fitting.covariance_refit import refit, refit_problem
from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import Identity
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.registry import load_model
from analysis.face.similarity.coefficients import coefficient_similarity
from experiment.feedback.hint_forecast import (
    LITTLE,
    SOME,
    VISIBLE_SHARE,
    FitState,
    TargetState,
    forecast_gains,
    hint_matrix,
    possible_hints,
)
from tests.analysis.face.toy import perfect_landmarks, toy_pose

TWO = ("browInnerUp", "jawOpen")
HINTS = possible_hints(TWO)


def gains_of(
    face: FitState, target: tuple[float, float], intensities: tuple[float, float] | None = None
) -> dict[tuple[str, float], float]:
    """Of two movements that the landmarks see apart, each with a Hessian of 3, of which 1 is ridge."""
    values = forecast_gains(
        hint_matrix(HINTS, TWO),
        face,
        TargetState(np.array(target), np.array(intensities or target)),
        hessian=3.0 * np.eye(2),
        ridge=1.0,
    )
    return {(hint.movement, hint.amount): value for hint, value in zip(HINTS, values, strict=True)}


def face_of(*fitted: float) -> FitState:
    return FitState(np.array(fitted), 3.0 * np.array(fitted), np.array(fitted))


def test_the_gain_of_a_missing_movement_is_that_of_the_formula() -> None:
    """0.35 of the jaw become 0.6 x 0.35 x 2 / 3 = 0.14 in the fit: cosine((0.6, 0.8), (0.5, 0.14)) - 0.6."""
    found = gains_of(face_of(0.5, 0.0), (0.6, 0.8))

    assert found["jawOpen", SOME] == pytest.approx((0.3 + 0.112) / np.hypot(0.5, 0.14) - 0.6)
    assert found["jawOpen", LITTLE] < found["jawOpen", SOME]


def test_the_gain_of_less_movement_is_limited_by_the_strength_of_the_movement() -> None:
    found = gains_of(face_of(0.5, 0.2), (0.8, 0.0))

    # The movement can lose 0.2; a = 0.6, and two thirds of it arrive in the fit.
    assert found["jawOpen", -SOME] == pytest.approx(0.5 / np.hypot(0.5, 0.2 - 0.08) - 0.5 / np.hypot(0.5, 0.2))


def test_an_impossible_hint_has_no_gain() -> None:
    assert gains_of(FitState(np.array([0.5, 0.2]), np.array([1.5, 0.6]), np.array([0.5, 0.95])), (0.2, 1.0))[
        "jawOpen", SOME
    ] == pytest.approx(0.0)


def test_a_hint_away_from_the_strength_of_the_target_has_no_gain_even_if_it_raises_the_similarity() -> None:
    gains = gains_of(face_of(0.5, 0.3), (0.2, 0.8), intensities=(0.5, 0.3))

    assert set(gains.values()) == {0.0}


def test_every_movement_can_be_asked_for_on_both_sides_or_one_more_or_less() -> None:
    smile = [one for one in possible_hints(("mouthSmileLeft", "mouthSmileRight")) if one.amount == SOME]

    assert [(one.movement, one.side, one.units) for one in smile] == [
        ("mouthSmile", "", ("mouthSmileLeft", "mouthSmileRight")),
        ("mouthSmile", "left", ("mouthSmileLeft",)),
        ("mouthSmile", "right", ("mouthSmileRight",)),
    ]
    assert {one.amount for one in HINTS} == {SOME, LITTLE, -SOME, -LITTLE}


def test_the_jaw_to_the_left_is_a_direction_and_not_a_side() -> None:
    assert {(one.movement, one.side) for one in possible_hints(("jawLeft", "jawRight"))} == {
        ("jawLeft", ""),
        ("jawRight", ""),
    }


def test_there_is_no_hint_for_a_hidden_unit() -> None:
    assert possible_hints(("cheekPuff",), hidden=frozenset({"cheekPuff"})) == ()


@pytest.mark.parametrize("seed", range(5))
def test_landmarks_that_move_like_the_model_raise_the_similarity_as_forecast(seed: int) -> None:
    """The landmarks of the shipped model are displaced by the share of each hint that the detector follows."""
    rng = np.random.default_rng(seed)
    model = load_model()
    names = model.bases["units"].names
    pose = toy_pose(rng, yaw_deg=0.0)

    def units(**strengths: float) -> NDArray[np.float64]:
        return np.array([strengths.get(name, 0.0) for name in names])

    def landmarks_of(shown: NDArray[np.float64]) -> Landmarks:
        return perfect_landmarks(model, pose, np.zeros(len(model.identity)), shown)

    identity = Identity.mean(model)
    imitated = units(mouthSmileLeft=0.8, mouthSmileRight=0.8, browInnerUp=0.7, jawOpen=0.3)
    own = units(mouthSmileLeft=0.3, mouthSmileRight=0.3, mouthPucker=0.4, jawOpen=0.5)
    target, before = (
        refit(fit_expression(one, model, identity), one, model) for one in (landmarks_of(imitated), landmarks_of(own))
    )
    landmarks = landmarks_of(own)
    face = fit_expression(landmarks, model, identity)
    found = refit_problem(before, landmarks, model)
    hints = [one for one in possible_hints(names) if not one.side and abs(one.amount) == SOME]
    matrix = hint_matrix(hints, names)
    values = forecast_gains(
        matrix,
        FitState(before.expression, found.linear, own),
        TargetState(target.expression, imitated),
        hessian=found.hessian,
        ridge=found.ridge,
    )

    best = int(np.argmax(values))
    possible = np.clip(own + matrix[best], 0.0, 1.0) - own
    rows = landmark_rows(model, "units")
    shift_mm = VISIBLE_SHARE * np.einsum("ake,e->ka", rows.shapes[:2], possible)
    moved_px = landmarks.points_px.copy()
    rotated = shift_mm @ before.pose.rotation[:2, :2].T
    moved_px[rows.landmarks] += rotated * (1.0, -1.0) * before.pose.focal_px / before.pose.distance_mm
    after = refit(face, replace(landmarks, points_px=moved_px), model)
    gained = coefficient_similarity(target, after) - coefficient_similarity(target, before)

    assert hints[best].movement in ("mouthSmile", "browInnerUp", "mouthPucker", "jawOpen")
    assert values[best] > 0.05
    assert gained == pytest.approx(values[best], rel=0.15)
