"""Exercises and holds by time, as a session runs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.protocol.plan import Break, Hold, Repetition
from experiment.screens.screen import Rectangle, Screen, Text
from tests.experiment.plans import make_plan, make_trial
from tests.experiment.session.simulated_run import run

HELD_FRAMES = 90


def bar_share(screen: Screen) -> float:
    """The share of the bar of a hold that is full."""
    slot, *full = [one.size[0] for one in screen.elements if isinstance(one, Rectangle)]
    return full[0] / slot if full else 0.0


def test_a_hold_by_time_ends_the_trial_and_captures_its_end(tmp_path: Path) -> None:
    """Without live measurement; the key does nothing."""
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0)
    held = replace(trial, hold=Hold(None, HELD_FRAMES, on_key=False), repetition=Repetition(2, 3, 4, 10))
    keyboards: list[SimulatedKeyboard] = []
    shown: list[tuple[Screen, float]] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "target":
            shown.append((screen, flip.time_s))
            keyboards[0].press("space", flip.time_s + 0.01)
        return True

    done = run(replace(plan, steps=(held,)), tmp_path / "data", on_screen=script, keyboards=keyboards)

    (recorded,) = done.history.trials
    onset_s, last_s = shown[0][1], shown[-1][1]
    assert len(shown) == HELD_FRAMES
    assert recorded.outcome == "response"
    assert recorded.key == "hold"
    assert recorded.response_time_s == pytest.approx(last_s - onset_s, abs=1e-5)
    assert recorded.hold_to_frame_ms is not None
    assert abs(recorded.hold_to_frame_ms) <= 1000 / 60 + 0.01
    assert recorded.key_to_frame_ms is None
    assert [bar_share(shown[index][0]) for index in (0, 45, 89)] == pytest.approx([0.0, 0.5, 89 / 90])
    texts = [one.text for one in shown[0][0].elements if isinstance(one, Text)]
    assert texts == ["Set 2 of 3, repetition 4 of 10", "Hold until the bar is full."]


def test_a_key_captures_before_the_end_of_a_hold_by_time_if_it_may(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    held = replace(make_trial(plan.targets[0], 0), hold=Hold(None, HELD_FRAMES, on_key=True))
    done = run(replace(plan, steps=(held,)), tmp_path / "data", delay_s=0.4)
    assert done.trial(0).key == "space"
    assert done.trial(0).response_time_s == pytest.approx(0.4, abs=1e-5)


def test_a_rest_between_sets_ends_by_itself(tmp_path: Path) -> None:
    """No key is pressed on it, and it counts down."""
    plan = make_plan(tmp_path)
    rest = Break("rest", "main", "Relax.", 120, ends_by_itself=True)
    texts: list[str] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "break":
            texts.extend(one.text for one in screen.elements if isinstance(one, Text))
        return screen.kind == "break"

    done = run(replace(plan, steps=(rest, make_trial(plan.targets[0], 0))), tmp_path / "data", on_screen=script)

    assert done.ending == "complete"
    assert dict.fromkeys(texts) == dict.fromkeys(
        ["Relax.", "The session continues in 2 s.", "The session continues in 1 s."]
    )
