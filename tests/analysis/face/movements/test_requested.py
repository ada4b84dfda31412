"""What was made of the movements that a target asks for."""

from __future__ import annotations

import pytest

from analysis.face.movements.measured import MEASURED_UNITS
from analysis.face.movements.requested import TrialMovements, compared_movements
from analysis.face.movements.strengths import learned_movements

BOTH = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}
LEFT = {"mouthSmileLeft": 0.8}
SMILE_MM = learned_movements().size_mm[learned_movements().number("mouthSmileLeft")]


def compared(target: dict[str, float], **strengths: float) -> TrialMovements:
    return compared_movements(target, {unit: strengths.get(unit, 0.0) for unit in MEASURED_UNITS})


@pytest.mark.parametrize(
    ("target", "left", "right", "made", "correct"),
    [
        (BOTH, 9.0, 8.0, "as asked", True),
        (BOTH, 9.0, 2.0, "as asked", True),
        (BOTH, 9.0, 0.0, "left only", True),
        (BOTH, 0.0, 9.0, "right only", True),
        (BOTH, 0.1, 0.1, "not made", False),
        (LEFT, 9.0, 0.0, "as asked", True),
        (LEFT, 9.0, 3.0, "as asked", True),  # the right side moves less than half as far
        (LEFT, 9.0, 6.0, "both sides", True),
        (LEFT, 0.0, 9.0, "mirrored", False),
        (LEFT, 3.0, 9.0, "mirrored", False),
        (LEFT, 0.0, 0.0, "not made", False),
    ],
)
def test_the_side_is_named_and_a_mirrored_movement_is_not_correct(
    target: dict[str, float], left: float, right: float, made: str, correct: bool
) -> None:
    found = compared(target, mouthSmileLeft=left, mouthSmileRight=right)

    assert [one.made for one in found.requested] == [made]
    assert found.is_correct(found.requested[0]) is correct


def test_strengths_are_shares_of_the_targets() -> None:
    (smile,) = compared(BOTH, mouthSmileLeft=0.4 * SMILE_MM, mouthSmileRight=0.2 * SMILE_MM).requested

    assert [one.share for one in smile.sides] == pytest.approx([0.5, 0.25])
    assert [one.asked_mm for one in smile.sides] == pytest.approx([0.8 * SMILE_MM] * 2)
    assert smile.symmetry == pytest.approx(0.5)
    assert smile.sides[0].name == "lip corner puller, left"


def test_the_other_side_of_a_one_sided_target_has_no_share_and_the_movement_no_symmetry() -> None:
    (smile,) = compared(LEFT, mouthSmileLeft=9.0, mouthSmileRight=9.0).requested

    assert [one.share is None for one in smile.sides] == [False, True]
    assert smile.symmetry is None


def test_synkinesis_is_listed_by_strength_and_makes_the_movement_wrong_if_it_is_stronger() -> None:
    found = compared(BOTH, mouthSmileLeft=6.0, mouthSmileRight=6.0, eyeBlinkLeft=3.5, browOuterUpLeft=0.05)
    closed = compared(BOTH, mouthSmileLeft=2.0, mouthSmileRight=2.0, eyeBlinkLeft=10.0)

    assert [one.name for one in found.unasked] == ["eye closure, left"]  # the brow is below its limit
    assert found.is_correct(found.requested[0])
    assert not closed.is_correct(closed.requested[0])


def test_movements_that_landmarks_do_not_show_are_named() -> None:
    found = compared({"cheekPuff": 1.0, "jawOpen": 0.5}, jawOpen=15.0)

    assert [one.movement.unit for one in found.requested] == ["jawOpen"]
    assert [one.side for one in found.requested[0].sides] == ["middle"]
    assert [one.plain for one in found.not_measured] == ["cheek puff"]
