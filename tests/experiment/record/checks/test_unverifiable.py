"""What a record cannot prove, and impossible times, are warnings of the session."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.journal_lines import FaceCheckLine
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.session_record import SessionRecord
from experiment.record.session_timing import session_timing
from experiment.record.sessions import dataset_warnings, read_sessions
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.verification.comparing import forge, set_back_to_format_1

TASK = "facial-mimicry"
Line = dict[str, Any]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("unverifiable")
    helpers.record_all(top / "data", top / "protocol", SetClock())
    return top / "data"


@pytest.fixture
def data(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "data"))


def journal(data: Path) -> Path:
    return data / "sourcedata/sub-01/journal.jsonl"


def only(data: Path) -> SessionRecord:
    (session,) = read_sessions(data)
    return session


def in_trial(trial_id: str, change: Callable[[Line], None]) -> Callable[[Line], Line]:
    """A forger's change of the data of one trial."""

    def changed(line: Line) -> Line:
        if line["event"] == "trial" and line["data"]["id"] == trial_id:
            change(line["data"])
        return line

    return changed


def test_an_untouched_session_has_no_warning(data: Path) -> None:
    assert only(data).warnings == ()
    assert dataset_warnings(read_sessions(data)) == []


@pytest.mark.parametrize("thoroughly", [False, True])
def test_a_journal_without_hashes_cannot_be_verified(data: Path, *, thoroughly: bool) -> None:
    set_back_to_format_1(journal(data), thoroughly=thoroughly)

    message = "the journal has format 1, without hashes of lines and frames: these numbers cannot be verified"
    assert message in only(data).warnings


def test_frames_without_a_hash_are_counted(data: Path) -> None:
    def without(trial: Line) -> None:
        for frame in trial["frames"]:
            del frame["sha256"]

    forge(journal(data), in_trial("t02", without))

    assert any(one.startswith("4 camera frames have no hash in the journal") for one in only(data).warnings)


def test_a_journal_without_its_end_is_named_and_the_table_has_more_trials(data: Path) -> None:
    forge(journal(data), lambda line: None if line["data"].get("id") == "t04" else line)

    warnings = only(data).warnings

    assert any(one.startswith("the journal has no end: the session was interrupted, or") for one in warnings)
    table = "sub-01/beh/sub-01_task-facialmimicry_events.tsv"
    assert any(one.startswith(f"{table} has 2 trials that the journal does not have (t04, t05)") for one in warnings)
    assert not any("rebuild" in one for one in warnings)
    with pytest.raises(
        RecordError, match=r"the journal does not have .* if the journal is right, delete the table first"
    ):
        bids.rebuild(data)


def test_tables_are_not_written_again_from_a_changed_journal(data: Path) -> None:
    events = SessionPlace(data, "01", None).table(TASK, "events")
    before = events.read_bytes()
    journal(data).write_bytes(journal(data).read_bytes().replace(b'"valence":4', b'"valence":5', 1))

    with pytest.raises(RecordError, match=r"journal.jsonl:\d+: this line \(trial\) was changed after it was written"):
        bids.rebuild(data)

    assert events.read_bytes() == before


def test_a_response_time_that_is_not_key_minus_onset_is_named(data: Path) -> None:
    def earlier(trial: Line) -> None:
        trial["key_time_s"] -= 0.5
        trial["frames"] = [{**frame, "time_s": frame["time_s"] - 0.5} for frame in trial["frames"]]

    forge(journal(data), in_trial("t02", earlier))

    (warning,) = only(data).warnings
    assert warning.startswith("trial t02: response_time is 2.000000 in sub-01/beh/")
    assert "and 1.500000 in the journal; compare both with a copy" in warning


def key_before_onset(trial: Line) -> None:
    trial["key_time_s"] = trial["onset_s"] - 0.2


def flips_back(trial: Line) -> None:
    trial["flip_times_s"].reverse()


def onset_moved(trial: Line) -> None:
    trial["onset_s"] += 0.4


def offset_moved(trial: Line) -> None:
    trial["offset_s"] = trial["onset_s"] - 1


def frame_moved(trial: Line) -> None:
    trial["key_to_frame_ms"] = 1.0


def key_removed(trial: Line) -> None:
    trial["key_time_s"] = None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (key_before_onset, "its key press or hold is before the onset of the target"),
        (flips_back, "its flip times do not ascend"),
        (onset_moved, "the onset of its target is not among its flips"),
        (offset_moved, "its target ends before it begins"),
        (frame_moved, "the distance of its frame is not the time of the frame minus that of the key press or hold"),
        (key_removed, "it has a response and no key press or hold, or the reverse"),
    ],
)
def test_times_that_cannot_be_are_named_with_their_trial(
    data: Path, change: Callable[[Line], None], message: str
) -> None:
    def plain(trial: Line) -> None:
        trial["details"] = {}  # a trial without live measurement
        change(trial)

    forge(journal(data), in_trial("t02", plain))
    bids.rebuild(data)

    assert f"trial t02 has impossible times: {message}" in only(data).warnings
    timing = session_timing(SessionPlace(data, "01", None))
    assert [trial.recorded.id for trial in timing.failed] == ["t02"]
    assert message in "\n".join(timing.sentences())


def test_a_line_that_goes_back_in_time_is_named(data: Path) -> None:
    def back(line: Line) -> Line:
        return {**line, "time_s": line["time_s"] - 5} if line["data"].get("id") == "t03" else line

    forge(journal(data), back)

    (warning,) = only(data).warnings
    assert "of the journal (trial) is" in warning
    assert "s earlier than a line before it: the journal was edited, or its clock failed" in warning


def test_two_protocols_of_one_task_are_named_with_their_sessions(data: Path) -> None:
    helpers.record_all(data, data.parent / "protocol", SetClock(), participant="02")
    shutil.copytree(data / "sourcedata/sub-02", data / "sourcedata/sub-03")
    others = {"sub-02": "02", "sub-03": "03"}
    for folder, participant in others.items():

        def another(line: Line, participant: str = participant) -> Line:
            if line["event"] == "session-start":
                line["data"] |= {"participant": participant}
                line["data"]["protocol"]["sha256"] = "ab" * 32
            return line

        forge(data / "sourcedata" / folder / "journal.jsonl", another)
    sessions = read_sessions(data)

    (warning,) = dataset_warnings(sessions)

    assert warning.startswith(f"task {TASK} was recorded with 2 different protocols")
    assert "sub-01; " in warning
    assert warning.endswith("sub-02, sub-03)")
    assert any("the protocol is another one" in one and one.endswith("than in sub-01") for one in sessions[1].warnings)


def test_the_check_of_a_face_is_in_the_events_and_in_the_session(tmp_path: Path) -> None:
    clock = SetClock()
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path / "protocol"), clock=clock)
    helpers.record_opening(recorder, clock)
    for trial_id in helpers.TRIALS:
        helpers.record_trial(recorder, trial_id, clock)
    recorder.write(FaceCheckLine("t01", 1, 1, ()))
    recorder.write(FaceCheckLine("t02", 1, 0, ("no-face",)))
    recorder.flush()
    place = SessionPlace(tmp_path / "data", "01", None)
    rows = helpers.table(place.table(TASK, "events"))  # before the session ends
    recorder.close(complete=True)

    assert [row["face_check"] for row in rows] == ["measurable", "no-face", "n/a", "n/a", "n/a"]
    faces = only(tmp_path / "data").faces
    assert faces is not None
    assert faces.sentences() == ["faces: 1 of 5 trials measurable, 3 not checked (no-face: 1)"]
    assert helpers.validate(tmp_path / "data")[0] == []
