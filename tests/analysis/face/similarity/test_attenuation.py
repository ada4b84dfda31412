from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.face.measurement import MeasuredFace
from analysis.face.similarity.attenuation import Attenuation, correct_turn_attenuation
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()
ATTENUATION = Attenuation(side=0.3, chin_up=0.1, chin_down=0.2)


def turned(yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> MeasuredFace:
    return replace(measured(MODEL, {"jawOpen": 0.5}), turn_deg=(yaw_deg, pitch_deg))


def corrected(correlation: float, target: MeasuredFace, mimic: MeasuredFace) -> float:
    return correct_turn_attenuation(correlation, target, mimic, attenuation=ATTENUATION)


def test_unrotated_faces_keep_their_correlation() -> None:
    assert corrected(0.7, turned(), turned()) == 0.7


@pytest.mark.parametrize("yaw_deg", [15.0, -15.0])
def test_by_hand_fifteen_degrees_to_either_side(yaw_deg: float) -> None:
    assert corrected(0.5, turned(), turned(yaw_deg)) == pytest.approx(0.65)
    assert corrected(0.5, turned(yaw_deg), turned(yaw_deg)) == pytest.approx(0.5 * 1.3**2)


def test_a_lowered_chin_is_corrected_more_than_a_raised_one_and_both_add_to_yaw() -> None:
    assert corrected(0.5, turned(), turned(pitch_deg=15.0)) == pytest.approx(0.55)
    assert corrected(0.5, turned(), turned(pitch_deg=-15.0)) == pytest.approx(0.6)
    assert corrected(0.5, turned(), turned(7.5, -15.0)) == pytest.approx(0.5 * (1.2 + 0.3 / 4))


def test_neutral_pictures_with_the_same_rotation_remove_a_share_of_the_loss() -> None:
    known = replace(ATTENUATION, by_rest=0.5)
    face = turned(15.0, -15.0)
    assert known.factor(face) == pytest.approx(1.5)
    assert known.factor(replace(face, rest_turn_deg=(15.0, -15.0))) == pytest.approx(1.25)
    assert known.factor(replace(face, rest_turn_deg=(7.5, -15.0))) == pytest.approx(1.25 + 0.5 * 0.3 / 4)
    assert ATTENUATION.factor(replace(face, rest_turn_deg=(15.0, -15.0))) == pytest.approx(1.5)


def test_target_and_mimic_are_corrected_alike() -> None:
    there, back = (corrected(0.5, turned(a), turned(b)) for a, b in ((3.0, 12.0), (12.0, 3.0)))
    assert there == pytest.approx(back, abs=1e-15)


def test_a_corrected_correlation_stays_within_one() -> None:
    assert corrected(0.9, turned(15.0), turned(15.0)) == 1.0
    assert corrected(-0.9, turned(15.0), turned(15.0)) == -1.0


def test_larger_turns_are_corrected_as_the_largest_measured_one() -> None:
    at_the_end = corrected(0.4, turned(20.0, -20.0), turned())
    assert corrected(0.4, turned(28.0, -25.0), turned()) == pytest.approx(at_the_end)
