"""Key presses at known times into a session in the real window."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from experiment.bench.keys import LoggingKeyboard, Outcome, judge
from experiment.clock import MonotonicClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.keyboard import KeyPress
from experiment.record.journal_lines import TrialLine
from tests.conftest import PROJECT


@pytest.mark.slow
@pytest.mark.display
def test_no_press_into_a_real_window_is_missed_or_stale(virtual_display: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "experiment.bench", "keys", "--presses", "60", "--json"],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout, done.stderr
    results = json.loads(done.stdout)["results"]
    if results[0]["measured"].startswith("not measured"):
        pytest.skip(results[0]["measured"])
    assert [result for result in results if result["met"] is False] == []
    values = {name: value for result in results for name, value in result["values"].items()}
    assert (values["made"], values["read"], values["wrong"]) == (60, 60, 0)
    assert values["responses"] > 5
    assert values["repeats"] > 0, "a key held for more than a second repeats itself"


def trial(onset_s: float, anchor_s: float | None) -> TrialLine:
    return TrialLine(
        id=f"at-{onset_s}",
        block="mimicry",
        kind="experiment",
        index=0,
        target="dark",
        expression="neutral",
        outcome="timeout" if anchor_s is None else "response",
        fixation_s=None,
        onset_s=onset_s,
        offset_s=onset_s + 1.0,
        anchor_s=anchor_s,
    )


def outcome_of(*trials: TrialLine, pressed_s: tuple[float, ...]) -> Outcome:
    made = tuple((time_s - 0.0002, time_s + 0.0002, 0.02) for time_s in pressed_s)
    log = tuple((KeyPress("space", time_s), time_s + 0.01) for time_s in pressed_s)
    return Outcome("driver", made, log, trials)


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([trial(1.0, 1.4)], None),
        ([trial(1.0, 0.5)], "the first press was at 1.4"),  # stale
        ([trial(1.0, 1.8)], "the first press was at 1.4"),  # missed
        ([trial(1.0, None)], "timed out, though a key was pressed at 1.4"),
        ([trial(2.0, None)], None),
    ],
)
def test_stale_and_missed_presses_are_found(trials: list[TrialLine], said: str | None) -> None:
    """Keys went down at 0.5, 1.4 and 1.8 s."""
    wrong = outcome_of(*trials, pressed_s=(0.5, 1.4, 1.8)).wrong_responses()

    assert (wrong == []) if said is None else (len(wrong) == 1 and said in wrong[0])


def test_a_press_that_was_not_read_fails_the_benchmark() -> None:
    outcome = outcome_of(trial(1.0, 1.4), pressed_s=(0.5, 1.4, 1.8))
    short = Outcome(outcome.stamped_by, outcome.made, outcome.log[:-1], outcome.trials)

    assert [result.failed for result in judge(outcome, presses=3)].count(True) == 0
    assert next(iter(judge(short, presses=3))).measured == "3 made, 2 read"
    assert next(iter(judge(short, presses=3))).failed


def test_a_presser_that_is_not_done_ends_with_the_session() -> None:
    """Otherwise it presses SPACE in the next window."""
    keyboard = LoggingKeyboard(
        SimulatedKeyboard(MonotonicClock()), [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]
    )
    keyboard.presses()
    presser = keyboard._presser
    assert presser is not None
    assert presser.poll() is None

    keyboard.close()

    assert presser.returncode is not None
