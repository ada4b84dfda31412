"""Attribute typed characters to the screen on which their key was pressed.

The window reports a character at a later flip than the driver reports the press of its key. Without attribution, the
key that answers one screen would also be typed into a text field on the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_DELAY_S = 1.0
"""A press that is older than this when a character arrives did not type it."""
_MOST_PRESSES = 1000
_KEYS = {"\n": "return", "\b": "backspace", " ": "space"}


@dataclass(frozen=True, slots=True)
class TypedCharacter:
    r"""A character from the window; ``\b`` is backspace, ``\n`` ENTER."""

    character: str
    time_s: float
    """When the window reported the press of its key, on the clock of the session."""


class DriverPresses:
    """The presses of the driver, to find the one that typed a character."""

    def __init__(self) -> None:
        self._presses: deque[tuple[str, float, float]] = deque(maxlen=_MOST_PRESSES)

    def add(self, key: str, *, time_s: float, began_s: float) -> None:
        """Note a press.

        Parameters
        ----------
        key
            Name of the key.
        time_s
            Time of the press.
        began_s
            For a repetition of a held key, when the key went down; else ``time_s``.
        """
        self._presses.append((key, time_s, began_s))

    def clear(self) -> None:
        """Forget all presses."""
        self._presses.clear()

    def characters_since(self, typed: Sequence[TypedCharacter], since_s: float) -> str:
        """Return the characters whose key went down at or after a time.

        A character without a press of the driver (an input method composed it) counts by the time of the window.

        Parameters
        ----------
        typed
            Characters in order of time.
        since_s
            Time of the first flip of the screen.
        """
        return "".join(one.character for one in typed if self._went_down_s(one) >= since_s <= one.time_s)

    def _went_down_s(self, typed: TypedCharacter) -> float:
        """Return when the key of a character went down, and forget its press."""
        while self._presses and self._presses[0][1] < typed.time_s - LONGEST_DELAY_S:
            self._presses.popleft()
        key = _KEYS.get(typed.character, typed.character.lower())
        for index, (name, _, began_s) in enumerate(self._presses):
            if name == key:
                del self._presses[index]
                return began_s
        return typed.time_s
