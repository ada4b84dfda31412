from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import REGIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.parts import (
    NOISE_FLOOR_MM,
    asymmetry,
    compare_faces,
    noise_floor_mm,
    region_scores,
    strength_mm,
)
from analysis.face.similarity.points import point_mask
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = load_model()
SMILE = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "cheekSquintLeft": 0.4, "cheekSquintRight": 0.4}
BROWS = {"browInnerUp": 0.7, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6}


def test_half_as_strong_an_imitation_has_the_intensity_ratio_one_half() -> None:
    half = {name: strength / 2 for name, strength in SMILE.items()}

    result = compare_faces(measured(MODEL, SMILE), measured(MODEL, half), metric("units"), MODEL)

    assert_allclose(result.score, 1)
    assert_allclose(result.intensity_ratio, 0.5)
    assert_allclose(result.mimic_strength_mm * 2, result.target_strength_mm)


def test_strength_is_the_root_mean_square_movement_of_the_mobile_quarter() -> None:
    face = measured(MODEL, SMILE)
    moved = face.intensity_fit.displacement_mm(MODEL)[point_mask(MODEL, "mobile")]

    assert_allclose(strength_mm(face, MODEL) ** 2, np.mean(moved[:, 0] ** 2 + moved[:, 1] ** 2 + moved[:, 2] ** 2))
    assert strength_mm(measured(MODEL, {}), MODEL) == 0


def test_a_region_at_rest_in_one_of_two_faces_scores_nothing() -> None:
    scores = region_scores(measured(MODEL, SMILE), measured(MODEL, BROWS), MODEL)

    assert set(scores) == set(REGIONS)
    assert scores["mouth"] < 0.05
    assert scores["brows"] < 0.05


def test_a_region_with_the_same_movement_scores_one_independently_of_the_others() -> None:
    scores = region_scores(measured(MODEL, SMILE), measured(MODEL, SMILE | BROWS), MODEL)

    assert scores["mouth"] > 0.98
    assert scores["brows"] < 0.5


@pytest.mark.parametrize(("unit", "expected"), [("mouthSmileLeft", 1), ("mouthSmileRight", -1)])
def test_asymmetry_is_positive_where_the_left_of_the_person_moves(unit: str, expected: float) -> None:
    assert_allclose(asymmetry(measured(MODEL, {unit: 0.7}), MODEL), expected)


def test_both_sides_alike_and_no_movement_are_both_symmetric() -> None:
    # The two sides of the model are each other's mirror images but for what its file rounds.
    assert abs(asymmetry(measured(MODEL, SMILE), MODEL)) < 0.01
    assert asymmetry(measured(MODEL, {}), MODEL) == 0


def test_three_to_one_is_an_asymmetry_of_one_half() -> None:
    toy = toy_model()  # whose two corners of the mouth move exactly as far

    assert_allclose(asymmetry(measured(toy, {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.3}), toy), 0.5)


def test_the_distance_of_each_vertex_does_not_depend_on_identity() -> None:
    one, other = (np.random.default_rng(seed).normal(size=len(MODEL.identity)) for seed in (1, 2))
    target, mimic = measured(MODEL, SMILE, identity=one), measured(MODEL, SMILE | {"jawOpen": 0.5}, identity=other)

    distance = compare_faces(target, mimic, metric("units"), MODEL).distance_mm

    jaw = MODEL.bases["units"].shapes[MODEL.bases["units"].names.index("jawOpen")]
    assert distance.shape == (len(MODEL.mean),)
    assert_allclose(distance, 0.5 * np.linalg.norm(jaw, axis=1), atol=1e-9)


def test_a_face_below_the_noise_floor_is_reported_without_expression() -> None:
    full = strength_mm(measured(MODEL, SMILE), MODEL)
    faint = {name: strength * 0.9 * NOISE_FLOOR_MM / full for name, strength in SMILE.items()}
    visible = {name: strength * 1.1 * NOISE_FLOOR_MM / full for name, strength in SMILE.items()}

    def without(target: dict[str, float], mimic: dict[str, float]) -> tuple[str, ...]:
        return compare_faces(measured(MODEL, target), measured(MODEL, mimic), metric("units"), MODEL).without_expression

    assert without(SMILE, visible) == ()
    assert without(SMILE, faint) == ("mimic",)
    assert without(faint, SMILE) == ("target",)
    assert without(faint, {}) == ("target", "mimic")


def test_a_turned_head_has_a_higher_noise_floor() -> None:
    full = strength_mm(measured(MODEL, SMILE), MODEL)
    face = measured(MODEL, {name: strength * 1.5 * NOISE_FLOOR_MM / full for name, strength in SMILE.items()})
    turned = dataclasses.replace(face, turn_deg=(9.0, -12.0))

    assert noise_floor_mm(face) == NOISE_FLOOR_MM
    assert noise_floor_mm(turned) == pytest.approx(np.hypot(NOISE_FLOOR_MM, 1.2))
    target = measured(MODEL, SMILE)
    assert compare_faces(target, face, metric("units"), MODEL).without_expression == ()
    assert compare_faces(target, turned, metric("units"), MODEL).without_expression == ("mimic",)


def test_a_target_at_rest_gives_no_infinite_ratio() -> None:
    assert compare_faces(measured(MODEL, {}), measured(MODEL, SMILE), metric("units"), MODEL).intensity_ratio == 0


def test_every_basic_emotion_at_full_strength_is_far_above_the_noise_floor() -> None:
    basis = MODEL.bases["emotions"]
    for emotion in EMOTIONS:
        units = dict(zip(basis.names, np.eye(6)[basis.names.index(emotion)], strict=True))
        face = measured(MODEL, {}, emotions=units)
        assert face.emotion_fit is not None
        shown = dataclasses.replace(face, intensity_fit=face.emotion_fit)
        assert strength_mm(shown, MODEL) > 2 * NOISE_FLOOR_MM
