"""The mouse: presses and movements, with times on the clock of the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """A press of the left button, or a movement while it is held."""

    at: tuple[float, float]
    """Position as on screens: fractions of the display's height from its centre, y up."""
    time_s: float
    """When the window reported it: up to one refresh after the press."""
    is_press: bool = True
    """False for a movement."""


class Pointer(Protocol):
    """The mouse of the participant."""

    def events(self) -> Sequence[PointerEvent]:
        """Return all events since the last call, oldest first."""
        ...
