"""Key presses and a camera with every fault.

The kept frame must be the nearest, by the time drawn into it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from experiment.bench.result import Result, ResultPart
from experiment.camera.numbered import Faults, NumberedCamera, Shot, read_off, schedule
from experiment.camera.recent_frames import FrameRequest
from experiment.camera.thread import CameraThread
from experiment.clock import ManualClock
from experiment.ports.camera import Capture

RATES_HZ = (24.0, 25.0, 29.97, 30.0, 48.0, 50.0, 59.94, 60.0)
BEFORE, AFTER = 2, 1
STAMP_S = 2e-6
"""Tolerance: times are drawn in whole microseconds."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key press."""

    time_s: float
    reported_s: float
    """When the session receives it: at the next flip, or later if a flip was late."""


@dataclass(slots=True)
class Pressing:
    """A numbered camera and key presses between its deliveries, in one thread."""

    shots: list[Shot]
    presses: list[Press]
    clock: ManualClock = field(default_factory=ManualClock)
    _camera: CameraThread | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _waiting: deque[tuple[Press, FrameRequest]] = field(default_factory=deque)
    _captures: list[tuple[Press, Capture]] = field(default_factory=list)

    def _deliveries(self) -> Iterator[Shot]:
        presses = deque(sorted(self.presses, key=lambda press: press.reported_s))
        self._ready.wait()
        for shot in self.shots:
            while presses and presses[0].reported_s < shot.arrival_s:
                press = presses.popleft()
                self.clock.sleep_until(press.reported_s)
                assert self._camera is not None
                self._waiting.append((press, self._camera.capture(press.time_s, before=BEFORE, after=AFTER)))
            while self._waiting and self._waiting[0][1].settled:
                press, request = self._waiting.popleft()
                self._captures.append((press, request.result()))
            yield shot

    def run(self) -> list[tuple[Press, Capture]]:
        """Return what was kept for every press."""
        source = NumberedCamera(self._deliveries(), clock=self.clock)
        self._camera = CameraThread(source, clock=self.clock, rate_hz=60.0, keep=(BEFORE, AFTER))
        self._ready.set()
        self._camera.join()
        return self._captures + [(press, request.result()) for press, request in self._waiting]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Presses at one frame rate."""

    rate_hz: float
    presses: int
    wrong: tuple[str, ...]
    """A sentence for each wrong press."""
    distances_ms: NDArray[np.float64]
    """(presses,) from key press to the kept frame."""


def press_keys(rate_hz: float, presses: int, *, seed: int) -> Outcome:
    """Press keys while a camera drops 5 %, repeats 5 % and delays 2 % of its pictures.

    Parameters
    ----------
    rate_hz
        Of the camera.
    presses
        Number of key presses.
    seed
        Of camera and presses.
    """
    rng = np.random.default_rng(seed)
    duration_s = presses * 0.05
    shots = list(
        schedule(
            rng,
            rate_hz=rate_hz,
            start_s=1000,
            duration_s=duration_s,
            faults=Faults(dropped=0.05, duplicated=0.05, late=0.02),
        )
    )
    times_s = rng.uniform(1000.5, 1000 + duration_s - 2, presses)
    made = [Press(t, t + (rng.uniform(0, 0.3) if rng.random() < 0.05 else rng.uniform(0, 1 / 60))) for t in times_s]
    captures = Pressing(shots, made).run()
    distinct = {shot.number: shot for shot in reversed(shots)}
    numbers = np.array(sorted(distinct))
    taken_s = np.array([distinct[number].taken_s for number in numbers])
    wrong = [fault for press, capture in captures if (fault := _fault(press, capture, numbers, taken_s))]
    if len(captures) != presses:
        wrong.append(f"{presses - len(captures)} presses have no answer")
    distances = [1000 * capture.anchor_to_frame_s for _, capture in captures if capture.anchor_to_frame_s is not None]
    return Outcome(rate_hz, presses, tuple(wrong), np.array(distances))


def _fault(press: Press, capture: Capture, numbers: NDArray[np.int64], taken_s: NDArray[np.float64]) -> str:
    """Return the fault of a capture by the numbers in its pictures, or ""."""
    if capture.frame is None or capture.fault is not None or capture.anchor_to_frame_s is None:
        return f"no frame, or a fault without a reason: {capture.fault}"
    nearest = int(np.argmin(np.abs(taken_s - press.time_s)))
    number, drawn_s = read_off(capture.frame.image)
    if number != numbers[nearest]:
        return f"frame {number} was kept, {numbers[nearest]} is nearer"
    if abs(capture.anchor_to_frame_s - (drawn_s - press.time_s)) > STAMP_S:
        return f"the distance stored is {capture.anchor_to_frame_s}, it was {drawn_s - press.time_s}"
    neighbours = [read_off(frame.image)[0] for frame in (*capture.before, *capture.after)]
    expected = [*numbers[nearest - BEFORE : nearest], *numbers[nearest + 1 : nearest + 1 + AFTER]]
    if neighbours != expected:
        return f"neighbours {neighbours} were kept, {expected} are right"
    behind = int(np.searchsorted(taken_s, press.time_s))
    half_s = (taken_s[behind] - taken_s[behind - 1]) / 2
    if capture.half_interval_s is None or abs(capture.half_interval_s - half_s) > STAMP_S:
        return f"half the interval is {half_s}, {capture.half_interval_s} was stored"
    if abs(drawn_s - press.time_s) > half_s + STAMP_S:
        return "the distance is larger than half the interval"
    return ""


def results(*, presses: int) -> Iterator[Result]:
    """Yield the results of all frame rates."""
    outcomes = [press_keys(rate_hz, presses // len(RATES_HZ), seed=seed) for seed, rate_hz in enumerate(RATES_HZ)]
    total = sum(outcome.presses for outcome in outcomes)
    wrong = [fault for outcome in outcomes for fault in outcome.wrong]
    part = ResultPart("frame of a key press")
    yield part.require(
        f"kept frame nearest, distance and neighbours right, {RATES_HZ[0]:g}-{RATES_HZ[-1]:g} frames/s, with drops, "
        "duplicates and late frames",
        "all",
        f"{total - len(wrong)} of {total}{': ' + wrong[0] if wrong else ''}",
        met=not wrong,
        presses=total,
        wrong=len(wrong),
    )
    for outcome in outcomes:
        distance = np.abs(outcome.distances_ms)
        yield part.note(
            f"distance at {outcome.rate_hz:g} frames/s",
            f"median {np.median(distance):.1f} ms, 95 % below {np.quantile(distance, 0.95):.1f}, "
            f"largest {distance.max():.1f}",
            median_ms=round(float(np.median(distance)), 3),
            largest_ms=round(float(distance.max()), 3),
        )
