"""``courses``: the faces of filmed trials, frame by frame."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.courses import measured_courses
from analysis.courses.course_files import CourseOptions, condition_column
from analysis.courses.derived_tables import DerivedTables
from analysis.courses.filmed_trials import filmed_trials, session_place_of
from analysis.courses.frames import find_faces
from analysis.courses.measured_courses import SessionResult, filmed_sessions, measure_sessions
from analysis.courses.target_course import TargetCourse
from analysis.courses.trial_course import TrialCourse, TrialTask
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from experiment.record.sessions import read_sessions
from tests.analysis.courses.filmed_session import BEFORE, RATE_HZ, FilmedSession, face
from tests.analysis.running import run

REST, SMILE = 8, 12
"""Frames of the face at rest after the onset, and of the smile."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person who smiles during the target; one frame is lost and one shows no face."""
    dataset = tmp_path_factory.mktemp("courses") / "data"
    session = FilmedSession(dataset)
    rest, smile = face("neutral"), face("happiness")
    no_face = np.full_like(rest, 90)
    session.trial("smile-1", [rest] * 4, outcome="aborted")
    session.trial("smile-1", [rest] * (BEFORE + REST) + [smile] * SMILE + [None, no_face] + [rest] * 3)
    session.trial("smile-2", [rest] * (BEFORE + 12))
    session.close()
    return dataset


@pytest.fixture(scope="module")
def made(recorded: Path) -> Path:
    """Its courses."""
    folder = recorded.parent / "made"
    list(measure(recorded, folder, long=True))
    return folder


def measure(dataset: Path, folder: Path, *, jobs: int = 1, long: bool = False) -> Iterator[SessionResult]:
    sessions = filmed_sessions(read_sessions(dataset), dataset, load_model())
    return measure_sessions(
        sessions, DEFAULT_MODEL, folder=folder, jobs=jobs, options=CourseOptions(DerivedTables(long))
    )


def table(folder: Path, suffix: str) -> list[dict[str, str]]:
    (file,) = folder.glob(f"sub-01_task-watching_{suffix}.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_frame_of_a_trial_is_a_row_with_its_time_its_face_or_the_reason(made: Path) -> None:
    rows = [row for row in table(made, "courses") if row["trial_id"] == "smile-1"]

    assert len(rows) == BEFORE + REST + SMILE + 5  # the aborted attempt is left out
    timed = [(number, float(row["time_s"])) for number, row in enumerate(rows) if row["time_s"]]
    assert all(time_s == pytest.approx((number - BEFORE) / RATE_HZ, abs=2e-6) for number, time_s in timed)
    assert [row["reason"] for row in rows if row["used"] == "0"] == ["lost-camera", "no-face"]
    assert rows[BEFORE + REST + SMILE]["time_s"] == ""
    assert rows[BEFORE + REST + SMILE + 1]["unit_mouthSmileLeft"] == ""
    assert {row["neutral"] for row in rows} == {"calibration"}
    smile = [float(row["unit_mouthSmileLeft"]) for row in rows if row["used"] == "1"]
    assert max(smile[: BEFORE + REST - 1]) < 0.05
    assert min(smile[BEFORE + REST + 1 : BEFORE + REST + SMILE]) > 0.3
    assert rows[BEFORE + REST + 4]["emotion_happiness"] > "0.3"
    assert abs(float(rows[0]["yaw_deg"])) < 10


def test_similarity_is_given_while_the_target_is_shown_and_the_face_differs_from_rest(made: Path) -> None:
    rows = [row for row in table(made, "courses") if row["trial_id"] == "smile-1"]

    given = [number for number, row in enumerate(rows) if row["similarity"]]
    assert set(given) <= set(range(BEFORE + REST, BEFORE + REST + SMILE))
    assert len(given) >= SMILE - 1
    assert min(float(rows[number]["similarity"]) for number in given[2:]) > 0.9


def test_the_indices_of_a_smile_and_of_a_face_at_rest(made: Path) -> None:
    found = {(row["trial_id"], row["measure"]): row for row in table(made, "indices")}

    smile, rest = found["smile-1", "mouthSmile"], found["smile-2", "mouthSmile"]
    assert float(smile["onset_s"]) == pytest.approx(REST / RATE_HZ, abs=2.5 / RATE_HZ)  # two pictures, without a rise
    assert float(smile["peak"]) > 0.3
    assert (smile["frames"], smile["left_out"]) == (str(BEFORE + REST + SMILE + 3), "2")
    assert (smile["expression"], smile["group"]) == ("happiness", "a")
    assert float(found["smile-1", "emotion_happiness"]["peak"]) > 0.3
    assert rest["onset_s"] == ""
    assert abs(float(rest["area"])) < 0.02


def test_indices_that_cannot_be_trusted_are_left_out_by_default(made: Path) -> None:
    measures = {row["measure"] for row in table(made, "indices")}

    assert {"mouthSmile", "mouthSmileLeft", "browDownRight", "jawOpen", "emotion_anger"} <= measures
    assert not {"mouthDimple", "mouthPressLeft", "noseSneer", "eyeBlink"} & measures


def test_the_long_table_has_the_values_of_the_wide_one(made: Path) -> None:
    wide = {(row["trial_id"], row["frame_index"]): row for row in table(made, "courses")}
    long = table(made, "courses-long")

    assert len(long) == len(wide) * (1 + 43 + 6 + 6)
    assert all(wide[row["trial_id"], row["frame_index"]][row["measure"]] == row["value"] for row in long)


def test_the_provenance_names_film_neutral_frames_and_model(made: Path) -> None:
    (file,) = made.glob("*_courses.json")
    about = json.loads(file.read_text("utf-8"))

    assert about["neutral"] == {"calibration": 2}
    assert "minimum-jerk" in about["indices"]["onset"]
    assert about["left_out_frames"] == {"lost-camera": 1, "no-face": 1}
    assert set(about["film"]) == {f"sourcedata/sub-01/film/part-01{end}" for end in (".mp4", "_frames.tsv")}
    assert len(about["pictures"]) == 3
    assert about["model"]["name"] == DEFAULT_MODEL


def test_an_interval_that_is_measured_alone_has_the_numbers_of_the_whole_film(recorded: Path) -> None:
    (record,) = read_sessions(recorded)
    (first, _), _ = filmed_trials(record, session_place_of(record, recorded))
    rows = [row for row in first.part.rows if not row.is_lost]

    whole = {face.row.index: face for face in find_faces(first.part, rows)}
    for begin, end in ((7, 9), (33, 36), (45, 50)):  # within a stretch between anchors, and across one
        for alone in find_faces(first.part, rows[begin:end]):
            same = whole[alone.row.index]
            assert alone.reason == same.reason
            if alone.landmarks is not None and same.landmarks is not None:
                assert np.array_equal(alone.landmarks.points_px, same.landmarks.points_px)


@pytest.mark.slow  # starts processes
def test_several_processes_write_the_same_bytes(recorded: Path, made: Path, tmp_path: Path) -> None:
    list(measure(recorded, tmp_path, jobs=2, long=True))

    names = sorted(file.name for file in made.glob("sub-*"))
    assert names == sorted(file.name for file in tmp_path.glob("sub-*"))
    for name in names:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name


def test_an_unchanged_session_is_not_measured_again_and_a_changed_one_is(
    recorded: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []

    def note(task: TrialTask) -> TrialCourse:
        measured.append(task.filmed.trial.id)
        return TrialCourse(task.filmed, (), "calibration")

    monkeypatch.setattr(measured_courses, "measure_trial", note)
    dataset, folder = tmp_path / "data", tmp_path / "out"
    shutil.copytree(recorded, dataset)
    shutil.copytree(made, folder)

    (result,) = measure(dataset, folder, long=True)
    assert (measured, result.is_new) == ([], False)
    assert {file.name for file in result.files} == {file.name for file in made.glob("sub-*")}

    (folder / "sub-01_task-watching_indices.csv").write_text("edited")
    list(measure(dataset, folder, long=True))
    assert measured == ["smile-1", "smile-2"]

    assert [result.is_new for result in measure(dataset, folder, long=True)] == [False]
    neutral = next((dataset / "sourcedata" / "sub-01" / "frames").glob("*baseline*/*.png"))
    neutral.write_bytes(neutral.read_bytes() + b" ")
    assert [result.is_new for result in measure(dataset, folder, long=True)] == [True]
    assert len(measured) == 4


def test_other_long_or_binned_tables_are_made_without_measuring_again(
    recorded: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measured_courses, "measure_trial", lambda _: pytest.fail("measured again"))
    shutil.copytree(made, tmp_path / "out")
    present = {"courses", "courses-long", "indices", "lag", "lag-pairs", "left-out"}

    def tables(*options: str) -> set[str]:
        done = run(capsys, "courses", recorded, "--out", tmp_path / "out", *options)
        assert done.status == 0, done.err
        assert "unchanged, not measured again" in done.out
        names = {file.stem.rpartition("_")[2] for file in (tmp_path / "out").glob("sub-*.csv")}
        about = json.loads((tmp_path / "out" / "sub-01_task-watching_courses.json").read_text("utf-8"))
        assert {f"sub-01_task-watching_{name}.csv" for name in names} == set(about["files"])
        listed = (tmp_path / "out" / "SHA256SUMS").read_text()
        assert all(f"_{name}.csv" in listed for name in names)
        return names

    assert tables("--long") == present
    assert tables("--bins", "100") == present - {"courses-long"} | {"courses-binned"}
    narrow = table(tmp_path / "out", "courses-binned")
    assert tables("--long", "--bins", "200") == present | {"courses-binned"}
    assert (tmp_path / "out" / "sub-01_task-watching_courses-long.csv").read_bytes() == (
        made / "sub-01_task-watching_courses-long.csv"
    ).read_bytes()
    assert len(table(tmp_path / "out", "courses-binned")) < len(narrow)
    (tmp_path / "out" / "sub-01_task-watching_courses-binned.csv").write_text("edited")
    assert tables("--bins", "100") == present - {"courses-long"} | {"courses-binned"}
    assert table(tmp_path / "out", "courses-binned") == narrow
    assert tables() == present - {"courses-long"}
    (tmp_path / "out" / "sub-01_task-watching_courses-long.csv").write_text("of a run that was killed")
    (tmp_path / "out" / "sub-01_task-watching_mine.csv").write_text("of a person")
    run(capsys, "courses", recorded, "--out", tmp_path / "out")
    assert not (tmp_path / "out" / "sub-01_task-watching_courses-long.csv").exists()
    assert (tmp_path / "out" / "sub-01_task-watching_mine.csv").exists()


def test_a_film_that_was_changed_is_not_measured(recorded: Path, tmp_path: Path) -> None:
    shutil.copytree(recorded, tmp_path / "data")
    film = tmp_path / "data" / "sourcedata" / "sub-01" / "film" / "part-01.mp4"
    film.write_bytes(film.read_bytes() + b" ")

    (session,) = filmed_sessions(read_sessions(tmp_path / "data"), tmp_path / "data", load_model())

    assert session.trials == ()
    assert {(one.trial.id, one.reason) for one in session.left_out} == {
        ("smile-1", "changed-file"),
        ("smile-2", "changed-file"),
    }
    assert "part-01.mp4 is not the film that was recorded" in session.left_out[0].message


def test_without_neutral_frames_the_baseline_of_each_trial_is_the_face_at_rest(tmp_path: Path) -> None:
    session = FilmedSession(tmp_path / "data", calibration=0)
    session.trial("smile-1", [face("neutral")] * BEFORE + [face("happiness")] * 10)
    session.close()

    (result,) = measure(tmp_path / "data", tmp_path / "out")

    rows = table(tmp_path / "out", "courses")
    assert {row["neutral"] for row in rows} == {"baseline"}
    assert result.notes == (
        "1 of 1 trials are compared with their own baseline: the session has no usable neutral frames",
    )
    assert float(rows[BEFORE + 5]["unit_mouthSmileLeft"]) > 0.3
    assert float(rows[3]["unit_mouthSmileLeft"]) < 0.05


def test_the_trials_of_a_resumed_session_are_found_in_the_part_of_their_stretch(tmp_path: Path) -> None:
    """The clock starts again: both parts have frames of the same times, and of one trial id."""
    dataset, grey = tmp_path / "data", np.full((64, 64, 3), 90, np.uint8)
    first = FilmedSession(dataset, calibration=1)
    onset_s = first.trial("smile-1", [grey] * 20)
    first.trial("smile-2", [grey] * 10, outcome="aborted")
    first.close(complete=False)
    second = FilmedSession(dataset, calibration=0, resumed_s=100.0)
    again_s = second.trial("smile-2", [grey] * 25)
    second.close()

    (record,) = read_sessions(dataset)
    trials, left_out = filmed_trials(record, session_place_of(record, dataset))

    assert left_out == []
    assert [(one.trial.id, one.part.files[0].name, len(one.rows)) for one in trials] == [
        ("smile-1", "part-01.mp4", 20),
        ("smile-2", "part-02.mp4", 25),
    ]
    assert [one.onset_s for one in trials] == [onset_s, again_s]
    assert trials[1].time_s(trials[1].rows[BEFORE]) == pytest.approx(0.0, abs=1e-6)


def test_a_moving_target_is_compared_at_the_moment_at_which_each_frame_was_shown() -> None:
    target = TargetCourse(np.array([[0.0], [0.5], [np.nan]]), is_moving=True)
    shown = ((0, 0.0), (1, 0.40), (2, 0.80))

    units = [target.at(time_s, shown, 1.0) for time_s in (-0.1, 0.0, 0.39, 0.41, 0.9, 1.0)]

    assert [None if one is None else one.tolist() for one in units] == [None, [0.0], [0.0], [0.5], None, None]


def test_the_command_lists_its_files_and_names_what_is_left_out(
    recorded: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made, tmp_path / "out")

    done = run(capsys, "courses", recorded, "--out", tmp_path / "out", "--long")

    assert done.status == 0, done.err
    assert "sub-01: 2 trials, unchanged, not measured again" in done.out
    listed = (tmp_path / "out" / "SHA256SUMS").read_text()
    assert "sub-01_task-watching_indices.csv" in listed
    assert (tmp_path / "out" / "sub-01_task-watching_courses.csv").stat().st_mode & 0o077 == 0


def test_a_data_set_without_film_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = FilmedSession(tmp_path / "data", calibration=0)
    session.trial("smile-1", [None] * 20)
    session.close()

    done = run(capsys, "courses", tmp_path / "data")

    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "(it was not filmed, and no frame of a key press was kept); films need `film: true`" in done.err
    shutil.rmtree(tmp_path / "data" / "sourcedata" / "sub-01" / "film")
    assert "can be measured (part-01_frames.tsv of the film is missing" in run(capsys, "courses", tmp_path / "data").err
    assert not (tmp_path / "data" / "derivatives").exists()


def test_a_condition_that_is_called_like_another_column_has_a_column_of_its_own() -> None:
    names = ("group", "peak", "reason", "kind", "lag_s", "others_p")

    columns = [condition_column(name) for name in names]

    assert columns == ["group", *(f"condition_{name}" for name in names[1:])]


def test_a_recording_whose_use_is_withheld_is_not_measured(recorded: Path) -> None:
    (record,) = read_sessions(recorded)
    withheld = replace(record, withheld="the participant was not asked yet whether the recording may be used")

    trials, left_out = filmed_trials(withheld, session_place_of(record, recorded))

    assert trials == []
    assert {one.message for one in left_out} == {withheld.withheld}
