"""The keyboard of a simulated participant, with a person beside it who can pause."""

from __future__ import annotations

from collections.abc import Sequence

from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.ports.keyboard import Keyboard, KeyPress
from experiment.screens.screen import Screen


class AttendedKeyboard:
    """Simulated keys; of the real ones, only the pause key and, during a pause, whatever answers it.

    Watches the display to know when a pause is on.
    """

    def __init__(self, simulated: SimulatedKeyboard, real: Keyboard, *, pause_key: str) -> None:
        self._simulated, self._real = simulated, real
        self._pause_keys = (pause_key, "close-window")
        self._paused = False

    def on_flip(self, screen: Screen, flip: Flip) -> None:  # noqa: ARG002 (a screen observer)
        """Take note of what is on the display."""
        self._paused = screen.kind in ("pause", "fault")

    def presses(self) -> Sequence[KeyPress]:
        """Every press since the last call, oldest first."""
        real = [press for press in self._real.presses() if self._paused or press.key in self._pause_keys]
        return sorted([*self._simulated.presses(), *real], key=lambda press: press.time_s)

    def typed(self) -> str:
        """Characters the simulated participant has typed."""
        self._real.typed()
        return self._simulated.typed()

    def clear(self) -> None:
        """Forget what has not been read yet."""
        self._real.clear()
        self._simulated.clear()
