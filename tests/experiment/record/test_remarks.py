"""Notes and exclusions after a session: one line each, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.journal_lines import ExclusionLine, ExclusionUndoneLine, NoteLine
from experiment.record.layout import SessionPlace
from experiment.record.lock import SessionLock
from experiment.record.recorder import Recorder
from experiment.record.remarks import LONGEST_TEXT, add_remark, cleaned_text
from experiment.record.sessions import read_sessions
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.verification.comparing import differences


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    helpers.record_all(tmp_path / "data", tmp_path, SetClock(50.0))
    return tmp_path / "data"


@pytest.fixture
def place(dataset: Path) -> SessionPlace:
    return SessionPlace(dataset, "01", None)


def interrupted(tmp_path: Path) -> SessionPlace:
    """A session that was killed after its second trial."""
    clock = SetClock(50.0)
    recorder = Recorder.start(tmp_path / "cut", helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    for trial in helpers.TRIALS[:2]:
        helpers.record_trial(recorder, trial, clock)
    recorder._writer.stop()
    recorder._journal.close()
    holder = json.loads(recorder._lock.path.read_text())
    recorder._lock.release()
    recorder.place.lock.write_text(json.dumps(holder | {"pid": 1 << 22}))
    recorder.place.lock.chmod(0o600)
    return recorder.place


def events(place: SessionPlace) -> list[dict[str, str]]:
    return helpers.table(place.table("facial-mimicry", "events"))


def test_an_exclusion_is_a_line_at_the_end_and_two_cells_in_the_table(place: SessionPlace) -> None:
    before = place.journal.read_bytes()

    add_remark(place, ExclusionLine("the participant sneezed", "trial", "t02", source="terminal"))

    assert place.journal.read_bytes().startswith(before)
    rows = events(place)
    assert [row["excluded"] for row in rows] == ["no", "yes", "no", "no", "no"]
    assert [row["exclusion_reason"] for row in rows] == ["n/a", "the participant sneezed", "n/a", "n/a", "n/a"]
    assert read_history(place).complete
    assert differences(place.dataset) == []


def test_undo_is_a_line_too_and_the_table_is_as_before(place: SessionPlace) -> None:
    table = place.table("facial-mimicry", "events")
    before = table.read_bytes()
    add_remark(place, ExclusionLine("sneezed", "trial", "t02"))
    assert table.read_bytes() != before

    history = add_remark(place, ExclusionUndoneLine("it was t03", "trial", "t02"))

    assert table.read_bytes() == before
    assert history.exclusions == {}
    assert '"event":"exclusion"' in place.journal.read_text()


@pytest.mark.parametrize("scope", ["session", "participant"])
def test_a_whole_session_is_excluded_with_all_its_trials(place: SessionPlace, scope: str) -> None:
    history = add_remark(place, ExclusionLine("wrong glasses", scope))  # type: ignore[arg-type]

    assert history.exclusion is not None
    assert {row["exclusion_reason"] for row in events(place)} == {"wrong glasses"}


def test_rebuild_derives_the_same_files(place: SessionPlace) -> None:
    add_remark(place, NoteLine("the lamp flickered", "t01"))
    add_remark(place, ExclusionLine("lamp", "trial", "t01"))
    files = sorted(place.behaviour.iterdir())
    before = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()

    bids.rebuild(place.dataset)

    assert [file.read_bytes() for file in files] == before
    assert helpers.validate(place.dataset)[0] == []


def test_the_session_of_the_analysis_has_notes_and_reasons(place: SessionPlace) -> None:
    add_remark(place, NoteLine("the lamp flickered", "t01"))
    add_remark(place, ExclusionLine("lamp", "trial", "t01"))

    (session,) = read_sessions(place.dataset)

    assert [trial.excluded for trial in session.trials] == ["lamp", "", "", "", ""]
    assert session.excluded == ""


def test_an_interrupted_session_takes_a_note_and_is_resumed(tmp_path: Path) -> None:
    place = interrupted(tmp_path)
    with place.journal.open("ab") as journal:
        journal.write(b'{"n": 99, "ev')  # torn by a power cut
    lock = place.lock.read_text()

    add_remark(place, ExclusionLine("sneezed", "trial", "t01"))

    assert place.lock.read_text() == lock, "the lock still says who was interrupted"
    assert differences(place.dataset) == []
    clock = SetClock(9.0)
    recorder = Recorder.resume(place.dataset, helpers.same_plan(), clock=clock)
    for trial in helpers.TRIALS[2:]:
        helpers.record_trial(recorder, trial, clock)
    recorder.close(complete=True)
    history = read_history(place)
    assert history.complete
    assert history.resumed[0].left_open_by is not None
    assert [row["excluded"] for row in events(place)] == ["yes", "no", "no", "no", "no"]
    assert differences(place.dataset) == []


def test_a_program_that_stops_before_the_table_is_no_difference(place: SessionPlace) -> None:
    table = place.table("facial-mimicry", "events")
    files = {file: file.read_bytes() for file in (table, table.with_suffix(".json"))}
    add_remark(place, ExclusionLine("sneezed", "trial", "t02"))
    for file, content in files.items():
        file.write_bytes(content)

    assert differences(place.dataset) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (ExclusionLine("x", "trial", "t9"), "has no trial t9; recorded are t01, t02, t03, t04, t05"),
        (NoteLine("x", "t9"), "has no trial t9"),
        (ExclusionUndoneLine("x", "trial", "t01"), "trial t01 of sub-01 is not excluded"),
        (ExclusionUndoneLine("x", "session"), "sub-01 is not excluded"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_and_nothing_changes(
    place: SessionPlace, line: NoteLine | ExclusionLine | ExclusionUndoneLine, message: str
) -> None:
    before = place.journal.read_bytes()

    with pytest.raises(RecordError, match=message):
        add_remark(place, line)

    assert place.journal.read_bytes() == before


def test_a_second_exclusion_names_the_reason_of_the_first(place: SessionPlace) -> None:
    add_remark(place, ExclusionLine("sneezed", "trial", "t02"))

    with pytest.raises(RecordError, match="excluded already: sneezed"):
        add_remark(place, ExclusionLine("again", "trial", "t02"))


def test_a_running_session_and_a_changed_journal_are_refused(place: SessionPlace) -> None:
    with SessionLock(place.lock), pytest.raises(RecordError, match="being recorded right now"):
        add_remark(place, NoteLine("x"))
    place.journal.write_bytes(place.journal.read_bytes().replace(b'"t02"', b'"t2"'))
    with pytest.raises(RecordError, match="changed"):
        add_remark(place, NoteLine("x"))


def test_a_session_that_does_not_exist_is_refused_without_a_folder(dataset: Path) -> None:
    place = SessionPlace(dataset, "02", None)

    with pytest.raises(RecordError, match="no session of sub-02"):
        add_remark(place, NoteLine("x"))

    assert not place.source.exists()


def test_texts_are_one_line_without_control_characters() -> None:
    assert cleaned_text(" moved\tthe\nlamp\x1b[2J ", what="note") == "moved the lamp [2J"
    with pytest.raises(RecordError, match="the reason is empty"):
        cleaned_text(" \n", what="reason")
    with pytest.raises(RecordError, match=f"shorten it to {LONGEST_TEXT}"):
        cleaned_text("x" * (LONGEST_TEXT + 1), what="note")
