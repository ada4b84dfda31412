"""Courses of drawn faces: strengths by hand, smooth from frame to frame, blinks that close the eyes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.emotions import blend_strengths
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS
from analysis.face.synthetic.drawn_course import (
    BLINK_STRENGTH,
    Course,
    DrawnMovement,
    blink_frames,
    minimum_jerk,
    random_blinks,
)

SMILE = Course(60, delay=30, onset=24, hold=60, offset=36, length=160)


def test_the_units_of_protocols_are_those_of_the_model_that_ships() -> None:
    assert load_model().bases["units"].names == UNITS


def test_a_blend_has_the_sum_of_the_units_of_its_emotions() -> None:
    strengths = blend_strengths({"surprise": 0.5, "fear": 0.5, "anger": 0.0}, UNITS)

    assert strengths["eyeWideLeft"] == pytest.approx(0.5 * 0.7 + 0.5 * 1.0)
    assert strengths["jawOpen"] == pytest.approx(0.5 * 0.5 + 0.5 * 0.1)
    assert "noseSneerLeft" not in strengths


def test_minimum_jerk_has_its_known_values() -> None:
    assert [minimum_jerk(share) for share in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert minimum_jerk(0.25) == pytest.approx(10 / 64 - 15 / 256 + 6 / 1024)


def test_a_course_rests_rises_stays_and_returns_at_its_frames() -> None:
    strengths = [SMILE.intensity(frame) for frame in range(SMILE.length)]

    assert strengths[:31] == [0.0] * 31
    assert strengths[54:115] == [1.0] * 61
    assert strengths[150:] == [0.0] * 10
    assert all(0 < value < 1 for value in strengths[31:54] + strengths[115:150])
    assert (strengths[42], strengths[132]) == (0.5, 0.5)
    assert (SMILE.apex, SMILE.movement) == (54, 151)


def test_a_course_without_offset_stays_at_the_apex() -> None:
    course = Course(60, delay=0, onset=2, hold=0, offset=0, length=3)

    assert [course.intensity(frame) for frame in (0, 1, 2, 500)] == [0.0, 0.5, 1.0, 1.0]


def test_no_step_between_frames_is_larger_than_the_fastest_moment_of_the_movement() -> None:
    """The speed of minimum jerk has its maximum, 1.875 a duration, in the middle, and is symmetric."""
    steps = np.diff([SMILE.intensity(frame) for frame in range(SMILE.length)])
    onset = steps[30:54]

    assert np.abs(onset).max() <= 1.875 / 24
    assert np.abs(steps[114:150]).max() <= 1.875 / 36
    assert_allclose(onset, onset[::-1], atol=1e-12)
    assert onset[0] < 0.001


def test_a_blink_closes_the_eyes_and_takes_the_lids_of_the_expression_back() -> None:
    course = Course(60, delay=0, onset=1, hold=0, offset=0, length=60, blinks=(10,))
    apex = {"eyeWideLeft": 1.0, "eyeBlinkLeft": 0.2, "jawOpen": 0.5}
    closing, closed, opening = blink_frames(60)

    open_, shut, opened = (
        course.strengths(apex, frame) for frame in (10, 10 + closing, 10 + closing + closed + opening)
    )

    assert (closing, closed, opening) == (6, 2, 9)
    assert open_ == opened == apex
    assert course.closure(10 + closing + closed) == 1.0
    assert course.closure(10 + closing + closed + 3) == pytest.approx(1 - minimum_jerk(1 / 3))
    assert shut == {"eyeBlinkLeft": BLINK_STRENGTH, "eyeBlinkRight": BLINK_STRENGTH, "jawOpen": 0.5}


def test_only_frames_that_differ_are_rendered() -> None:
    movement = DrawnMovement({"jawOpen": 1.0}, SMILE)

    starts = movement.starts()

    assert starts == [0, *range(31, 55), *range(115, 151)]
    assert starts[movement.apex_index] == SMILE.apex


def test_random_blinks_belong_to_the_name_and_end_before_the_course() -> None:
    minute = random_blinks("smile", 3600, 60)

    assert minute == random_blinks("smile", 3600, 60)
    assert minute != random_blinks("frown", 3600, 60)
    assert 10 <= len(minute) <= 25
    assert minute[-1] + sum(blink_frames(60)) < 3600
    assert np.diff(minute).min() >= 2 * 60
