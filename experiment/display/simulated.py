"""A display and a keyboard without hardware: exact, seeded, on whatever clock they are given.

They ship; demos, tests and simulated participants use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiment.display.display_judgement import DisplayFacts
from experiment.display.pacing import Deadlines
from experiment.ports.clock import Clock
from experiment.ports.display import Flip, ScreenObserver
from experiment.ports.keyboard import KeyPress
from experiment.screens.screen import Screen


class SimulatedDisplay:
    """Flips at the refreshes of a display that does not exist.

    Parameters
    ----------
    clock
        Flips sleep on it.
    rate_hz
        Refreshes a second.
    stalls
        Number of refreshes missed before a flip, by the index of the flip.
    observers
        Called with every screen after its flip.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        size_px: tuple[int, int] = (1440, 900),
        rate_hz: float = 60.0,
        stalls: Mapping[int, int] | None = None,
        observers: Sequence[ScreenObserver] = (),
    ) -> None:
        self._clock = clock
        self._size_px = size_px
        self._stalls = dict(stalls or {})
        self._observers = tuple(observers)
        self._deadlines = Deadlines(1.0 / rate_hz)
        self._count = 0
        self.closed = False

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self._size_px

    def facts(self) -> DisplayFacts:
        """Return what a window would say about itself."""
        return DisplayFacts(self._size_px, self._size_px, self._size_px, True, "simulated")

    def pace(self, period_s: float) -> None:
        """Keep this pace from now on."""
        self._deadlines = Deadlines(period_s)

    def prepare(self, screen: Screen) -> None:
        """Nothing needs loading."""

    def flip(self, screen: Screen) -> Flip:
        """Sleep until the next refresh and show the screen to the observers."""
        due_s = self._deadlines.next(self._clock.now())
        for _ in range(self._stalls.get(self._count, 0)):
            due_s = self._deadlines.next(due_s)
        self._clock.sleep_until(due_s)
        flip = Flip(self._count, due_s)
        self._count += 1
        for observer in self._observers:
            observer.on_flip(screen, flip)
        return flip

    def close(self) -> None:
        """Nothing is left behind."""
        self.closed = True


class SimulatedKeyboard:
    """Keys pressed by a program at times it says, seen by the session when the clock has reached them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[KeyPress] = []
        self._typed = ""

    def press(self, key: str, time_s: float | None = None, *, is_repeat: bool = False) -> None:
        """Press a key, now or at a later time."""
        at_s = self._clock.now() if time_s is None else time_s
        self._waiting.append(KeyPress(key, at_s, is_repeat))
        self._waiting.sort(key=lambda press: press.time_s)

    def withdraw(self) -> None:
        """Take back presses that are still to come: something else has happened meanwhile."""
        now_s = self._clock.now()
        self._waiting = [press for press in self._waiting if press.time_s <= now_s]

    def presses(self) -> Sequence[KeyPress]:
        """Every press up to now that was not read yet, oldest first."""
        now_s = self._clock.now()
        due = [press for press in self._waiting if press.time_s <= now_s]
        self._waiting = self._waiting[len(due) :]
        self._typed += "".join(_character(press.key) for press in due)
        return due

    def typed(self) -> str:
        """Characters of the presses that were read since the last call."""
        typed, self._typed = self._typed, ""
        return typed

    def clear(self) -> None:
        """Forget presses up to now."""
        self.presses()
        self._typed = ""


def _character(key: str) -> str:
    return {"space": " ", "return": "\n", "backspace": "\b"}.get(key, key if len(key) == 1 else "")
