from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.face.camera import rotation_from_angles
from analysis.face.measure import MeasuredFace
from analysis.face.similarity.turned import freed_from_turns
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()


def turned(yaw_deg: float) -> MeasuredFace:
    face = measured(MODEL, {"jawOpen": 0.5})
    pose = replace(face.units.pose, rotation=rotation_from_angles(yaw_deg=yaw_deg))
    return replace(face, units=replace(face.units, pose=pose))


def test_faces_to_the_front_keep_their_correlation() -> None:
    assert freed_from_turns(0.7, turned(0.0), turned(0.0), lost=0.3) == 0.7


@pytest.mark.parametrize("yaw_deg", [15.0, -15.0])
def test_by_hand_fifteen_degrees_to_either_side(yaw_deg: float) -> None:
    assert freed_from_turns(0.5, turned(0.0), turned(yaw_deg), lost=0.3) == pytest.approx(0.65)
    assert freed_from_turns(0.5, turned(yaw_deg), turned(yaw_deg), lost=0.3) == pytest.approx(0.5 * 1.3**2)


def test_it_does_not_matter_who_of_the_two_is_turned() -> None:
    there, back = (freed_from_turns(0.5, turned(a), turned(b), lost=0.2) for a, b in ((3.0, 12.0), (12.0, 3.0)))
    assert there == pytest.approx(back, abs=1e-15)


def test_a_correlation_stays_one() -> None:
    assert freed_from_turns(0.9, turned(15.0), turned(15.0), lost=0.3) == 1.0
    assert freed_from_turns(-0.9, turned(15.0), turned(15.0), lost=0.3) == -1.0


def test_turns_beyond_those_that_were_measured_are_corrected_no_further() -> None:
    at_the_end = freed_from_turns(0.4, turned(20.0), turned(0.0), lost=0.3)
    assert freed_from_turns(0.4, turned(28.0), turned(0.0), lost=0.3) == pytest.approx(at_the_end)
