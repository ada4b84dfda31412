"""Key presses with times, in seconds on the clock of the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key that was pressed."""

    key: str
    """PsychoPy's name: ``space``, ``escape``, ``a``."""
    time_s: float
    is_repeat: bool = False
    """Whether this is the keyboard's own repetition of a key held down."""


class Keyboard(Protocol):
    """Key presses with times."""

    def presses(self) -> Sequence[KeyPress]:
        """Return all presses since the last call, oldest first."""
        ...

    def typed(self, *, since_s: float) -> str:
        r"""Return the new characters whose key went down at or after a time.

        Backspace is ``\b``, ENTER ``\n``. For text fields: characters of the keyboard's own layout. Characters from
        before ``since_s`` belong to an earlier screen and are discarded. Removes nothing from `presses`.
        """
        ...

    def clear(self) -> None:
        """Discard all presses and characters that were not read."""
        ...
