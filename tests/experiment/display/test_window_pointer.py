"""Mouse events in the units of screens."""

from __future__ import annotations

from collections.abc import Callable

from experiment.clock import VirtualClock
from experiment.display.window_pointer import LEFT, WindowPointer

RIGHT = 4
NONE = 0


class Window:
    """The part of a pyglet window that has mouse events; 1440x900 pixels."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., bool]] = {}

    def push_handlers(self, **handlers: Callable[..., bool]) -> None:
        self.handlers |= handlers

    def get_size(self) -> tuple[int, int]:
        return 1440, 900


def test_presses_and_movements_of_the_left_button_have_positions_from_the_centre_and_times() -> None:
    window, clock = Window(), VirtualClock()
    pointer = WindowPointer(window, clock)
    press, drag = window.handlers["on_mouse_press"], window.handlers["on_mouse_drag"]
    clock.sleep_until(1002.5)

    press(720, 450, RIGHT, NONE)
    press(720 + 450, 450 - 225, LEFT, NONE)
    drag(720, 900, 5, 5, RIGHT, NONE)
    drag(0, 900, 5, 5, LEFT | RIGHT, NONE)
    events = pointer.events()

    assert [(event.at, event.time_s, event.is_press) for event in events] == [
        ((0.5, -0.25), 1002.5, True),
        ((-0.8, 0.5), 1002.5, False),
    ]
    assert pointer.events() == []
