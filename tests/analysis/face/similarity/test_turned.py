from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.face.measurement import MeasuredFace
from analysis.face.similarity.turned import Lost, correct_turn_attenuation
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()
LOST = Lost(side=0.3, chin_up=0.1, chin_down=0.2)


def turned(yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> MeasuredFace:
    return replace(measured(MODEL, {"jawOpen": 0.5}), turn_deg=(yaw_deg, pitch_deg))


def freed(correlation: float, target: MeasuredFace, mimic: MeasuredFace) -> float:
    return correct_turn_attenuation(correlation, target, mimic, lost=LOST)


def test_faces_that_are_held_as_they_were_calibrated_keep_their_correlation() -> None:
    assert freed(0.7, turned(), turned()) == 0.7


@pytest.mark.parametrize("yaw_deg", [15.0, -15.0])
def test_by_hand_fifteen_degrees_to_either_side(yaw_deg: float) -> None:
    assert freed(0.5, turned(), turned(yaw_deg)) == pytest.approx(0.65)
    assert freed(0.5, turned(yaw_deg), turned(yaw_deg)) == pytest.approx(0.5 * 1.3**2)


def test_a_bowed_head_costs_more_than_a_raised_chin_and_both_add_to_the_side() -> None:
    assert freed(0.5, turned(), turned(pitch_deg=15.0)) == pytest.approx(0.55)
    assert freed(0.5, turned(), turned(pitch_deg=-15.0)) == pytest.approx(0.6)
    assert freed(0.5, turned(), turned(7.5, -15.0)) == pytest.approx(0.5 * (1.2 + 0.3 / 4))


def test_it_does_not_matter_who_of_the_two_is_turned() -> None:
    there, back = (freed(0.5, turned(a), turned(b)) for a, b in ((3.0, 12.0), (12.0, 3.0)))
    assert there == pytest.approx(back, abs=1e-15)


def test_a_correlation_stays_one() -> None:
    assert freed(0.9, turned(15.0), turned(15.0)) == 1.0
    assert freed(-0.9, turned(15.0), turned(15.0)) == -1.0


def test_turns_beyond_those_that_were_measured_are_corrected_no_further() -> None:
    at_the_end = freed(0.4, turned(20.0, -20.0), turned())
    assert freed(0.4, turned(28.0, -25.0), turned()) == pytest.approx(at_the_end)
