"""Key presses stamped by Psychtoolbox's own thread the moment the system reports them, on the clock of the session.

Psychtoolbox (PsychoPy's keyboard backend ``ptb``) stamps with its clock `GetSecs`, which under Linux is wall time. The
offset between the two clocks is measured again at every read, between two looks at the session's clock:
``session time = GetSecs time - offset``. Its error is half the time between these looks; a step of the wall clock
shifts only presses not yet read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiment.display.window_keys import WindowKeys
from experiment.ports.clock import Clock
from experiment.ports.keyboard import KeyPress

_REPORT_REPEATS = 2
"""Flag of KbQueueCreate: repetitions of a held key are events too (Linux; elsewhere the system decides)."""
_SLOTS = 10_000
_COOKED_NAMES = {32: "space", 27: "escape", 13: "return", 10: "return", 8: "backspace", 9: "tab", 127: "delete"}


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """Psychtoolbox's clock minus the clock of the session."""

    offset_s: float
    error_s: float


class PtbKeyboard:
    """All keyboards of the computer.

    Raises
    ------
    ImportError
        If Psychtoolbox is not installed for this system.
    OSError
        If it finds no keyboard it may listen to.
    """

    stamped_by = "driver"

    def __init__(self, clock: Clock, window: WindowKeys) -> None:
        from psychopy.hardware.keyboard import keyNames
        from psychtoolbox import GetSecs, PsychHID, hid

        self._clock = clock
        self._window = window
        self._get_secs = GetSecs
        self._psychhid = PsychHID
        self._key_names: dict[int, str] = dict(keyNames)
        self._down: set[tuple[int | None, int]] = set()
        self._devices: list[Any] = [None] if sys.platform == "win32" else hid.get_keyboard_indices()[0]
        if not self._devices:
            raise OSError("Psychtoolbox finds no keyboard")
        flags = _REPORT_REPEATS if sys.platform.startswith("linux") else 0
        for device in self._devices:
            PsychHID("KbQueueCreate", device, None, 0, _SLOTS, flags, None)
            PsychHID("KbQueueStart", device)
        self.last_offset = self._measure_offset()

    def presses(self) -> Sequence[KeyPress]:
        """Every press since the last call, oldest first."""
        self.last_offset = self._measure_offset()
        found = [press for device in self._devices for press in self._read(device)]
        closing = [press for press in self._window.presses() if press.key == "close-window"]
        return sorted(found + closing, key=lambda press: press.time_s)

    def typed(self) -> str:
        """Characters typed into the window since the last call."""
        return self._window.typed()

    def clear(self) -> None:
        """Forget presses that were not read; which keys are held is still known."""
        self.presses()
        self._window.typed()

    def close(self) -> None:
        """Stop listening."""
        for device in self._devices:
            self._psychhid("KbQueueStop", device)
            self._psychhid("KbQueueRelease", device)

    def _read(self, device: Any) -> list[KeyPress]:
        presses = []
        while self._psychhid("KbQueueFlush", device, 0 if sys.platform == "win32" else 1):
            event = self._psychhid("KbQueueGetEvent", device, 0)[0]
            code = int(event["Keycode"])
            key = (device, code)
            if not event["Pressed"]:
                self._down.discard(key)
                continue
            is_repeat = key in self._down
            self._down.add(key)
            time_s = float(event["Time"]) - self.last_offset.offset_s
            presses.append(KeyPress(self._name(code, int(event["CookedKey"])), time_s, is_repeat))
        return presses

    def _name(self, code: int, cooked: int) -> str:
        """Name a key by what is printed on it where the system says so, else by its place on an English keyboard."""
        if cooked in _COOKED_NAMES:
            return _COOKED_NAMES[cooked]
        if cooked > 32 and chr(cooked).isprintable():
            return chr(cooked).lower()
        return self._key_names.get(code, f"key-{code}")

    def _measure_offset(self) -> ClockOffset:
        best = ClockOffset(0.0, float("inf"))
        for _ in range(3):
            before = self._clock.now()
            theirs = self._get_secs()
            after = self._clock.now()
            if (after - before) / 2 < best.error_s:
                best = ClockOffset(theirs - (before + after) / 2, (after - before) / 2)
        return best


class WindowKeyboard:
    """The window's own key events, for systems where Psychtoolbox sees no keyboard. Times are good to one frame."""

    stamped_by = "window"

    def __init__(self, window: WindowKeys) -> None:
        self._window = window

    def presses(self) -> Sequence[KeyPress]:
        """Every press since the last call, oldest first."""
        return self._window.presses()

    def typed(self) -> str:
        """Characters typed into the window since the last call."""
        return self._window.typed()

    def clear(self) -> None:
        """Forget what was not read."""
        self._window.presses()
        self._window.typed()

    def close(self) -> None:
        """Nothing to stop."""


def open_keyboard(clock: Clock, window: WindowKeys) -> PtbKeyboard | WindowKeyboard:
    """Return the best keyboard there is."""
    try:
        return PtbKeyboard(clock, window)
    except (ImportError, OSError):
        return WindowKeyboard(window)
