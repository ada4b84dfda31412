"""Does the memory of a session grow? Two hours on a clock as fast as the computer, some minutes in the real window."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from experiment.bench.late import Window
from experiment.bench.result import Result, require, skipped, tell
from experiment.bench.small_session import run_small_session, write_protocol
from experiment.bench.window_session import has_window
from experiment.ports.display import Flip
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen

PART = "memory"
MOST_GROWTH_MB = 20.0
SETTLED_S = 60.0
"""Memory is compared with what it is after so long: by then everything has been loaded and cached."""
ANSWER_S = (3.3, 3.9)
TRIAL_S = 3.8
"""What a trial of a small session takes with these answers, on its own clock."""
WINDOW_TRIAL_S = 3.5
"""A little less than a trial in the real window takes, so that a session is not shorter than asked for."""


class MemoryGauge:
    """Notes how much memory the process has, every five seconds."""

    def __init__(self) -> None:
        self._process = psutil.Process(os.getpid())
        self.readings: list[tuple[float, float]] = []
        """(time, megabytes)."""

    def on_flip(self, screen: Screen, flip: Flip) -> None:  # noqa: ARG002 (of the port)
        """Called after every flip."""
        if not self.readings or flip.time_s - self.readings[-1][0] >= 5.0:
            self.readings.append((flip.time_s, self._process.memory_info().rss / 2**20))

    def growth_mb(self, settled_s: float) -> float:
        """How much the memory has grown since ``settled_s`` after the start, from medians of ten readings."""
        after = [mb for time_s, mb in self.readings if time_s >= self.readings[0][0] + settled_s]
        some = max(1, min(10, len(after) // 2))
        return float(np.median(after[-some:]) - np.median(after[:some])) if after else 0.0


def accelerated(folder: Path, *, hours: float) -> tuple[float, float, int]:
    """Run a session of some hours on a fast clock; megabytes grown, hours that passed, trials."""
    trials = 2 * round(hours * 3600 / TRIAL_S / 2)
    protocol = write_protocol(folder / "protocol", trials=trials)
    place = SessionPlace(folder / "data", "01", None)
    gauge = MemoryGauge()
    run_small_session(place, protocol, seed=1, answer_s=ANSWER_S, observers=(gauge,))
    passed_s = gauge.readings[-1][0] - gauge.readings[0][0]
    return gauge.growth_mb(min(600.0, passed_s / 4)), passed_s / 3600, len(read_history(place).trials)


def results(folder: Path, *, hours: float, minutes: float) -> Iterator[Result]:
    """Measure both; 0 leaves one out."""
    if hours > 0:
        yield from _accelerated_results(folder, hours=hours)
    if minutes > 0:
        yield from _window_results(folder, minutes=minutes)


def _accelerated_results(folder: Path, *, hours: float) -> Iterator[Result]:
    began = time.monotonic()
    growth, passed_h, trials = accelerated(folder / "accelerated", hours=hours)
    yield require(
        PART,
        f"grown in {passed_h:.2f} hours of an accelerated clock",
        f"less than {MOST_GROWTH_MB:g} MB",
        f"{growth:.1f} MB, {trials} trials",
        growth < MOST_GROWTH_MB,
        growth_mb=round(growth, 2),
        hours=round(passed_h, 3),
        trials=trials,
    )
    yield tell(PART, "real time that took", f"{time.monotonic() - began:.0f} s")


def _window_results(folder: Path, *, minutes: float) -> Iterator[Result]:
    reason = has_window()
    if reason:
        yield skipped(PART, "in the real window", reason)
        return
    window = Window(folder / "window", trials=max(6, round(minutes * 60 / WINDOW_TRIAL_S)))
    gauge = MemoryGauge()
    try:
        stretch = window.session(gauge)
    finally:
        window.close()
    passed_s = gauge.readings[-1][0] - gauge.readings[0][0]
    growth = gauge.growth_mb(min(SETTLED_S, passed_s / 4))
    yield require(
        PART,
        f"grown in {passed_s / 60:.1f} minutes in the real window, camera at 30 frames/s, everything recorded",
        f"less than {MOST_GROWTH_MB:g} MB",
        f"{growth:.1f} MB, {stretch.flips} flips, {stretch.late} of them late",
        growth < MOST_GROWTH_MB,
        growth_mb=round(growth, 2),
        minutes=round(passed_s / 60, 2),
        flips=stretch.flips,
        late=stretch.late,
    )
