"""The kept frame is the nearest one: read off the pictures themselves."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from experiment.camera.numbered import NumberedCamera, Shot, draw, read_off, schedule
from experiment.camera.ring import choose, nearest
from experiment.camera.thread import CameraThread, FrameRequest
from experiment.ports import CameraFrame, Capture
from tests.experiment.clocks import RealClock, SetClock

PRESSES = 10_000
RATES_HZ = (24.0, 25.0, 29.97, 30.0, 48.0, 50.0, 59.94, 60.0)


@dataclass(frozen=True)
class Press:
    time_s: float
    told_s: float
    """When the session learns of it: at the next flip, or later if a flip was late."""


@dataclass
class Pressing:
    """A numbered camera's deliveries, between which keys are pressed: one thread, one order of events."""

    shots: list[Shot]
    presses: list[Press]
    clock: SetClock
    camera: CameraThread | None = None

    def __post_init__(self) -> None:
        self.ready = threading.Event()
        self.waiting: deque[tuple[Press, FrameRequest]] = deque()
        self.captures: list[tuple[Press, Capture]] = []

    def deliveries(self) -> Iterator[Shot]:
        presses = deque(sorted(self.presses, key=lambda press: press.told_s))
        self.ready.wait()
        for shot in self.shots:
            while presses and presses[0].told_s < shot.arrival_s:
                press = presses.popleft()
                self.clock.sleep_until(press.told_s)
                assert self.camera is not None
                self.waiting.append((press, self.camera.capture(press.time_s, before=2, after=1)))
            while self.waiting and self.waiting[0][1].settled:
                press, request = self.waiting.popleft()
                self.captures.append((press, request.result()))
            yield shot

    def run(self) -> list[tuple[Press, Capture]]:
        source = NumberedCamera(self.deliveries(), clock=self.clock)
        self.camera = CameraThread(source, clock=self.clock, rate_hz=60.0, keep=(2, 1))
        self.ready.set()
        self.camera.join()
        return self.captures + [(press, request.result()) for press, request in self.waiting]


@pytest.mark.parametrize(("seed", "rate_hz"), list(enumerate(RATES_HZ)))
def test_the_kept_frame_is_the_nearest_whatever_the_camera_does(seed: int, rate_hz: float) -> None:
    rng = np.random.default_rng(seed)
    count = PRESSES // len(RATES_HZ)
    duration_s = count * 0.05
    shots = list(
        schedule(rng, rate_hz=rate_hz, start_s=1000, duration_s=duration_s, dropped=0.05, duplicated=0.05, late=0.02)
    )
    times_s = rng.uniform(1000.5, 1000 + duration_s - 2, count)
    presses = [Press(t, t + (rng.uniform(0, 0.3) if rng.random() < 0.05 else rng.uniform(0, 1 / 60))) for t in times_s]

    captures = Pressing(shots, presses, SetClock()).run()

    distinct = {shot.number: shot for shot in reversed(shots)}
    numbers = np.array(sorted(distinct))
    taken_s = np.array([distinct[number].taken_s for number in numbers])
    assert len(captures) == count
    for press, capture in captures:
        truth = int(np.argmin(np.abs(taken_s - press.time_s)))
        assert capture.frame is not None
        assert capture.fault is None
        number, drawn_s = read_off(capture.frame.image)
        assert number == numbers[truth]
        assert capture.key_to_frame_s == pytest.approx(drawn_s - press.time_s, abs=2e-6)
        neighbours = [read_off(frame.image)[0] for frame in (*capture.before, *capture.after)]
        assert neighbours == [*numbers[truth - 2 : truth], numbers[truth + 1]]
        behind = int(np.searchsorted(taken_s, press.time_s))
        assert capture.half_interval_s == pytest.approx((taken_s[behind] - taken_s[behind - 1]) / 2, abs=2e-6)
        assert capture.half_interval_s is not None
        assert abs(drawn_s - press.time_s) <= capture.half_interval_s + 2e-6


def test_the_frame_after_the_key_press_is_waited_for() -> None:
    """Frames come 100 ms after they were taken, so at a key press the nearest one is never there yet."""
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

    assert (capture.frame, capture.fault, capture.key_to_frame_s) == (None, "no-frame", None)


def test_number_and_time_are_read_off_as_they_were_drawn() -> None:
    assert read_off(draw(123_456, 1234.567891)) == (123_456, 1234.567891)
