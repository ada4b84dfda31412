"""A window that shows one screen at a time, and observers of its flips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from experiment.screens.screen import Screen


@dataclass(frozen=True, slots=True)
class Flip:
    """One buffer swap of the display."""

    index: int
    time_s: float


class Display(Protocol):
    """A window that shows one screen at a time."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the drawable area, pixels."""
        ...

    def prepare(self, screen: Screen) -> None:
        """Load the texts and pictures of a screen before its first flip."""
        ...

    def warm_up(self, screen: Screen) -> None:
        """Load a screen and draw it once out of sight, before its first flip."""
        ...

    def flip(self, screen: Screen) -> Flip:
        """Draw a screen, swap the buffers, and return after the swap."""
        ...

    def close(self) -> None:
        """Close the window."""
        ...


class ScreenObserver(Protocol):
    """Receives every screen after its flip, for example a simulated participant."""

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Receive the screen that is now on the display."""
        ...
