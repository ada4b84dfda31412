"""Trials that the experimenter excluded by hand are in no result, and the reason is in the lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.face.measurement import Exclusion
from analysis.face.models.registry import load_model
from analysis.tables.measured_session import measure_session, session_pictures
from analysis.timing.timing_files import timing_rows
from experiment.record.journal_lines import ExclusionLine
from experiment.record.layout import SessionPlace
from experiment.record.remarks import add_remark
from experiment.record.session_timing import session_timing
from experiment.record.sessions import read_sessions
from tests.analysis.tables.measured_here import MeasuredHere
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers

REASON = "the experimenter excluded it: sneezed"


@pytest.fixture
def place(tmp_path: Path) -> SessionPlace:
    helpers.record_all(tmp_path / "data", tmp_path, SetClock(50.0))
    return SessionPlace(tmp_path / "data", "01", None)


def test_the_frame_is_not_measured_and_the_reason_is_among_the_exclusions(place: SessionPlace) -> None:
    add_remark(place, ExclusionLine("sneezed", "trial", "t02"))
    (record,) = read_sessions(place.dataset)

    own, targets = session_pictures(record)
    faceless = {picture: Exclusion("no-face", "no face", picture) for picture in (*own, *targets)}
    measured = measure_session(record, faceless, MeasuredHere(load_model()))

    assert not [picture for picture in own if "t02" in str(picture.path)]
    trials = {one.what: (one.reason, one.message) for one in measured.exclusions if one.what.startswith("trial")}
    assert trials["trial t02"] == ("excluded", REASON)
    assert {trials[f"trial t0{number}"][0] for number in (1, 3, 4, 5)} == {"no-face"}


def test_a_session_that_is_excluded_says_so_and_has_no_frame_to_measure(place: SessionPlace) -> None:
    add_remark(place, ExclusionLine("wrong glasses", "session"))
    (record,) = read_sessions(place.dataset)

    own, targets = session_pictures(record)
    faceless = {picture: Exclusion("no-face", "no face", picture) for picture in (*own, *targets)}
    measured = measure_session(record, faceless, MeasuredHere(load_model()))

    assert len(own) == len(record.calibration_frames)
    assert "The experimenter excluded this session: wrong glasses." in measured.notes


def test_the_timing_judges_the_other_trials_and_lists_the_excluded_one(place: SessionPlace) -> None:
    add_remark(place, ExclusionLine("sneezed", "trial", "t02"))
    add_remark(place, ExclusionLine("sneezed", "trial", "t04"))

    timing = session_timing(place)

    assert timing.sentences() == ["timing: 3 of 3 trials pass", "  excluded by hand: t02, t04: sneezed"]
    rows = {row["trial_id"]: row["excluded"] for row in timing_rows(timing)}
    assert rows == {"t01": None, "t02": "sneezed", "t03": None, "t04": "sneezed", "t05": None}
