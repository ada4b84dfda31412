from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.record.deletion import forget, holdings
from experiment.record.errors import RecordError
from experiment.record.recorder import Recorder
from experiment.record.results_elsewhere import note_results
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


def rows_left(dataset: Path) -> list[list[str]]:
    """Cells of ``participants.tsv``; columns of sessions that only the deleted person had are empty."""
    lines = (dataset / "participants.tsv").read_text().splitlines()[1:]
    return [[cell for cell in line.split("\t") if cell != "n/a"] for line in lines]


def test_all_files_of_a_deleted_participant_and_no_others_are_deleted(two_people: Path) -> None:
    others = {path for path in two_people.rglob("*") if "sub-011" in str(path)}

    forget(two_people, "01")

    left = [path for path in two_people.rglob("*") if "sub-01/" in f"{path}/" or "sub-01_" in path.name]
    assert left == []
    assert {path for path in two_people.rglob("*") if "sub-011" in str(path)} == others
    assert rows_left(two_people) == [["sub-011", "22", "female"]]
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
    shutil.rmtree(two_people / "sourcedata" / "sub-01")
    shutil.rmtree(two_people / "sub-01")

    forget(two_people, "01")

    assert rows_left(two_people) == [["sub-011", "22", "female"]]


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


COPIES = (
    "sourcedata/sub-01 (Kopie)",
    "sourcedata/sub-01 copy",
    "sourcedata/SUB-01 (1)",
    "sourcedata/Copy of sub-01",
    "sourcedata/sub-01-conflict-20260101",
    "sub-01 (Kopie)",
    "old/sub-01",
    ".Trash-1000/files/sub-01",
    "sourcedata/backup of Tuesday",
)


def test_every_copy_of_a_person_is_deleted_and_no_other_person(two_people: Path) -> None:
    source = two_people / "sourcedata"
    face = next((source / "sub-01").rglob("key.png")).read_bytes()
    for name in COPIES:
        shutil.copytree(source / "sub-01", two_people / name)
    shutil.copytree(source / "sub-01" / "ses-a", source / "sub-05" / "ses-a")  # the same recording, another name
    (two_people / "derivatives" / "mimicry" / "tables" / "sub-01_ses-a (1).csv").write_text("x")
    (two_people / "sub-01.zip").write_bytes(b"x")
    others = {path: path.read_bytes() for path in (source / "sub-011").rglob("*") if path.is_file()}

    done = forget(two_people, "01")

    assert done.failed == ()
    assert done.found.to_check == ()
    left = [path for path in two_people.rglob("*") if path.is_file() and path not in others]
    assert not any(face in path.read_bytes() for path in left)
    assert not any("sub-01" in path.as_posix().replace("sub-011", "") for path in left)
    assert not (two_people / ".Trash-1000" / "files" / "sub-01").exists()
    assert all(path.read_bytes() == content for path, content in others.items())


def test_another_person_in_a_renamed_folder_is_listed_and_not_deleted(two_people: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    helpers.record_all(other, tmp_path, SetClock(now_s=77.0), participant="01")
    shutil.copytree(other / "sourcedata" / "sub-01", two_people / "sourcedata" / "sub-03")

    done = forget(two_people, "01")

    assert (two_people / "sourcedata" / "sub-03" / "journal.jsonl").exists()
    (sentence,) = done.found.to_check
    assert sentence.startswith("sourcedata/sub-03/journal.jsonl says sub-01 and is in the folder of sub-03")
    assert forget(two_people, "03").failed == ()


def test_forgetting_a_copy_does_not_delete_the_participant_it_is_a_copy_of(two_people: Path) -> None:
    source = two_people / "sourcedata"
    shutil.copytree(source / "sub-011", source / "sub-04")

    done = forget(two_people, "04")

    assert not (source / "sub-04").exists()
    assert (source / "sub-011" / "journal.jsonl").exists()
    assert any("the same recording under the name sub-011" in sentence for sentence in done.found.to_check)


def test_texts_that_mention_a_person_and_archives_are_listed(two_people: Path) -> None:
    (two_people / "notes.txt").write_text("sub-01 arrived late, sub-011 did not")
    (two_people / "participants (1).tsv").write_text("participant_id\nsub-01\n", encoding="utf-16")
    (two_people / "notes2.txt").write_text("sub-011 arrived late")
    (two_people / "all.zip").write_bytes(b"PK")

    found = holdings(two_people, "01").to_check

    assert [sentence.split(" ", 1)[0] for sentence in sorted(found)] == ["all.zip", "notes.txt", "participants"]


def test_planned_participants_and_lines_of_copies(two_people: Path) -> None:
    with (two_people / "participants.tsv").open("a") as table:
        table.write("sub-01 (1)\t3\tx\nsub-20\t30\tplanned\n")

    forget(two_people, "01")

    assert [row["participant_id"] for row in helpers.table(two_people / "participants.tsv")] == ["sub-011", "sub-20"]


def test_a_read_only_folder_does_not_survive(two_people: Path) -> None:
    frames = two_people / "sourcedata" / "sub-01" / "ses-a" / "frames"
    for folder in frames.iterdir():
        folder.chmod(0o500)
    frames.chmod(0o500)

    assert forget(two_people, "01").failed == ()
    assert not frames.exists()


def test_a_file_that_cannot_be_deleted_does_not_stop_the_deletion(
    two_people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = two_people / "sourcedata" / "sub-01"
    stuck = [path for path in source.rglob("key.png") if "ses-a" in path.parts][:2]
    unlink = os.unlink

    def refuse(path: str | Path, *arguments: object, **options: object) -> None:
        name = str(path) if Path(path).is_absolute() else f"/proc/self/fd/{options.get('dir_fd')}/{path}"
        if Path(name).parent.resolve() / Path(name).name in stuck:
            raise PermissionError(13, "in use", str(path))
        unlink(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "unlink", refuse)
    done = forget(two_people, "01")

    assert len(done.failed) >= 2
    assert all(any(str(path) in sentence for sentence in done.failed) for path in stuck)
    assert sorted(path for path in source.rglob("*") if path.is_file()) == sorted(stuck)
    assert not (two_people / "sub-01").exists()
    assert [row["participant_id"] for row in helpers.table(two_people / "participants.tsv")] == ["sub-011"]

    monkeypatch.undo()
    assert forget(two_people, "01").failed == ()
    assert not source.exists()


def test_a_list_that_cannot_be_read_does_not_keep_a_face(two_people: Path) -> None:
    (two_people / "participants.tsv").write_bytes(b"participant_id;x\nsub-01;\xeb\n")

    result = run("forget", "--dataset", str(two_people), "--participant", "01", "--yes")

    assert result.returncode == 1
    assert "the line in participants.tsv is left" in result.stderr
    assert "run this command again" in result.stderr
    assert not (two_people / "sourcedata" / "sub-01").exists()

    (two_people / "participants.tsv").write_text("participant_id\tx\nsub-01\t1\n")
    assert run("forget", "--dataset", str(two_people), "--participant", "01", "--yes").returncode == 0
    assert (two_people / "participants.tsv").read_text() == "participant_id\tx\n"


def test_descriptions_of_a_couple_no_longer_name_a_deleted_partner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    header = replace(helpers.header(tmp_path / "pictures"), partner="02")
    Recorder.start(data, header, clock=SetClock()).close(complete=True)
    folder = data / "derivatives" / "mimicry" / "courses"
    folder.mkdir(parents=True)
    film = {f"sourcedata/sub-01/{name}/part-01.mp4": "00" for name in ("film", "film-partner")}
    tables = {f"sub-01_task-t_{name}.csv": "00" for name in ("courses", "partner-courses-binned", "couple-lag")}
    content = {"trials": 2, "partner": "02", "film": film, "files": tables}
    described = folder / "sub-01_task-t_courses.json"
    described.write_text(json.dumps(content))
    damaged = folder / "sub-01_task-t_other.json"
    damaged.write_text("{02")
    (folder / "sub-01_task-t_partner-courses-binned.csv").write_text("02")

    assert forget(data, "02").failed == ()

    assert json.loads(described.read_text()) == {
        "trials": 2,
        "film": {"sourcedata/sub-01/film/part-01.mp4": "00"},
        "files": {"sub-01_task-t_courses.csv": "00"},
    }
    assert {file.name for file in folder.iterdir()} == {described.name}


def test_results_outside_of_the_data_set_are_named_and_left(two_people: Path, tmp_path: Path) -> None:
    paper, report = tmp_path / "paper", tmp_path / "report.html"
    paper.mkdir()
    (paper / "sub-01_task-facialmimicry_scores.csv").write_text("")
    (paper / "sub-011_task-facialmimicry_scores.csv").write_text("")
    report.write_text("")
    for place in (paper, report, tmp_path / "gone", two_people / "derivatives/mimicry/tables"):
        note_results(two_people, place)
    note_results(tmp_path / "other", tmp_path)

    first, second = holdings(two_people, "01").to_check

    named = "with sub-01_task-facialmimicry_scores.csv; results of several participants"
    assert first.startswith(f"{paper} has results of this data set outside of it, {named}")
    assert second == f"{report} is a result of this data set outside of it; delete it, or make it again"
    forget(two_people, "01")
    assert (paper / "sub-01_task-facialmimicry_scores.csv").is_file()
