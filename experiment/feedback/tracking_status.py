"""Decide which fault of the tracking is shown.

A single missed frame changes nothing, and a fault clears quickly.
"""

from __future__ import annotations

from dataclasses import dataclass

FAULT_AFTER_S = 0.5
"""A fault is shown when it has lasted so long."""
CLEAR_AFTER_S = 0.2
"""It is cleared when the face was measured for so long."""


@dataclass(frozen=True, slots=True)
class TrackingStatus:
    """The fault on the screen, and what the latest frames say."""

    shown: str | None = None
    """The fault on the screen."""
    latest: str | None = None
    """The fault of the latest frame."""
    since_s: float = float("-inf")
    """Since when all frames have a fault, or none has one; faults of different kinds count as one."""

    def after(self, fault: str | None, time_s: float) -> TrackingStatus:
        """Return the status after one more frame."""
        continues = (fault is None) == (self.latest is None)
        since_s = self.since_s if continues else time_s
        needed_s = CLEAR_AFTER_S if fault is None else FAULT_AFTER_S
        shown = fault if time_s - since_s >= needed_s else self.shown
        return TrackingStatus(shown, fault, since_s)
