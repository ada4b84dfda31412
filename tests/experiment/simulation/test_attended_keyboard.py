"""A person beside a simulated participant can pause, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.ports.keyboard import KeyPress
from experiment.screens.screen import Screen
from experiment.simulation.attended_keyboard import AttendedKeyboard


class RealKeyboard:
    def __init__(self) -> None:
        self.waiting: list[KeyPress] = []

    def presses(self) -> Sequence[KeyPress]:
        waiting, self.waiting = self.waiting, []
        return waiting

    def typed(self) -> str:
        return "typed elsewhere"

    def clear(self) -> None:
        self.waiting = []


def keyboards() -> tuple[SimulatedKeyboard, RealKeyboard, AttendedKeyboard]:
    simulated, real = SimulatedKeyboard(VirtualClock(10.0)), RealKeyboard()
    return simulated, real, AttendedKeyboard(simulated, real, pause_key="escape")


def test_of_the_real_keys_only_the_pause_key_counts() -> None:
    simulated, real, attended = keyboards()
    simulated.press("space", 9.5)
    real.waiting = [KeyPress("space", 9.2), KeyPress("escape", 9.7), KeyPress("a", 9.8)]

    assert [(press.key, press.time_s) for press in attended.presses()] == [("space", 9.5), ("escape", 9.7)]
    assert attended.typed() == " "


def test_during_a_pause_every_real_key_counts_and_afterwards_none_does() -> None:
    _, real, attended = keyboards()
    attended.on_flip(Screen("pause"), Flip(1, 9.0))
    real.waiting = [KeyPress("q", 9.2)]
    assert [press.key for press in attended.presses()] == ["q"]

    attended.on_flip(Screen("blank"), Flip(2, 9.5))
    real.waiting = [KeyPress("q", 9.7)]
    assert attended.presses() == []


def test_presses_that_are_still_to_come_can_be_taken_back() -> None:
    simulated, _, _ = keyboards()
    simulated.press("a", 9.0)
    simulated.press("b", 11.0)

    simulated.withdraw()

    assert [press.key for press in simulated.presses()] == ["a"]
    simulated._clock.sleep_until(12.0)
    assert simulated.presses() == []
