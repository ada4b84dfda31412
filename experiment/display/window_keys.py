"""The keyboard of the window system: typed characters, and presses of keys."""

from __future__ import annotations

from typing import Any

from experiment.display.typed_text import TypedCharacter
from experiment.ports.clock import Clock
from experiment.ports.keyboard import KeyPress

_NAMES = {"enter": "return", "num_enter": "return"}


class WindowKeyboard:
    """Key events of a pyglet window, with the times of dispatch: once per frame.

    Parameters
    ----------
    window
        The pyglet window.
    clock
        The clock of the session.
    """

    stamped_by = "window"

    def __init__(self, window: Any, clock: Clock) -> None:
        import pyglet.window.key as names

        self._clock = clock
        self._symbol_name = names.symbol_string
        self._backspace = names.MOTION_BACKSPACE
        self._typed: list[TypedCharacter] = []
        self._presses: list[KeyPress] = []
        self._pressed_s: float | None = None
        self._held: TypedCharacter | None = None
        window.push_handlers(
            on_text=self._on_text,
            on_text_motion=self._on_motion,
            on_key_press=self._on_press,
            on_key_release=self._on_release,
            on_close=self._on_close,
        )

    def typed(self, *, since_s: float) -> str:
        """Return the new characters whose key went down at or after a time."""
        return "".join(typed.character for typed in self.take_typed() if typed.time_s >= since_s)

    def take_typed(self) -> list[TypedCharacter]:
        """Return the characters since the last call with their times."""
        typed, self._typed = self._typed, []
        return typed

    def presses(self) -> list[KeyPress]:
        """Return the presses since the last call."""
        presses, self._presses = self._presses, []
        return presses

    def clear(self) -> None:
        """Discard presses and characters that were not read."""
        self._typed, self._presses = [], []

    def close(self) -> None:
        """Do nothing: the window keeps its handlers."""

    def _on_text(self, text: str) -> bool:
        for character in text.replace("\r", "\n"):
            self._add_typed(character)
        return True

    def _on_motion(self, motion: int) -> bool:
        if motion == self._backspace:
            self._add_typed("\b")
        return True

    def _add_typed(self, character: str) -> None:
        """Take a character.

        pyglet reports the press of its key just before, but not for repetitions.
        """
        if self._pressed_s is not None:
            self._held = TypedCharacter(character, self._pressed_s)
            self._pressed_s = None
            self._typed.append(self._held)
        elif self._held is not None and self._held.character == character:
            self._typed.append(self._held)
        else:
            self._typed.append(TypedCharacter(character, self._clock.now()))

    def _on_press(self, symbol: int, modifiers: int) -> bool:  # noqa: ARG002 (pyglet's signature)
        name = self._symbol_name(symbol).lower().lstrip("_")
        self._pressed_s = self._clock.now()
        self._presses.append(KeyPress(_NAMES.get(name, name), self._pressed_s))
        return True

    def _on_release(self, symbol: int, modifiers: int) -> bool:  # noqa: ARG002 (pyglet's signature)
        self._pressed_s = self._held = None
        return True

    def _on_close(self) -> bool:
        """Request a pause, like the pause key, when the window manager closes the window."""
        self._presses.append(KeyPress("close-window", self._clock.now()))
        return True
