"""The clock of a session."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds: the only source of time in a session."""

    def now(self) -> float:
        """Return the seconds since an arbitrary start; never goes back."""
        ...

    def sleep_until(self, time_s: float) -> None:
        """Return at or after ``time_s``; at once if it has passed."""
        ...
