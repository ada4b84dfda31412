"""An expression that was held is captured at its best moment; a key press looks back over the same window."""

from __future__ import annotations

import pytest

from experiment.feedback.hold import HoldDetector, Moment


def follow(
    hold: HoldDetector, similarities: list[float], *, start_s: float = 0.0, step_s: float = 0.125
) -> list[Moment]:
    """Show what is measured, unsmoothed, every ``step_s``."""
    moments = [
        hold.add(start_s + index * step_s, shown=value, measured=value) for index, value in enumerate(similarities)
    ]
    return [moment for moment in moments if moment is not None]


def test_holding_for_the_whole_window_captures_its_best_moment() -> None:
    hold = HoldDetector(threshold=0.8, window_s=0.5)

    moments = follow(hold, [0.2, 0.85, 0.82, 0.97, 0.9, 0.85])

    assert moments == [Moment(0.375, 0.97, "hold")]


def test_a_dip_below_the_threshold_restarts_the_hold() -> None:
    hold = HoldDetector(threshold=0.8, window_s=0.5)

    assert follow(hold, [0.85, 0.85, 0.85, 0.79, 0.85, 0.85, 0.85]) == []
    assert hold.progress(0.75) == pytest.approx(0.5)


def test_a_gap_in_the_measurement_restarts_the_hold() -> None:
    hold = HoldDetector(threshold=0.8, window_s=0.5)
    follow(hold, [0.9, 0.9, 0.9])

    assert hold.add(0.9, shown=0.9, measured=0.9) is None
    assert hold.progress(0.9) == 0.0


def test_a_lost_face_restarts_the_hold() -> None:
    hold = HoldDetector(threshold=0.8, window_s=0.5)
    follow(hold, [0.9, 0.9, 0.9])
    hold.interrupt()

    assert follow(hold, [0.9, 0.9, 0.9], start_s=0.375) == []


def test_the_shown_value_decides_whether_it_is_held_and_the_measured_one_what_is_captured() -> None:
    hold = HoldDetector(threshold=0.8, window_s=0.2)
    hold.add(0.0, shown=0.81, measured=0.70)
    hold.add(0.1, shown=0.82, measured=0.90)

    assert hold.add(0.2, shown=0.83, measured=0.75) == Moment(0.1, 0.90, "hold")


def test_a_completed_hold_restarts_so_that_it_is_not_captured_at_every_frame() -> None:
    hold = HoldDetector(threshold=0.8, window_s=0.25)

    assert len(follow(hold, [0.9] * 6)) == 2


def test_without_a_threshold_nothing_is_held_but_a_key_press_finds_the_best_moment() -> None:
    hold = HoldDetector(threshold=None, window_s=0.5)

    assert follow(hold, [0.99, 0.3, 0.3, 0.6, 0.95, 0.7, 0.8]) == []
    assert hold.best_before(0.8) == Moment(0.5, 0.95, "key")


def test_a_key_press_does_not_look_into_frames_after_it() -> None:
    hold = HoldDetector(threshold=None, window_s=0.5)
    follow(hold, [0.3, 0.4, 0.99])

    assert hold.best_before(0.2) == Moment(0.125, 0.4, "key")


def test_a_key_press_without_any_measurement_is_its_own_moment() -> None:
    assert HoldDetector(threshold=None, window_s=0.5).best_before(7.0) == Moment(7.0, None, "key")


def test_memory_is_one_window_however_long_the_trial() -> None:
    hold = HoldDetector(threshold=0.99, window_s=0.5)
    follow(hold, [0.5] * 5000)

    assert len(hold._samples) <= 7
