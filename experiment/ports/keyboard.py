"""Key presses with times, in seconds on the clock of the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key that went down."""

    key: str
    """PsychoPy's name: ``space``, ``escape``, ``a``."""
    time_s: float
    is_repeat: bool = False
    """The keyboard's own repetition of a key held down, not a new press."""


class Keyboard(Protocol):
    """Key presses with times."""

    def presses(self) -> Sequence[KeyPress]:
        """Every press since the last call, oldest first."""
        ...

    def typed(self) -> str:
        """Characters typed since the last call, in the keyboard's own layout; backspace is ``\\b``, ENTER ``\\n``.

        For the fields of forms, where the character counts and the time does not. Does not take anything away from
        `presses`.
        """
        ...

    def clear(self) -> None:
        """Forget what has not been read yet."""
        ...
