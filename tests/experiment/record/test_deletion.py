from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from experiment.record.deletion import forget
from experiment.record.errors import RecordError
from experiment.record.recorder import Recorder
from experiment.record.sessions import read_sessions
from tests.conftest import PROJECT
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers


def run(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run_experiment.py", *arguments],
        cwd=PROJECT,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def two_people(tmp_path: Path) -> Path:
    """Participants 01 (two sessions) and 011, with results of an analysis."""
    data, clock = tmp_path / "data", SetClock()
    helpers.record_all(data, tmp_path, clock, participant="01", session="a")
    helpers.record_all(data, tmp_path, clock, participant="01", session="b")
    helpers.record_all(data, tmp_path, clock, participant="011")
    results = data / "derivatives" / "mimicry"
    for name in (
        "tables/sub-01_ses-a_task-facialmimicry_metric-points_table.csv",
        "tables/sub-011_task-facialmimicry_metric-points_table.csv",
        "sub-01/ses-a/fits.npz",
        "report.html",
        "dataset_description.json",
    ):
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text("{}")
    return data


def test_all_files_of_a_deleted_participant_and_no_others_are_deleted(two_people: Path) -> None:
    others = {path for path in two_people.rglob("*") if "sub-011" in str(path)}

    forget(two_people, "01")

    left = [path for path in two_people.rglob("*") if "sub-01/" in f"{path}/" or "sub-01_" in path.name]
    assert left == []
    assert {path for path in two_people.rglob("*") if "sub-011" in str(path)} == others
    assert (two_people / "participants.tsv").read_text().splitlines()[1:] == ["sub-011\t22\tfemale"]
    assert [session.participant for session in read_sessions(two_people)] == ["011"]
    assert helpers.validate(two_people)[0] == []


def test_results_of_several_participants_are_deleted_but_not_the_description(two_people: Path) -> None:
    forget(two_people, "01")

    results = two_people / "derivatives" / "mimicry"
    assert not (results / "report.html").exists()
    assert (results / "dataset_description.json").exists()


def test_no_byte_of_a_deleted_face_is_left(two_people: Path) -> None:
    (session, *_) = read_sessions(two_people)
    frame = session.trials[0].frame
    assert frame is not None
    face = frame.read_bytes()
    others = two_people / "sourcedata" / "sub-011"

    forget(two_people, "01")

    holders = [path for path in two_people.rglob("*") if path.is_file() and face in path.read_bytes()]
    assert all(others in path.parents for path in holders)


def test_an_unknown_participant_is_an_error_that_names_the_known_ones(two_people: Path) -> None:
    with pytest.raises(RecordError, match="has nothing of participant 07; it has 01, 011"):
        forget(two_people, "07")


def test_a_participant_who_is_being_recorded_is_not_deleted(tmp_path: Path) -> None:
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=SetClock())

    with pytest.raises(RecordError, match="being recorded right now"):
        forget(tmp_path / "data", "01")
    recorder.close(complete=False)
    forget(tmp_path / "data", "01")


def test_an_interrupted_deletion_is_finished_by_the_next(two_people: Path) -> None:
    import shutil

    shutil.rmtree(two_people / "sourcedata" / "sub-01")
    shutil.rmtree(two_people / "sub-01")

    forget(two_people, "01")

    assert (two_people / "participants.tsv").read_text().splitlines()[1:] == ["sub-011\t22\tfemale"]


def test_the_command_asks_and_lists_and_deletes(two_people: Path) -> None:
    arguments = ("forget", "--dataset", str(two_people), "--participant", "sub-01")

    declined = run(*arguments, answer="n\n")
    assert declined.returncode == 1
    assert "sourcedata/sub-01/ and everything in it" in declined.stdout
    assert "derivatives/mimicry/report.html" in declined.stdout
    assert (two_people / "sourcedata" / "sub-01").exists()

    accepted = run(*arguments, "--yes")
    assert accepted.returncode == 0, accepted.stderr
    assert not (two_people / "sourcedata" / "sub-01").exists()


def test_the_command_for_an_unknown_participant_ends_in_one_sentence(two_people: Path) -> None:
    result = run("forget", "--dataset", str(two_people), "--participant", "99", "--yes")

    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
