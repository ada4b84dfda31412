"""The condition of a camera from what its thread reports; times by hand."""

from __future__ import annotations

import pytest

from experiment.camera.condition import CameraCondition, ConditionMonitor


def condition_of(monitor: ConditionMonitor, now_s: float) -> tuple[CameraCondition, float]:
    state = monitor.state(now_s, duplicates=0)
    return state.condition, state.since_s


@pytest.mark.parametrize(("now_s", "condition"), [(0.0, "starting"), (10.0, "starting"), (10.1, "stalled")])
def test_a_camera_may_take_ten_seconds_to_its_first_frame(now_s: float, condition: str) -> None:
    assert condition_of(ConditionMonitor(0.0, rate_hz=30.0), now_s) == (condition, 0.0)


@pytest.mark.parametrize(("rate_hz", "silence_s"), [(30.0, 1.0), (8.0, 1.25)])
def test_a_camera_is_stalled_after_a_second_or_ten_intervals(rate_hz: float, silence_s: float) -> None:
    monitor = ConditionMonitor(0.0, rate_hz=rate_hz)
    monitor.arrived(3.0, is_new=True)

    assert condition_of(monitor, 3.0 + silence_s) == ("running", 3.0)
    assert condition_of(monitor, 3.1 + silence_s) == ("stalled", 3.0)


@pytest.mark.parametrize("rate_hz", [4.0, 1.0])
def test_a_slow_camera_that_stops_is_stalled_and_never_frozen(rate_hz: float) -> None:
    monitor = ConditionMonitor(0.0, rate_hz=rate_hz)
    monitor.arrived(3.0, is_new=True)

    seen = {condition_of(monitor, 3.0 + 0.1 * tenth)[0] for tenth in range(150)}

    assert seen == {"running", "stalled"}


def test_duplicates_freeze_a_camera_and_a_new_picture_ends_that() -> None:
    monitor = ConditionMonitor(0.0, rate_hz=30.0)
    monitor.arrived(1.0, is_new=True)
    for now_s in (2.0, 3.0, 3.5):
        monitor.arrived(now_s, is_new=False)

    assert condition_of(monitor, 3.5) == ("frozen", 1.0)
    monitor.arrived(3.6, is_new=True)
    assert condition_of(monitor, 3.6)[0] == "running"


def test_a_lost_camera_starts_again_when_it_was_reopened() -> None:
    monitor = ConditionMonitor(0.0, rate_hz=30.0)
    monitor.lost(5.0, reason="cable")
    lost = monitor.state(20.0, duplicates=0)
    monitor.reopened(20.0)

    assert (lost.condition, lost.since_s, lost.reason, lost.fault) == ("unplugged", 5.0, "cable", "unplugged")
    assert condition_of(monitor, 29.0) == ("starting", 20.0)


def test_a_state_has_a_message_only_with_a_fault() -> None:
    monitor = ConditionMonitor(0.0, rate_hz=30.0)
    assert monitor.state(0.0, duplicates=0).message == ""

    monitor.ended(1.0)

    assert monitor.is_ended
    assert "end" in monitor.state(1.0, duplicates=0).message
