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
        """Load what a screen needs, so that its first flip is not late for reading a file."""
        ...

    def flip(self, screen: Screen) -> Flip:
        """Draw ``screen``, swap buffers, and return when the swap has happened."""
        ...

    def close(self) -> None:
        """Give the screen back."""
        ...


class ScreenObserver(Protocol):
    """Somebody who watches the display: the simulated participant."""

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Called after every flip with what is now on the display."""
        ...
