"""Copies and renamed folders: never participants, never another person's frames."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from analysis.commands.options import print_strays
from analysis.commands.timing import timing
from experiment.record import bids
from experiment.record.checks.preconditions import unfinished
from experiment.record.checks.strays import find_strays
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace, recorded_sessions
from experiment.record.session_timing import session_timing
from experiment.record.sessions import read_sessions
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Participants 01 and 02."""
    clock = SetClock()
    for participant in ("01", "02"):
        helpers.record_all(tmp_path / "data", tmp_path, clock, participant=participant)
    return tmp_path / "data"


def other_laptop(tmp_path: Path) -> Path:
    """A data set with another person called 01, whose frames are black."""
    other = tmp_path / "other"
    helpers.record_all(other, tmp_path, SetClock(now_s=5000.0), participant="01")
    for frame in other.rglob("frames/*/*.png"):
        cv2.imwrite(str(frame), 0 * pixels(frame))
    return other


def pixels(path: Path) -> np.ndarray[Any, Any]:
    image = cv2.imread(str(path))
    assert image is not None
    return image


def participants(dataset: Path) -> list[str]:
    return [session.participant for session in read_sessions(dataset)]


def kinds(dataset: Path) -> dict[str, str]:
    return {stray.path.relative_to(dataset).as_posix(): stray.kind for stray in find_strays(dataset)}


def test_a_data_set_without_copies_has_no_strays(dataset: Path) -> None:
    assert find_strays(dataset) == []


def test_a_renamed_folder_has_its_own_frames_and_not_those_of_the_participant_in_its_journal(
    dataset: Path, tmp_path: Path
) -> None:
    shutil.copytree(other_laptop(tmp_path) / "sourcedata" / "sub-01", dataset / "sourcedata" / "sub-03")

    third = next(session for session in read_sessions(dataset) if session.participant == "03")

    pictures = [*third.calibration_frames, *(trial.frame for trial in third.trials if trial.frame)]
    assert len(pictures) == 10
    assert all((dataset / "sourcedata" / "sub-03") in picture.parents for picture in pictures)
    assert all(pixels(picture).max() == 0 for picture in pictures)
    (warning,) = [text for text in third.warnings if "renamed" in text]
    assert warning.startswith("sourcedata/sub-03 has the journal of sub-01")
    assert kinds(dataset) == {"sourcedata/sub-03": "renamed"}


def test_tables_of_a_renamed_folder_name_its_own_frames(dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(other_laptop(tmp_path) / "sourcedata" / "sub-01", dataset / "sourcedata" / "sub-03")

    bids.rebuild(dataset)

    rows = helpers.table(next((dataset / "sub-03" / "beh").glob("*_events.tsv")))
    assert {row["frame_file"].split("/")[1] for row in rows} == {"sub-03"}


def test_a_renamed_folder_without_its_frames_has_none(dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(other_laptop(tmp_path) / "sourcedata" / "sub-01", dataset / "sourcedata" / "sub-03")
    shutil.rmtree(dataset / "sourcedata" / "sub-03" / "frames")

    third = next(session for session in read_sessions(dataset) if session.participant == "03")

    assert not any(trial.frame and trial.frame.exists() for trial in third.trials)
    assert any("pictures are missing" in text for text in third.warnings)


def test_a_journal_that_names_files_outside_of_a_session_is_refused(dataset: Path) -> None:
    place = SessionPlace(dataset, "02", None)
    for wrong in (b"sourcedata/sub-02/frames/../../sub-01/frames", b"stimuli/sub-01"):
        journal = place.journal.read_bytes()
        place.journal.write_bytes(journal.replace(b"sourcedata/sub-02/frames", wrong))
        with pytest.raises(RecordError, match="garbles"):
            read_history(place)
        place.journal.write_bytes(journal)


def test_a_second_copy_of_a_session_is_left_out_and_reported(dataset: Path) -> None:
    source = dataset / "sourcedata"
    shutil.copytree(source / "sub-01", source / "sub-07")

    assert participants(dataset) == ["01", "02"]
    (stray,) = find_strays(dataset)
    assert stray.message == "sourcedata/sub-07 is the same recording as sub-01; it is left out: delete the copy"

    shutil.rmtree(source / "sub-01")
    shutil.copytree(source / "sub-07", source / "sub-08")
    assert participants(dataset) == ["02"]
    assert kinds(dataset) == {"sourcedata/sub-07": "second-copy", "sourcedata/sub-08": "second-copy"}


@pytest.mark.parametrize(
    "name",
    ["sub-02 (Kopie)", "sub-02 copy", "sub-02 (1)", "Copy of sub-02", "sub-02-conflict-20260101", "sub-02_alt", "sub-"],
)
def test_products_of_file_managers_are_no_participants(dataset: Path, name: str) -> None:
    shutil.copytree(dataset / "sourcedata" / "sub-02", dataset / "sourcedata" / name)

    assert participants(dataset) == ["01", "02"]
    assert [place.participant for place in recorded_sessions(dataset)] == ["01", "02"]
    bids.rebuild(dataset)
    assert [row["participant_id"] for row in helpers.table(dataset / "participants.tsv")] == ["sub-01", "sub-02"]
    found = kinds(dataset)
    assert found[f"sourcedata/{name}"] == "not-a-participant"
    assert found[f"sourcedata/{name}/journal.jsonl"] == "journal-elsewhere"


def test_copies_of_sessions_and_files_are_reported(tmp_path: Path) -> None:
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path, SetClock(), participant="01", session="a")
    session = data / "sourcedata" / "sub-01" / "ses-a"
    frame = next(session.glob("frames/*/key.png"))
    for path, name in (
        (session / "journal.jsonl", "journal (1).jsonl"),
        (session / "journal.jsonl", "journal-LAPTOP7.jsonl"),
        (frame, "key (1).png"),
        (frame, "key (Conflicted copy 2026-01-02).png"),
        (data / "participants.tsv", "participants (Kopie).tsv"),
    ):
        shutil.copy(path, path.with_name(name))
    shutil.copytree(session, session.with_name("ses-a (1)"))

    assert len(read_sessions(data)) == 1
    found = kinds(data)
    assert list(found.values()).count("copy-of-a-file") == 5 + 4  # those copied with their folder are also found
    assert found["sourcedata/sub-01/ses-a (1)"] == "not-a-participant"


def test_folders_that_differ_only_in_case_are_reported(dataset: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    helpers.record_all(other, tmp_path, SetClock(now_s=99.0), participant="a1")
    helpers.record_all(other, tmp_path, SetClock(now_s=999.0), participant="b1")
    shutil.copytree(other / "sourcedata" / "sub-a1", dataset / "sourcedata" / "sub-a1")
    shutil.copytree(other / "sourcedata" / "sub-b1", dataset / "sourcedata" / "sub-A1")

    assert kinds(dataset)["sourcedata/sub-a1"] == "case"


def test_a_renamed_session_is_not_resumed_in_the_wrong_folder(dataset: Path) -> None:
    source = dataset / "sourcedata"
    (source / "sub-02").rename(source / "sub-05")

    with pytest.raises(RecordError, match="the folder of sub-05 has the session of sub-02"):
        unfinished(SessionPlace(dataset, "05", None))
    assert len(session_timing(SessionPlace(dataset, "05", None)).trials) == 5


def test_the_commands_of_the_analysis_print_a_warning_for_each(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = dataset / "sourcedata"
    shutil.copytree(source / "sub-01", source / "sub-07")
    print_strays(dataset)
    warning = "warning: sourcedata/sub-07 is the same recording as sub-01; it is left out: delete the copy\n"
    assert capsys.readouterr().err == warning

    timing(dataset)

    captured = capsys.readouterr()
    assert captured.err.startswith(warning)
    assert "sub-02 timing: " in captured.out
    assert "sub-07" not in captured.out
