"""Memory growth of sessions.

Two hours on a fast clock, some minutes in the real window.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from experiment.bench.late import Window
from experiment.bench.result import Result, ResultPart
from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.bench.window_session import missing_window
from experiment.ports.display import Flip
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen

PART = ResultPart("memory")
MOST_GROWTH_MB = 20.0
SETTLED_S = 60.0
"""Growth is counted from this time on: by then everything is loaded and cached."""
ANSWER_S = (3.3, 3.9)
TRIAL_S = 3.8
"""Length of a trial of a small session with these answers, on its own clock."""
WINDOW_TRIAL_S = 3.5
"""A little less than a trial in the real window takes, so that a session is not shorter than requested."""


class MemoryGauge:
    """Reads the memory of this process every five seconds."""

    def __init__(self) -> None:
        self._process = psutil.Process(os.getpid())
        self.readings: list[tuple[float, float]] = []
        """(time, megabytes)."""

    def on_flip(self, screen: Screen, flip: Flip) -> None:  # noqa: ARG002 (of the port)
        """Read the memory, if five seconds have passed."""
        if not self.readings or flip.time_s - self.readings[-1][0] >= 5.0:
            self.readings.append((flip.time_s, self._process.memory_info().rss / 2**20))

    @property
    def seconds(self) -> float:
        """Time between the first and the last reading."""
        return self.readings[-1][0] - self.readings[0][0]

    def growth_mb(self, settled_s: float) -> float:
        """Return the growth since ``settled_s``, from medians of ten readings."""
        after = [mb for time_s, mb in self.readings if time_s >= self.readings[0][0] + settled_s]
        some = max(1, min(10, len(after) // 2))
        return float(np.median(after[-some:]) - np.median(after[:some])) if after else 0.0


def run_accelerated(folder: Path, *, hours: float) -> tuple[float, float, int]:
    """Run a session on a fast clock; return its growth (MB), its hours and its trials."""
    protocol = write_protocol(folder / "protocol", trials=2 * round(hours * 3600 / TRIAL_S / 2))
    place = SessionPlace(folder / "data", "01", None)
    gauge = MemoryGauge()
    run_small_session(place, protocol, seed=1, setup=SmallSession(answer_s=ANSWER_S, observers=(gauge,)))
    return gauge.growth_mb(min(600.0, gauge.seconds / 4)), gauge.seconds / 3600, len(read_history(place).trials)


def results(folder: Path, *, hours: float, minutes: float) -> Iterator[Result]:
    """Yield the results of both sessions.

    Parameters
    ----------
    folder
        For the data sets.
    hours
        Of the session on a fast clock; 0 for none.
    minutes
        Of the session in the real window; 0 for none.
    """
    if hours > 0:
        yield from _accelerated_results(folder, hours=hours)
    if minutes > 0:
        yield from _window_results(folder, minutes=minutes)


def _accelerated_results(folder: Path, *, hours: float) -> Iterator[Result]:
    began = time.monotonic()
    growth, passed_h, trials = run_accelerated(folder / "accelerated", hours=hours)
    yield _growth(
        f"{passed_h:.2f} hours of an accelerated clock",
        growth,
        f"{trials} trials",
        hours=round(passed_h, 3),
        trials=trials,
    )
    yield PART.note("real time of that session", f"{time.monotonic() - began:.0f} s")


def _window_results(folder: Path, *, minutes: float) -> Iterator[Result]:
    reason = missing_window()
    if reason:
        yield PART.skip("in the real window", reason)
        return
    window = Window(folder / "window", trials=max(6, round(minutes * 60 / WINDOW_TRIAL_S)))
    gauge = MemoryGauge()
    try:
        stretch = window.session(gauge)
    finally:
        window.close()
    yield _growth(
        f"{gauge.seconds / 60:.1f} minutes in the real window, camera at 30 frames/s, everything recorded",
        gauge.growth_mb(min(SETTLED_S, gauge.seconds / 4)),
        f"{stretch.flips} flips, {stretch.late} of them late",
        minutes=round(gauge.seconds / 60, 2),
        flips=stretch.flips,
        late=stretch.late,
    )


def _growth(where: str, growth_mb: float, details: str, **values: float) -> Result:
    return PART.require(
        f"growth in {where}",
        f"less than {MOST_GROWTH_MB:g} MB",
        f"{growth_mb:.1f} MB, {details}",
        met=growth_mb < MOST_GROWTH_MB,
        growth_mb=round(growth_mb, 2),
        **values,
    )
