"""An experimenter can pause a simulated session, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.ports.keyboard import KeyPress
from experiment.screens.screen import Screen
from experiment.simulation.pausable_keyboard import PausableKeyboard


class RealKeyboard:
    def __init__(self) -> None:
        self.waiting: list[KeyPress] = []

    def presses(self) -> Sequence[KeyPress]:
        waiting, self.waiting = self.waiting, []
        return waiting

    def typed(self, *, since_s: float) -> str:  # noqa: ARG002 (a keyboard)
        return "typed elsewhere"

    def clear(self) -> None:
        self.waiting = []


def keyboards() -> tuple[SimulatedKeyboard, RealKeyboard, PausableKeyboard]:
    simulated, real = SimulatedKeyboard(VirtualClock(10.0)), RealKeyboard()
    return simulated, real, PausableKeyboard(simulated, real, pause_key="escape")


def test_only_the_pause_key_of_the_real_keyboard_counts() -> None:
    simulated, real, pausable = keyboards()
    simulated.press("space", 9.5)
    real.waiting = [KeyPress("space", 9.2), KeyPress("escape", 9.7), KeyPress("a", 9.8)]

    assert [(press.key, press.time_s) for press in pausable.presses()] == [("space", 9.5), ("escape", 9.7)]
    assert pausable.typed(since_s=9.0) == " "


def test_every_real_key_counts_during_a_pause_and_none_after_it() -> None:
    _, real, pausable = keyboards()
    pausable.on_flip(Screen("pause"), Flip(1, 9.0))
    real.waiting = [KeyPress("q", 9.2)]
    assert [press.key for press in pausable.presses()] == ["q"]

    pausable.on_flip(Screen("blank"), Flip(2, 9.5))
    real.waiting = [KeyPress("q", 9.7)]
    assert pausable.presses() == []


def test_future_presses_can_be_withdrawn() -> None:
    clock = VirtualClock(10.0)
    simulated = SimulatedKeyboard(clock)
    simulated.press("a", 9.0)
    simulated.press("b", 11.0)

    simulated.withdraw()

    assert [press.key for press in simulated.presses()] == ["a"]
    clock.sleep_until(12.0)
    assert simulated.presses() == []
