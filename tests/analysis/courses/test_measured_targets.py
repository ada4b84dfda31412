"""Equal targets of many sessions are measured once, other ones apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analysis.courses.target_course import MeasuredTargets
from analysis.face.models.registry import load_model
from experiment.record.sessions import read_sessions
from tests.analysis.courses.filmed_session import FilmedSession, face


def test_a_target_that_another_session_showed_is_not_measured_again(tmp_path: Path) -> None:
    for person in ("01", "02"):
        session = FilmedSession(tmp_path, participant=person, calibration=0)
        session.trial("smile-1", [face("neutral")])
        session.close()
    first, second = read_sessions(tmp_path)
    targets = MeasuredTargets(load_model())

    course = targets.course(first.targets["smile"], first)

    assert not course.fault
    assert targets.course(second.targets["smile"], second) is course

    recorded = replace(second, hashes={**second.hashes, second.targets["smile"].image: "0" * 64})
    assert "is not the file that was shown" in targets.course(recorded.targets["smile"], recorded).fault
