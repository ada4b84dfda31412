"""The keyboard of a simulated participant; an experimenter can pause the session."""

from __future__ import annotations

from collections.abc import Sequence

from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.ports.keyboard import Keyboard, KeyPress
from experiment.screens.screen import Screen


class PausableKeyboard:
    """Simulated keys, the real pause key and, during a pause, all real keys.

    It observes the screens to know whether the session is paused.

    Parameters
    ----------
    simulated : SimulatedKeyboard
        Keyboard of the participant.
    real : Keyboard
        Keyboard of the window.
    pause_key : str
        The pause key of the protocol.
    """

    def __init__(self, simulated: SimulatedKeyboard, real: Keyboard, *, pause_key: str) -> None:
        self._simulated, self._real = simulated, real
        self._pause_keys = (pause_key, "close-window")
        self._paused = False

    def on_flip(self, screen: Screen, flip: Flip) -> None:  # noqa: ARG002 (a screen observer)
        """Note whether the session is paused."""
        self._paused = screen.kind in ("pause", "fault")

    def presses(self) -> Sequence[KeyPress]:
        """Return every press since the last call, oldest first."""
        real = [press for press in self._real.presses() if self._paused or press.key in self._pause_keys]
        return sorted([*self._simulated.presses(), *real], key=lambda press: press.time_s)

    def typed(self, *, since_s: float) -> str:
        """Return the characters typed by the simulated participant from a time on."""
        self._real.typed(since_s=since_s)
        return self._simulated.typed(since_s=since_s)

    def clear(self) -> None:
        """Discard presses and characters that have not been read."""
        self._real.clear()
        self._simulated.clear()
