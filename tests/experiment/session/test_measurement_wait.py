"""A training trial begins when the live measurement answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from experiment.clock import VirtualClock
from experiment.feedback.measuring import MeasuringState, SynchronousMeasuring
from experiment.feedback.messages import Measurement
from experiment.ports.display import Flip
from experiment.protocol.plan import Calibration, Feedback
from experiment.record.history import read_history
from experiment.record.journal_lines import MeasurementWaitLine, read_lines
from experiment.record.live import read_live
from experiment.screens.screen import Screen
from experiment.session.measurement_wait import LONGEST_S, SHORTEST_S
from tests.experiment.devices import Participant, texts_of
from tests.experiment.feedback.fakes import ColourMeasurer
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.training_run import run_training

MESSAGE = "One moment, the measurement is starting ..."


class SlowStart(SynchronousMeasuring):
    """Measures nothing for some time after its start, and after each calibration."""

    def __init__(self, clock: VirtualClock, *, start_s: float, end: MeasuringState) -> None:
        super().__init__(ColourMeasurer(), clock=clock)
        self._now, self._start_s, self._end = clock.now, start_s, end
        self.state = "starting"
        self.targets: list[str | None] = []

    def set_target(self, target: str | None, *, want_distance: bool = False, want_forecast: bool = False) -> None:
        self.targets.append(target)
        super().set_target(target, want_distance=want_distance, want_forecast=want_forecast)

    def latest(self) -> Measurement | None:
        if self._now() >= self._start_s:
            self.state = self._end
        return super().latest() if self.state == "ready" else None


@dataclass
class Done:
    lines: list[MeasurementWaitLine]
    shown: list[str]
    """Text of the wait, ``target`` for a training screen and ``fixation``, at each change."""
    first_frames_s: list[float]
    """From the onset of each target to its first live measurement."""
    measuring: SlowStart


def train(tmp_path: Path, *, start_s: float, end: MeasuringState = "ready") -> Done:
    targets = make_targets(tmp_path / "targets", ("anger", "fear"))
    trials = [make_trial(one, n, kind="training", feedback=Feedback()) for n, one in enumerate(targets)]
    plan = make_plan(tmp_path, (Calibration("rest", "rest", "Look", None, 3), *trials), targets=targets)
    shown: list[str] = []
    made: list[SlowStart] = []

    def note(screen: Screen, flip: Flip, participant: Participant) -> bool:
        names = {"feedback": "target", "fixation": "fixation"}
        name = MESSAGE if MESSAGE in texts_of(screen) else names.get(screen.kind, "")
        if name and shown[-1:] != [name]:
            shown.append(name)
        return False

    def start(clock: VirtualClock) -> SlowStart:
        made.append(SlowStart(clock, start_s=clock.now() + start_s, end=end))
        return made[0]

    report = run_training(plan, tmp_path / "data", start, on_screen=note)
    assert report.ending == "complete"
    recorded = read_history(report.place).trials
    assert [trial.outcome for trial in recorded] == ["timeout", "timeout"]
    live = read_live(report.place)
    firsts = [
        min((time_s - trial.onset_s for time_s in live.time_s if time_s >= trial.onset_s), default=float("inf"))
        for trial in recorded
    ]
    return Done(list(read_lines(report.place.journal, MeasurementWaitLine)), shown, firsts, made[0])


def test_the_first_trial_waits_for_a_measurement_that_starts_slowly_and_says_so(tmp_path: Path) -> None:
    done = train(tmp_path, start_s=12.0)

    assert done.shown == [MESSAGE, "fixation", "target", "fixation", "target"]
    (line,) = done.lines
    assert line.before == "trial-00"
    assert 8.0 < line.waited_s < 12.5
    assert max(done.first_frames_s) < 0.1
    assert done.measuring.targets[:3] == ["anger", None, "anger"]


def test_the_wait_can_be_read_although_the_measurement_is_ready(tmp_path: Path) -> None:
    """Only a first measurement against a target shows that everything is loaded."""
    (line,) = train(tmp_path, start_s=0.0).lines

    assert line.waited_s == pytest.approx(SHORTEST_S, abs=0.05)


def test_a_measurement_that_never_starts_is_not_waited_for_without_end(tmp_path: Path) -> None:
    done = train(tmp_path, start_s=1000.0)

    assert [line.waited_s for line in done.lines] == [pytest.approx(LONGEST_S, abs=0.05)] * 2


def test_a_measurement_that_has_failed_is_waited_for_once(tmp_path: Path) -> None:
    done = train(tmp_path, start_s=0.0, end="failed")

    assert [line.before for line in done.lines] == ["trial-00"]
