"""The kept frame is the nearest one, by the numbers drawn into the pictures."""

from __future__ import annotations

import numpy as np
import pytest

from experiment.bench.nearest import RATES_HZ, press_keys
from experiment.camera.numbered import NumberedCamera, draw, read_off, schedule
from experiment.camera.ring import choose, nearest
from experiment.camera.thread import CameraThread
from experiment.ports.camera import CameraFrame
from tests.experiment.clocks import RealClock

PRESSES = 10_000


@pytest.mark.parametrize(("seed", "rate_hz"), list(enumerate(RATES_HZ)))
def test_the_kept_frame_is_the_nearest_for_all_faults_of_the_camera(seed: int, rate_hz: float) -> None:
    """Judged by the numbers and times drawn into the pictures; neighbours, distance and its bound with it."""
    outcome = press_keys(rate_hz, PRESSES // len(RATES_HZ), seed=seed)

    assert outcome.wrong == ()
    assert len(outcome.distances_ms) == PRESSES // len(RATES_HZ)
    # of frames every 1/rate s the nearest is at most half of that away, but where some were dropped
    assert np.quantile(np.abs(outcome.distances_ms), 0.8) <= 1000 * 0.6 / rate_hz


def test_the_frame_after_the_key_press_is_waited_for() -> None:
    """Frames arrive 100 ms after they were taken, so at a key press the nearest one has not arrived."""
    clock = RealClock()
    rng = np.random.default_rng(3)
    start_s = clock.now() + 0.1
    shots = list(schedule(rng, rate_hz=60, start_s=start_s, duration_s=1.5, latency_s=0.1))
    camera = CameraThread(NumberedCamera(iter(shots), clock=clock), clock=clock, rate_hz=60)
    taken_s = np.array([shot.taken_s for shot in shots])

    for press_s in np.linspace(start_s + 0.3, start_s + 1.2, 10):
        clock.sleep_until(press_s)
        capture = camera.capture(press_s).result()

        assert capture.frame is not None
        assert read_off(capture.frame.image)[0] == int(np.argmin(np.abs(taken_s - press_s)))
    camera.close()


def a_frame(time_s: float) -> CameraFrame:
    return CameraFrame(round(time_s * 1000), time_s, "driver", draw(round(time_s * 1000), time_s))


@pytest.mark.parametrize(
    ("key_s", "expected"), [(0.9, 0), (1.0, 0), (1.1, 0), (1.5, 0), (1.51, 1), (2.0, 1), (2.4, 1), (2.6, 2), (9.0, 2)]
)
def test_nearest_of_three_by_hand(key_s: float, expected: int) -> None:
    """Frames at 1, 2 and 3 s; half-way the earlier one is taken."""
    assert nearest([a_frame(1.0), a_frame(2.0), a_frame(3.0)], key_s) == expected


@pytest.mark.parametrize(
    ("key_s", "fault", "half_s"),
    [
        (0.5, "no-frame-before", None),
        (1.0, None, 0.5),
        (2.0, None, 0.5),
        (2.9, None, 0.5),
        (3.5, "no-frame-after", None),
    ],
)
def test_a_missing_side_of_the_key_press_is_named(key_s: float, fault: str | None, half_s: float | None) -> None:
    capture = choose([a_frame(1.0), a_frame(2.0), a_frame(3.0)], key_s, before=0, after=0)

    assert (capture.fault, capture.half_interval_s) == (fault, half_s)


def test_no_frame_at_all_is_a_fault_and_not_a_picture() -> None:
    capture = choose([], 1.0, before=2, after=2)

    assert (capture.frame, capture.fault, capture.anchor_to_frame_s) == (None, "no-frame", None)


def test_number_and_time_are_read_off_as_they_were_drawn() -> None:
    assert read_off(draw(123_456, 1234.567891)) == (123_456, 1234.567891)
