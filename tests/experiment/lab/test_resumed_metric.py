"""A recorded training keeps its metric when its protocol does not name one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.lab.session_checks import find_resumable_session
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.lab.study_status import study_status
from experiment.protocol.language.problems import ProtocolProblemsError
from experiment.protocol.load import load_protocol
from experiment.protocol.planner import design
from experiment.record.checks.replan import plan_again
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from tests.experiment.clocks import SetClock

PROTOCOL = """
protocol: 1
name: practice
targets: {smile: {image: smile.png, expression: happiness}}
blocks:
  - {name: practice, kind: %s, trials: [smile], %s}
"""
REACHED, BY_TIME = "feedback: true, hold: {similarity: 0.8, time: 1 s}", "feedback: true, hold: {time: 1 s}"


def interrupted(folder: Path, *, kind: str, keys: str, metric: str | None) -> SessionPlace:
    """Begin a session; ``metric`` is that of the version that records it, None that of this one."""
    cv2.imwrite(str(folder / "smile.png"), np.full((300, 300, 3), 90, np.uint8))
    protocol = folder / "practice.yaml"
    protocol.write_text(PROTOCOL % (kind, keys), encoding="utf-8")
    plan = design(load_protocol(protocol, live_metric=metric), participant="01", language="en")
    header = header_of(plan, Options(), display={"verdict": "locked"}, camera={"spec": "0"})
    Recorder.start(folder / "data", header, clock=SetClock()).close(complete=False, reason="escape")
    return SessionPlace(folder / "data", "01", None)


@pytest.mark.parametrize(
    ("keys", "metric", "named"),
    [(REACHED, "units", False), (BY_TIME, "units", False), (BY_TIME, None, True)],
    ids=["earlier, to a similarity", "earlier, by time", "this version, by time"],
)
def test_a_session_continues_with_the_metric_that_it_began_with(
    tmp_path: Path, keys: str, metric: str | None, *, named: bool
) -> None:
    place = interrupted(tmp_path, kind="training", keys=keys, metric=metric)

    assert ('"live_metric":"combined"' in place.journal.read_text(encoding="utf-8")) == named
    expected = metric or "combined"
    assert find_resumable_session(place.dataset, "01", None).plan.live_metric == expected
    assert plan_again(read_history(place)).live_metric == expected, "also what verify plans"


def test_the_status_of_a_study_has_the_plan_of_an_earlier_training(tmp_path: Path) -> None:
    place = interrupted(tmp_path, kind="training", keys=REACHED, metric="units")
    planned = study_status(place.dataset)
    (tmp_path / "practice.yaml").write_text(PROTOCOL % ("training", "feedbak: true"), encoding="utf-8")
    damaged = study_status(place.dataset)

    assert planned.problems == ()
    assert planned.protocol == (tmp_path / "practice.yaml").resolve()
    (problem,) = damaged.problems
    assert problem.startswith("the protocol of sub-01 has errors now (")
    assert "feedbak" in problem, "the first error itself"


def test_only_a_recorded_session_may_lack_the_metric_of_its_threshold(tmp_path: Path) -> None:
    interrupted(tmp_path, kind="training", keys=REACHED, metric="units")

    with pytest.raises(ProtocolProblemsError, match=r"in which metric 0\.8 is"):
        load_protocol(tmp_path / "practice.yaml")


def test_the_metric_of_the_protocol_counts_before_that_of_the_journal(tmp_path: Path) -> None:
    interrupted(tmp_path, kind="training", keys=BY_TIME, metric=None)
    file = tmp_path / "practice.yaml"
    file.write_text(file.read_text() + "live_metric: appearance\n")

    assert load_protocol(file, live_metric="units").content.live_metric == "appearance"


def test_a_session_without_training_names_no_metric(tmp_path: Path) -> None:
    place = interrupted(tmp_path, kind="experiment", keys="repetitions: 1", metric=None)

    assert "live_metric" not in place.journal.read_text(encoding="utf-8")
