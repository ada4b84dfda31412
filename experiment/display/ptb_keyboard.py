"""Key presses with the time stamps of Psychtoolbox, on the clock of the session.

Psychtoolbox (PsychoPy's keyboard backend ``ptb``) stamps a press in its own thread when the system reports it. Its
clock `GetSecs` is wall time under Linux. The offset between the two clocks is measured at every read:
``session time = GetSecs time - offset``. A step of the wall clock shifts only presses that were not read yet.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from experiment.clock import ClockOffset, measure_offset
from experiment.display.typed_text import DriverPresses
from experiment.display.window_keys import WindowKeyboard
from experiment.ports.clock import Clock
from experiment.ports.keyboard import KeyPress

_REPORT_REPEATS = 2
"""Flag of KbQueueCreate: repetitions of a held key are events too (Linux; elsewhere the system decides)."""
_SLOTS = 10_000
_COOKED_NAMES = {32: "space", 27: "escape", 13: "return", 10: "return", 8: "backspace", 9: "tab", 127: "delete"}


class PtbKeyboard:
    """All keyboards of the computer.

    Parameters
    ----------
    clock
        The clock of the session.
    window
        Key events of the window, for typed characters.

    Attributes
    ----------
    last_offset : ClockOffset
        Psychtoolbox's clock minus the clock of the session, at the last read.

    Raises
    ------
    ImportError
        If Psychtoolbox is not installed for this system.
    OSError
        If it finds no keyboard that it may use.
    """

    stamped_by = "driver"

    def __init__(self, clock: Clock, window: WindowKeyboard) -> None:
        from psychopy.hardware.keyboard import keyNames
        from psychtoolbox import GetSecs, PsychHID, hid

        self._clock = clock
        self._window = window
        self._get_secs = GetSecs
        self._psychhid = PsychHID
        self._key_names: dict[int, str] = dict(keyNames)
        self._down: dict[tuple[int | None, int], float] = {}
        self._recent = DriverPresses()
        self._devices: list[Any] = [None] if sys.platform == "win32" else hid.get_keyboard_indices()[0]
        if not self._devices:
            raise OSError("Psychtoolbox finds no keyboard")
        flags = _REPORT_REPEATS if sys.platform.startswith("linux") else 0
        with ExitStack() as opened:  # closes the first keyboards if a later one fails
            for device in self._devices:
                PsychHID("KbQueueCreate", device, None, 0, _SLOTS, flags, None)
                opened.callback(PsychHID, "KbQueueRelease", device)
                PsychHID("KbQueueStart", device)
                opened.callback(PsychHID, "KbQueueStop", device)
            self.last_offset = self._measure_offset()
            opened.pop_all()

    def presses(self) -> Sequence[KeyPress]:
        """Return all presses since the last call, oldest first."""
        self.last_offset = self._measure_offset()
        found = [press for device in self._devices for press in self._read(device)]
        closing = [press for press in self._window.presses() if press.key == "close-window"]
        return sorted(found + closing, key=lambda press: press.time_s)

    def typed(self, *, since_s: float) -> str:
        """Return the characters typed into the window since the last call.

        Only those whose key went down at or after ``since_s``, by the time of the driver.
        """
        return self._recent.characters_since(self._window.take_typed(), since_s)

    def clear(self) -> None:
        """Discard presses that were not read; the set of held keys is kept."""
        self.presses()
        self._window.clear()
        self._recent.clear()

    def close(self) -> None:
        """Stop the queues of Psychtoolbox."""
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
                self._down.pop(key, None)
                continue
            is_repeat = key in self._down
            time_s = float(event["Time"]) - self.last_offset.offset_s
            began_s = self._down.setdefault(key, time_s)
            name = self._name(code, int(event["CookedKey"]))
            self._recent.add(name, time_s=time_s, began_s=began_s)
            presses.append(KeyPress(name, time_s, is_repeat))
        return presses

    def _name(self, code: int, cooked: int) -> str:
        """Return the character of a key, or its name on an English keyboard."""
        if cooked in _COOKED_NAMES:
            return _COOKED_NAMES[cooked]
        if cooked > 32 and chr(cooked).isprintable():
            return chr(cooked).lower()
        return self._key_names.get(code, f"key-{code}")

    def _measure_offset(self) -> ClockOffset:
        return measure_offset(self._get_secs, self._clock.now, readings=3)


def open_keyboard(clock: Clock, window: WindowKeyboard) -> PtbKeyboard | WindowKeyboard:
    """Return Psychtoolbox's keyboard, or the window's if Psychtoolbox cannot be used."""
    try:
        return PtbKeyboard(clock, window)
    except Exception:  # Psychtoolbox raises plain exceptions
        return window
