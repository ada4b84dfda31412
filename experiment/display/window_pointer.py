"""The mouse in a pyglet window."""

from __future__ import annotations

from typing import Any

from experiment.ports.clock import Clock
from experiment.ports.pointer import PointerEvent

LEFT = 1
"""``pyglet.window.mouse.LEFT``, which cannot be imported without a display."""


class WindowPointer:
    """Mouse events of a pyglet window, with the times of dispatch: once per frame.

    Parameters
    ----------
    window
        The pyglet window.
    clock
        The clock of the session.
    """

    def __init__(self, window: Any, clock: Clock) -> None:
        self._window, self._clock = window, clock
        self._events: list[PointerEvent] = []
        window.push_handlers(on_mouse_press=self._on_press, on_mouse_drag=self._on_drag)

    def events(self) -> list[PointerEvent]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    def _on_press(self, x: float, y: float, button: int, modifiers: int) -> bool:  # noqa: ARG002 (pyglet's signature)
        if button == LEFT:
            self._add(x, y, is_press=True)
        return True

    def _on_drag(self, x: float, y: float, *more: int) -> bool:
        _, _, buttons, _ = more  # way since the last event; modifier keys
        if buttons & LEFT:
            self._add(x, y, is_press=False)
        return True

    def _add(self, x: float, y: float, *, is_press: bool) -> None:
        width, height = self._window.get_size()
        at = ((x - width / 2) / height, (y - height / 2) / height)
        self._events.append(PointerEvent(at, self._clock.now(), is_press))
