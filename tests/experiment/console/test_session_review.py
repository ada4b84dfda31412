"""The page Review: interrupted sessions, and trials that cannot be used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.console.review.session_review import KILLED, SessionReview, session_review
from experiment.record.journal_lines import CameraFaultLine, ContinueLine, ExclusionLine, FaceCheckLine, PauseLine
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.remarks import add_remark
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers


def reviewed(tmp_path: Path, act: Callable[[Recorder, SetClock], None]) -> SessionReview:
    """Record two trials, act, and review a copy of the data set, as after `kill -9`."""
    clock = SetClock()
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    for trial in ("t01", "t02"):
        helpers.record_trial(recorder, trial, clock)
    recorder.flush()
    act(recorder, clock)
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    recorder.close(complete=False)
    return session_review(SessionPlace(tmp_path / "copy", "01", None))


FAULT = CameraFaultLine("unplugged", "The camera is gone. Plug it in again.")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), KILLED),
        ((PauseLine(),), KILLED),
        ((FAULT,), "unplugged"),
        ((FAULT, ContinueLine(CameraFaultLine.EVENT, 3.0)), KILLED),
    ],
)
def test_a_session_without_an_end_names_its_cause(
    tmp_path: Path, lines: tuple[PauseLine | CameraFaultLine | ContinueLine, ...], reason: str
) -> None:
    def act(recorder: Recorder, _: SetClock) -> None:
        for line in lines:
            recorder.write(line)
        recorder.flush()

    found = reviewed(tmp_path, act)
    assert (found.state, found.interruption, len(found.trials)) == ("interrupted", reason, 2)


@pytest.mark.parametrize(
    ("complete", "reason", "state", "interruption"),
    [
        (True, "complete", "complete", ""),
        (False, "ended", "interrupted", "ended"),
        (False, "", "interrupted", "interrupted"),
    ],
)
def test_a_session_with_an_end_has_the_reason_of_its_journal(
    tmp_path: Path, complete: bool, reason: str, state: str, interruption: str
) -> None:
    found = reviewed(tmp_path, lambda recorder, _: recorder.close(complete=complete, reason=reason))
    assert (found.state, found.interruption) == (state, interruption)


def test_every_trial_says_whether_it_can_be_used_and_why_not(tmp_path: Path) -> None:
    def act(recorder: Recorder, clock: SetClock) -> None:
        recorder.trial(helpers.trial("t03", onset_s=clock.now(), outcome="timeout"))
        recorder.trial(replace(helpers.trial("t04", onset_s=clock.now()), problem="recording-refused"))
        recorder.flush()
        recorder.write(FaceCheckLine("t01", 1, 1, ()))
        recorder.write(FaceCheckLine("t02", 1, 0, ("too-small",)))
        recorder.close(complete=True)

    found = reviewed(tmp_path, act)
    assert [(trial.verdict, trial.reasons) for trial in found.trials] == [
        ("usable", ()),
        ("not-measurable", ("too-small",)),
        ("no-response", ("timeout",)),
        ("no-picture", ("recording-refused",)),
    ]
    assert found.count("usable") == 1
    assert found.trials[0].roles == ("before", "before", "key", "after")
    assert found.trials[0].best_picture == 2

    add_remark(found.place, ExclusionLine("wrong person", "session"))
    again = session_review(found.place)
    assert (again.state, again.exclusion, again.count("excluded")) == ("excluded", "wrong person", 4)
