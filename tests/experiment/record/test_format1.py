"""A data set that an earlier version of the program recorded stays readable.

``format1/data`` was written by the version that kept journal lines as dictionaries; ``format1/expected.json`` is what
that version read from it. Participant 01 is a session with simulated devices that was interrupted once; 02 is not
complete and has every kind of line, an expression that was held, and a torn line.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

from experiment.record import bids
from experiment.record.history import read_history
from experiment.record.journal import read_journal
from experiment.record.journal_lines import SessionResume, UnknownLine, line_of
from experiment.record.layout import SessionPlace
from experiment.record.live import read_live
from experiment.record.recorder import Recorder
from experiment.record.session_timing import session_timing
from experiment.record.sessions import read_sessions
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers

FIXTURE = Path(__file__).with_name("format1")
EXPECTED: dict[str, Any] = json.loads((FIXTURE / "expected.json").read_text(encoding="utf-8"))
PARTICIPANTS = ("01", "02")
HELD = "t02"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURE / "data", tmp_path / "data"))


def plain(value: Any, top: Path) -> Any:
    """A value as `expected.json` holds it."""
    if isinstance(value, Path):
        return value.relative_to(top).as_posix()
    if isinstance(value, Mapping):
        return {name: plain(part, top) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part, top) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: plain(getattr(value, one.name), top) for one in fields(value)}
    if hasattr(value, "tolist"):
        return plain(value.tolist(), top)
    return round(value, 6) if isinstance(value, float) else value


@pytest.mark.parametrize("participant", PARTICIPANTS)
def test_every_line_is_read_and_written_again_byte_for_byte(participant: str) -> None:
    path = SessionPlace(FIXTURE / "data", participant, None).journal
    written = [line for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]

    for entry, text in zip(read_journal(path).entries, written, strict=True):
        line = line_of(entry)
        assert not isinstance(line, UnknownLine)
        again = {"n": entry.n, "event": line.EVENT, "time_s": entry.time_s, "data": line.to_json()}
        assert json.dumps(again, ensure_ascii=False, separators=(",", ":")) == text


def known_to(expected: Any, value: Any) -> Any:
    """The part of ``value`` that ``expected`` has fields for: later versions add fields."""
    if isinstance(expected, dict) and isinstance(value, dict):
        return {name: known_to(part, value[name]) for name, part in expected.items()}
    if isinstance(expected, list) and isinstance(value, list) and len(expected) == len(value):
        return [known_to(*pair) for pair in zip(expected, value, strict=True)]
    return value


def test_sessions_are_read_as_before_with_the_value_of_a_hold_in_its_own_field(data: Path) -> None:
    expected = EXPECTED["sessions"]
    for session in expected:
        del session["notes"]["machine_host"]  # names of computers are not read any more
        session["warnings"].append(
            "the journal has format 1, without hashes of lines and frames: these numbers cannot be verified"
        )
    for trial in (trial for session in expected for trial in session["trials"]):
        held = trial["id"] == HELD
        trial["hold_to_frame_ms"] = trial["key_to_frame_ms"] if held else None
        trial["key_to_frame_ms"] = None if held else trial["key_to_frame_ms"]
    sessions = plain(list(read_sessions(data)), data)
    assert known_to(expected, sessions) == expected
    assert not any(session[name] for session in sessions for name in ("distrusted", "is_encrypted", "declined"))


@pytest.mark.parametrize(("participant", "expected"), list(zip(PARTICIPANTS, EXPECTED["timing"], strict=True)))
def test_timing_is_judged_as_before(data: Path, participant: str, expected: dict[str, Any]) -> None:
    timing = session_timing(SessionPlace(data, participant, None))

    assert [len(timing.camera_s), round(float(timing.camera_s.sum()), 3)] == expected["camera_s"]
    for name in ("task", "camera_breaks", "flip_period_ms", "camera_period_ms", "verdict", "software_paced"):
        assert plain(getattr(timing, name), data) == expected[name]
    for trial, before in zip(timing.trials, expected["trials"], strict=True):
        assert plain(trial.recorded.anchor_s, data) == before["key_s"]
        assert trial.recorded.anchor_to_frame_ms == before["key_to_frame_ms"]
        assert len(trial.flips_s) == before["flips_s"]
        assert (trial.recorded.id, trial.recorded.half_interval_ms) == (before["id"], before["half_interval_ms"])
        for name in ("begin_s", "end_s", "camera_interval_ms", "camera_lost", "faults"):
            assert plain(getattr(trial, name), data) == before[name]
    lines = timing.sentences()
    words = {"aborted": "broken off", "1 display frame missed at 1 flip": "1 display frames missed at 1 flips"}
    for now, then in words.items():
        lines = [line.replace(now, then) for line in lines]
    assert lines == expected["sentences"]


def test_live_measurements_are_read_as_before(data: Path) -> None:
    live = read_live(SessionPlace(data, "02", None))

    assert live.fault == tuple(EXPECTED["live"]["trouble"])
    assert live.hint == tuple(EXPECTED["live"]["hint"])
    for name in ("time_s", "similarity", "intensity", "delays_ms"):
        assert_allclose(getattr(live, name), EXPECTED["live"][name])


@pytest.mark.parametrize(("participant", "task"), [("01", "small-session"), ("02", "facial-mimicry")])
def test_rebuilt_tables_differ_only_in_the_columns_of_later_versions(data: Path, participant: str, task: str) -> None:
    place = SessionPlace(data, participant, None)
    answers = place.table(task, "beh").read_bytes()
    before = helpers.table(place.table(task, "events"))

    assert bids.rebuild(data) == 2

    assert place.table(task, "beh").read_bytes() == answers
    rows = helpers.table(place.table(task, "events"))
    for row in before:
        held = row["key"] == "hold"
        row["hold_to_frame_ms"] = row["key_to_frame_ms"] if held else "n/a"
        row["key_to_frame_ms"] = "n/a" if held else row["key_to_frame_ms"]
        row |= {"face_check": "n/a", "excluded": "no", "exclusion_reason": "n/a"}
    assert rows == before
    sidecar = json.loads(place.table(task, "events").with_suffix(".json").read_text(encoding="utf-8"))
    assert sidecar["hold_to_frame_ms"]["Units"] == "ms"
    assert helpers.validate(data)[0] == []


def test_an_interrupted_session_is_resumed_where_it_stopped(data: Path) -> None:
    clock = SetClock(20.0)
    header = replace(helpers.same_plan(), participant="02")

    recorder = Recorder.resume(data, header, clock=clock)
    assert recorder.finished == helpers.STEPS[:-1]
    helpers.record_trial(recorder, "t05", clock)
    recorder.close(complete=True)

    history = read_history(recorder.place)
    assert history.complete
    assert [(trial.id, trial.attempt) for trial in history.trials] == [
        ("t01", 1),
        ("t02", 1),
        ("t03", 1),
        ("t04", 1),
        ("t04", 2),
        ("t05", 1),
    ]
    assert [line.EVENT for line in history.resumed] == [SessionResume.EVENT] * 2
    assert [len(line.torn_lines) for line in history.resumed] == [1, 1]
