"""A display that stalls at a known place of a session."""

from __future__ import annotations

from experiment.ports.display import Flip
from experiment.screens.screen import Screen


class StalledTarget:
    """Stalls two flips of the first target: two refreshes and one are missed.

    How many flips come before it depends on how fast the disk is.
    """

    def __init__(self) -> None:
        self.stalls: dict[int, int] = {}

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        if screen.kind == "target" and not self.stalls:
            self.stalls.update({flip.index + 2: 2, flip.index + 4: 1})
