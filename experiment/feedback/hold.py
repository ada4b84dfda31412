"""Hold to lock: capture a held expression at its best moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment that answers a trial."""

    time_s: float
    """When the camera captured the frame to keep."""
    similarity: float | None
    """As measured in that frame; None if nothing was measured."""
    by: Literal["hold", "key", "time"]
    """``time``: the end of a hold by time."""
    distinct: float = 1.0
    """`LiveReading.distinct` of that frame."""


@dataclass(frozen=True, slots=True)
class _Sample:
    captured_s: float
    measured: float
    distinct: float

    def moment(self, by: Literal["hold", "key"]) -> Moment:
        return Moment(self.captured_s, self.measured, by, self.distinct)


class HoldDetector:
    """Detects in the similarity of one trial that an expression is held.

    Held means: the similarity on the screen stayed at or above the threshold for the whole window, without a gap in the
    measurement. The captured moment is the one in the window with the best similarity as measured, not smoothed.

    Parameters
    ----------
    threshold
        Similarity to hold; None detects no hold, only the best moment before a key press.
    window_s
        How long to hold.
    longest_gap_s
        A longer time between two measurements interrupts a hold.
    """

    def __init__(self, *, threshold: float | None, window_s: float, longest_gap_s: float = 0.4) -> None:
        self._threshold = threshold
        self._window_s = window_s
        self._longest_gap_s = longest_gap_s
        self._samples: deque[_Sample] = deque()
        self._since_s: float | None = None

    def add(self, captured_s: float, *, shown: float, measured: float, distinct: float = 1.0) -> Moment | None:
        """Add a measurement and return the best moment if it completes a hold.

        Parameters
        ----------
        captured_s
            When the camera captured the frame; later than in the call before.
        shown
            Similarity on the screen.
        measured
            Similarity as measured.
        distinct
            `LiveReading.distinct`.
        """
        if self._samples and captured_s - self._samples[-1].captured_s > self._longest_gap_s:
            self._since_s = None
        if self._threshold is None or shown < self._threshold:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = captured_s
        self._samples.append(_Sample(captured_s, measured, distinct))
        # A hold needs one window of samples; so does a key press that looks back.
        while self._samples[0].captured_s < captured_s - self._window_s:
            self._samples.popleft()
        if self._since_s is None or captured_s - self._since_s < self._window_s:
            return None
        self._since_s = None
        return max(self._samples, key=lambda sample: sample.measured).moment("hold")

    def interrupt(self) -> None:
        """Start a hold again, as when the face cannot be measured."""
        self._since_s = None

    @property
    def is_held(self) -> bool:
        """Whether the latest measurement was at or above the threshold."""
        return self._since_s is not None

    def progress(self, now_s: float) -> float:
        """Return the share of the window that is held, 0..1."""
        if self._since_s is None or not self._samples:
            return 0.0
        held_s = min(now_s, self._samples[-1].captured_s) - self._since_s
        return min(max(held_s / self._window_s, 0.0), 1.0) if self._window_s > 0 else 1.0

    def best_before(self, anchor_s: float) -> Moment:
        """Return the best moment before a key press, or the key press."""
        recent = [s for s in self._samples if anchor_s - self._window_s <= s.captured_s <= anchor_s]
        if not recent:
            return Moment(anchor_s, None, "key")
        return max(recent, key=lambda sample: sample.measured).moment("key")
