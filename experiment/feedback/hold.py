"""Hold to lock: an expression held long enough is captured by itself, at its best moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant a trial was answered with."""

    time_s: float
    """When the camera took the frame to keep."""
    similarity: float | None
    """As measured in that frame; None if nothing had been measured."""
    by: Literal["hold", "key"]
    distinct: float = 1.0
    """`Reading.distinct` of that frame."""


@dataclass(frozen=True, slots=True)
class _Sample:
    time_s: float
    shown: float
    measured: float
    distinct: float

    def moment(self, by: Literal["hold", "key"]) -> Moment:
        return Moment(self.time_s, self.measured, by, self.distinct)


class Holding:
    """Follows the similarity of one trial and says when it has been held.

    Held means: the similarity the trainee sees stayed at or above the threshold for the whole window, without a gap in
    the measurement. Captured is the moment in the window at which the similarity as measured, not smoothed, was best.
    """

    def __init__(self, *, threshold: float | None, window_s: float, longest_gap_s: float = 0.4) -> None:
        """With ``threshold`` None nothing is ever held; the best moment before a key press is known all the same."""
        self._threshold = threshold
        self._window_s = window_s
        self._longest_gap_s = longest_gap_s
        self._samples: deque[_Sample] = deque()
        self._since_s: float | None = None

    def measured(self, *, time_s: float, shown: float, measured: float, distinct: float = 1.0) -> Moment | None:
        """One more measurement, in the order of time; a `Moment` when the hold is complete."""
        if self._samples and time_s - self._samples[-1].time_s > self._longest_gap_s:
            self._since_s = None
        if self._threshold is None or shown < self._threshold:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = time_s
        self._samples.append(_Sample(time_s, shown, measured, distinct))
        # One window before the hold began would do; a key press may look back over one window as well.
        while self._samples[0].time_s < time_s - self._window_s:
            self._samples.popleft()
        if self._since_s is None or time_s - self._since_s < self._window_s:
            return None
        self._since_s = None
        best = max(self._samples, key=lambda sample: sample.measured)
        return best.moment("hold")

    def interrupted(self) -> None:
        """The face cannot be measured: a hold begins anew."""
        self._since_s = None

    def progress(self, now_s: float) -> float:
        """How much of the window has been held, 0..1."""
        if self._since_s is None or not self._samples:
            return 0.0
        held_s = min(now_s, self._samples[-1].time_s) - self._since_s
        return min(max(held_s / self._window_s, 0.0), 1.0) if self._window_s > 0 else 1.0

    def answered(self, anchor_s: float) -> Moment:
        """A key was pressed: the best measured moment of the window before it, or the key press itself."""
        recent = [s for s in self._samples if anchor_s - self._window_s <= s.time_s <= anchor_s]
        if not recent:
            return Moment(anchor_s, None, "key")
        best = max(recent, key=lambda sample: sample.measured)
        return best.moment("key")
