"""Whether enough pictures are drawn for the trials to come.

A target that is only watched disappears after a fixed time, so its face cannot wait for pictures. Drawing before the
session starts must therefore be so far ahead that the rest is drawn in time during the session.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from experiment.simulation.face_schedule import FaceSequence

SHARE = 0.4
"""Speed of drawing during a session, relative to the speed before it: the window and the film need processor time."""


class DrawingAhead:
    """Compares the speed of drawing with the times of the trials to come.

    Parameters
    ----------
    missing : callable
        Returns the number of missing pictures of each sequence (`experiment.simulation.drawing.pictures`).
    """

    def __init__(self, missing: Callable[[Sequence[FaceSequence]], list[int]]) -> None:
        self._missing = missing
        self._began: tuple[float, int] | None = None
        self._rate = 0.0

    def is_enough(self, coming: Sequence[tuple[float, FaceSequence]], now_s: float) -> bool:
        """Return whether the remaining pictures can be drawn during the session.

        Parameters
        ----------
        coming : sequence
            Time from now in seconds, and sequence, of every trial to come, in order.
        now_s : float
            The time.
        """
        missing = self._missing([sequence for _, sequence in coming])
        self._measure(sum(missing), now_s)
        left = 0
        for (seconds, _), own in zip(coming, missing, strict=True):
            left += own
            if left > SHARE * self._rate * seconds:
                return False
        return True

    def _measure(self, missing: int, now_s: float) -> None:
        """Measure the speed of drawing, in pictures per second."""
        if self._began is None or missing > self._began[1]:
            self._began = (now_s, missing)
        began_s, first = self._began
        if now_s > began_s:
            self._rate = (first - missing) / (now_s - began_s)
