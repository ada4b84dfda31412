"""A resumed session shows the same best attempts as before the interruption."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.clock import VirtualClock
from experiment.feedback.controller import Training
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.lab.resumed_training import restore_training
from experiment.lab.session_options import SessionReport
from experiment.ports.display import Flip
from experiment.protocol.plan import Feedback, SessionPlan, Trial
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.screens.screen import Screen, Text
from experiment.session.runner import outcomes_of
from tests.experiment.devices import Participant
from tests.experiment.feedback.fakes import ColourMeasurer, frame
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.training_run import run_training


class Journal(Recorder):
    """The record of a session that is read only."""

    def __init__(self, place: SessionPlace) -> None:
        self.place = place


def best_shown(training: Training, trial: Trial) -> list[str]:
    training.begin(trial, 0.0)
    training.offer(frame(0, 0.0))
    return [one.text for one in training.screen(0.0).elements if isinstance(one, Text) and one.text.startswith("Best")]


def run_with_captures(plan: SessionPlan, dataset: Path) -> tuple[SessionReport, set[tuple[str, str]]]:
    """Run a session that captures each attempt at once; return its report, and kind of screen and text of all texts."""
    texts: set[tuple[str, str]] = set()

    def press(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "feedback":
            participant.press("space", flip.time_s + 0.2)
        texts.update((screen.kind, one.text) for one in screen.elements if isinstance(one, Text))
        return False

    report = run_training(
        plan,
        dataset,
        lambda clock: SynchronousMeasuring(ColourMeasurer(), clock=clock),
        on_screen=press,
        distinct_percent=20,
    )
    return report, texts


def test_the_best_attempt_is_the_same_after_resume(tmp_path: Path) -> None:
    """A face that hardly moves: its similarity of 0.5 counts a fifth, as on the screen."""
    targets = make_targets(tmp_path / "targets", ("anger",))
    first = make_trial(targets[0], 0, kind="training", feedback=Feedback())
    trials = (first, replace(make_trial(targets[0], 1, kind="training", feedback=Feedback()), id="second"))
    plan = make_plan(tmp_path, trials, targets=targets)
    report, texts = run_with_captures(plan, tmp_path / "data")
    clock = VirtualClock(0.0)
    resumed = Training(plan, SynchronousMeasuring(ColourMeasurer(), clock=clock), clock=clock)
    restore_training(resumed, Journal(report.place))

    assert {text for kind, text in texts if kind == "feedback" and text.startswith("Best")} == {"Best 10"}
    assert best_shown(resumed, trials[1]) == ["Best 10"]


def test_the_result_of_a_level_is_what_its_captures_showed(tmp_path: Path) -> None:
    """Before and after resume; a mean of 0.5 would be that of the measured similarities."""
    targets = make_targets(tmp_path / "targets", ("anger",))
    trial = make_trial(targets[0], 0, kind="training", feedback=Feedback())
    plan = make_plan(tmp_path, (trial,), targets=targets)
    report, texts = run_with_captures(plan, tmp_path / "data")
    (outcome,) = outcomes_of(read_history(report.place).trials).values()

    assert "This part is complete. Your mean similarity was 10." in {text for _, text in texts}
    assert outcome.similarity == pytest.approx(0.1)
