"""Deadlines of frames without vertical sync, and counts of missed frames."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

from experiment.ports.display import Flip

GRID_GAIN = 0.1
"""Share of a flip's deviation by which the estimated grid of refreshes moves: small enough for jitter of single time
stamps, large enough to follow a rate that is 0.1 % off."""


LATEST_SWAPS = 9
"""Number of swaps whose median is the expected duration of the next one."""
LONGEST_LEAD = 0.25
"""Longest lead of a swap, as a share of a frame: a swap that starts too early would shorten the frame before."""


class SwapLead:
    """Expected duration of a buffer swap.

    A paced swap starts this much before its deadline and ends at the deadline. Without vertical sync, a swap copies the
    picture when it is called, which takes 2 ms on a virtual display of 1440x900. A swap that started at the deadline
    would show each new screen that much too late.

    Parameters
    ----------
    period_s
        Time between two refreshes, seconds.
    """

    def __init__(self, period_s: float) -> None:
        self._longest_s = LONGEST_LEAD * period_s
        self._durations_s: deque[float] = deque(maxlen=LATEST_SWAPS)

    def add(self, duration_s: float) -> None:
        """Record the duration of a swap."""
        self._durations_s.append(duration_s)

    @property
    def lead_s(self) -> float:
        """How long before its deadline the next swap starts, seconds."""
        return min(median(self._durations_s), self._longest_s) if self._durations_s else 0.0


class Deadlines:
    """Deadlines of flips, without drift: deadline k is ``start + k * period``."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self._start_s: float | None = None
        self._count = 0

    def next(self, now_s: float) -> float:
        """Return the next deadline after ``now_s``; skip deadlines that have passed."""
        if self._start_s is None:
            self._start_s = now_s
            return now_s
        self._count = max(self._count + 1, math.ceil((now_s - self._start_s) / self.period_s))
        return self._start_s + self._count * self.period_s


@dataclass(frozen=True, slots=True)
class LateFlip:
    """A flip before which at least one refresh had no new frame."""

    index: int
    """Index of the flip (`Flip.index`)."""
    missed: int
    """Number of refreshes that passed."""


class FrameLedger:
    """Counts the frames a display missed, from the times of its flips.

    The refreshes lie on a grid of one period. Every flip is assigned to the nearest point of the grid; points between
    two flips are missed frames. The grid follows the display slowly (`GRID_GAIN`), so that neither jitter of the time
    stamps nor a rate slightly off the nominal one counts as a missed frame.

    Parameters
    ----------
    period_s
        Time between two refreshes, seconds: measured, or nominal if the computer paces the frames.

    Attributes
    ----------
    total_late, total_missed : int
        Late flips and missed frames since the beginning.
    """

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self._grid_s: float | None = None
        self._late: list[LateFlip] = []
        self.total_late = 0
        self.total_missed = 0

    @property
    def late(self) -> tuple[LateFlip, ...]:
        """Late flips since the last `take_late`."""
        return tuple(self._late)

    def take_late(self) -> tuple[LateFlip, ...]:
        """Return the late flips since the last call, and start a new list."""
        late, self._late = tuple(self._late), []
        return late

    def add(self, flip: Flip) -> int:
        """Record a flip; return the refreshes since the flip before, 1 if on time.

        0 means that both flips were assigned to the same refresh: the flip before had a late time stamp, but no frame
        was missed. Its record is corrected.
        """
        if self._grid_s is None:
            self._grid_s = flip.time_s
            return 1
        passed = max(0, round((flip.time_s - self._grid_s) / self.period_s))
        self._grid_s += passed * self.period_s
        self._grid_s += GRID_GAIN * (flip.time_s - self._grid_s)
        if passed == 0:
            self._correct_late(flip.index - 1)
        elif passed > 1:
            self._late.append(LateFlip(flip.index, passed - 1))
            self.total_late += 1
            self.total_missed += passed - 1
        return passed

    def interrupt(self) -> None:
        """Start a new grid at the next flip, after a deliberate break between flips."""
        self._grid_s = None

    def _correct_late(self, index: int) -> None:
        if not self._late or self._late[-1].index != index:
            return
        wrong = self._late.pop()
        self.total_missed -= 1
        if wrong.missed > 1:
            self._late.append(LateFlip(index, wrong.missed - 1))
        else:
            self.total_late -= 1
