"""Frames in time: when the next one is due without a vertical sync, and which ones were missed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiment.ports.display import Flip

GRID_GAIN = 0.1
"""How far one flip pulls the estimated grid of refreshes: jitter of single time stamps hardly moves it, a rate that is
0.1 % off is followed without a lag that matters."""


class Deadlines:
    """When the next flip is due, on a grid that never drifts: deadline k is ``start + k * period``."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self._start_s: float | None = None
        self._count = 0

    def next(self, now_s: float) -> float:
        """Return the next deadline; one that has passed is left out, as a display leaves a refresh out."""
        if self._start_s is None:
            self._start_s = now_s
            return now_s
        self._count = max(self._count + 1, math.ceil((now_s - self._start_s) / self.period_s))
        return self._start_s + self._count * self.period_s


@dataclass(frozen=True, slots=True)
class LateFlip:
    """A flip before which at least one refresh of the display passed without a new frame."""

    index: int
    """Of the flip (`Flip.index`)."""
    missed: int
    """Refreshes that passed."""


class FrameLedger:
    """Counts the frames a display missed, from the times of its flips.

    The refreshes lie on a grid of one period. Every flip is put on the point of the grid nearest to its time; points
    between two flips are missed frames. The grid follows the display slowly (`GRID_GAIN`), so that neither jitter of
    the time stamps nor a rate a little off the nominal one is taken for a missed frame.

    Parameters
    ----------
    period_s
        Measured time between two refreshes, or the nominal one where frames are paced by software.

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
        """All late flips since the last `take_late`."""
        return tuple(self._late)

    def take_late(self) -> tuple[LateFlip, ...]:
        """Return the late flips and begin a new list: a trial has ended, the next begins."""
        late, self._late = tuple(self._late), []
        return late

    def add(self, flip: Flip) -> int:
        """Note a flip and return how many refreshes passed since the one before: 1 if it was on time.

        0 means that this flip came in the very refresh the last one was put on: the last one was stamped late, but
        nothing was missed. What was noted for it is taken back.
        """
        if self._grid_s is None:
            self._grid_s = flip.time_s
            return 1
        passed = max(0, round((flip.time_s - self._grid_s) / self.period_s))
        self._grid_s += passed * self.period_s
        self._grid_s += GRID_GAIN * (flip.time_s - self._grid_s)
        if passed == 0:
            self._take_back(flip.index - 1)
        elif passed > 1:
            self._late.append(LateFlip(flip.index, passed - 1))
            self.total_late += 1
            self.total_missed += passed - 1
        return passed

    def interrupt(self) -> None:
        """Forget when the last flip was: the display was left alone on purpose."""
        self._grid_s = None

    def _take_back(self, index: int) -> None:
        if not self._late or self._late[-1].index != index:
            return
        wrong = self._late.pop()
        self.total_missed -= 1
        if wrong.missed > 1:
            self._late.append(LateFlip(index, wrong.missed - 1))
        else:
            self.total_late -= 1
