"""A simulated display, keyboard and mouse on the clock given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiment.display.display_judgement import DisplayFacts
from experiment.display.pacing import Deadlines
from experiment.ports.clock import Clock
from experiment.ports.display import Flip, ScreenObserver
from experiment.ports.keyboard import KeyPress
from experiment.ports.pointer import PointerEvent
from experiment.screens.screen import Screen


class SimulatedDisplay:
    """Flips at the refreshes of a simulated display.

    Parameters
    ----------
    clock
        The clock on which flips wait.
    rate_hz
        Refreshes per second.
    stalls
        Number of refreshes missed before a flip, by the index of the flip. Read at every flip.
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
        self._stalls: Mapping[int, int] = {} if stalls is None else stalls
        self._observers = tuple(observers)
        self._deadlines = Deadlines(1.0 / rate_hz)
        self._count = 0
        self.closed = False

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self._size_px

    def facts(self) -> DisplayFacts:
        """Return what a window would report about itself."""
        return DisplayFacts(self._size_px, self._size_px, self._size_px, fullscreen=True, renderer="simulated")

    def pace(self, period_s: float) -> None:
        """Pace the flips with this period from now on."""
        self._deadlines = Deadlines(period_s)

    def prepare(self, screen: Screen) -> None:
        """Load nothing."""

    def warm_up(self, screen: Screen) -> None:
        """Draw nothing."""

    def flip(self, screen: Screen) -> Flip:
        """Sleep until the next refresh and call the observers."""
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
        """Record that the display was closed."""
        self.closed = True


class SimulatedKeyboard:
    """Key presses at times set by a program; the session reads them after these times."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[KeyPress] = []
        self._typed: list[tuple[float, str]] = []

    def press(self, key: str, time_s: float | None = None, *, is_repeat: bool = False) -> None:
        """Press a key, now or at a later time.

        Parameters
        ----------
        key
            PsychoPy's name of the key.
        time_s
            When, on the clock of the session; None for now.
        is_repeat
            Whether this is the keyboard's own repetition.
        """
        at_s = self._clock.now() if time_s is None else time_s
        self._waiting.append(KeyPress(key, at_s, is_repeat))
        self._waiting.sort(key=lambda press: press.time_s)

    def withdraw(self) -> None:
        """Remove all presses in the future."""
        now_s = self._clock.now()
        self._waiting = [press for press in self._waiting if press.time_s <= now_s]

    def presses(self) -> Sequence[KeyPress]:
        """Return all presses up to now that were not read yet, oldest first."""
        now_s = self._clock.now()
        due = [press for press in self._waiting if press.time_s <= now_s]
        self._waiting = self._waiting[len(due) :]
        self._typed += [(press.time_s, _character(press.key)) for press in due]
        return due

    def typed(self, *, since_s: float) -> str:
        """Return the characters of the presses read since the last call, from a time on."""
        typed, self._typed = self._typed, []
        return "".join(character for time_s, character in typed if time_s >= since_s)

    def clear(self) -> None:
        """Discard all presses up to now."""
        self.presses()
        self._typed = []


class SimulatedPointer:
    """A mouse that a program moves; the session reads its events after their times."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[PointerEvent] = []

    def press(self, at: tuple[float, float], time_s: float) -> None:
        """Press the left button at a position and a time."""
        self._add(PointerEvent(at, time_s))

    def drag(self, at: tuple[float, float], time_s: float) -> None:
        """Move to a position with the button held."""
        self._add(PointerEvent(at, time_s, is_press=False))

    def events(self) -> Sequence[PointerEvent]:
        """Return all events up to now that were not read yet, oldest first."""
        now_s = self._clock.now()
        due = [event for event in self._waiting if event.time_s <= now_s]
        self._waiting = self._waiting[len(due) :]
        return due

    def _add(self, event: PointerEvent) -> None:
        self._waiting.append(event)
        self._waiting.sort(key=lambda one: one.time_s)


def _character(key: str) -> str:
    return {"space": " ", "return": "\n", "backspace": "\b"}.get(key, key if len(key) == 1 else "")
