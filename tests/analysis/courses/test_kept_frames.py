"""Trials without film: the frames kept around the key press, and what was measured live."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.figures.course_reading import read_trials
from analysis.courses.filmed_trials import filmed_trials, session_place_of
from analysis.courses.live_courses import LiveFrame, LiveSession, LiveTrial, live_notes, live_session
from analysis.face.models.registry import load_model
from experiment.record.deletion import forget
from experiment.record.journal_lines import ExclusionLine, LiveCalibrationLine
from experiment.record.remarks import add_remark
from experiment.record.sessions import read_sessions
from tests.analysis.courses.filmed_session import BEFORE, RATE_HZ, FilmedSession, face
from tests.analysis.running import run

AFTER = 2
KEPT = 5


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filmed trial, a key press with five pictures, and a training trial that was also measured live."""
    dataset = tmp_path_factory.mktemp("kept") / "data"
    session = FilmedSession(dataset)
    rest, smile = face("neutral"), face("happiness")
    session.trial("watched", [rest] * (BEFORE + 12))
    session.pressed("pressed", [rest, smile, np.full_like(rest, 90), smile, smile], after=AFTER)
    session.pressed("trained", [smile], after=0, kind="training", measured=[0.25, None, 0.75])
    session.close()
    return dataset


@pytest.fixture(scope="module")
def made(recorded: Path) -> Path:
    """The same data set after `courses`."""
    dataset = recorded.parent / "made"
    shutil.copytree(recorded, dataset)
    return dataset


@pytest.fixture(scope="module")
def folder(made: Path) -> Path:
    return made / "derivatives" / "mimicry" / "courses"


@pytest.fixture(autouse=True)
def _measured(made: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not folder.exists():
        done = run(capsys, "courses", made, "--bins", "100")
        assert done.status == 0, done.err
        assert "2 of 3 trials are not filmed: they have the frames kept around the key press" in done.out


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"sub-01_task-watching_{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_frames_around_a_key_press_are_rows_with_their_times(folder: Path) -> None:
    rows = [row for row in table(folder, "courses") if row["trial_id"] == "pressed"]

    assert [float(row["time_s"]) for row in rows] == pytest.approx(
        [1.0 + (number - KEPT + 1 + AFTER) / RATE_HZ for number in range(KEPT)], abs=2e-6
    )
    assert {(row["source"], row["kind"], row["neutral"]) for row in rows} == {("frames", "experiment", "calibration")}
    assert [row["reason"] for row in rows] == ["", "", "no-face", "", ""]
    smile = [float(row["unit_mouthSmileLeft"]) for row in rows if row["used"] == "1"]
    assert smile[0] < 0.05
    assert min(smile[1:]) > 0.3
    assert float(rows[1]["similarity"]) > 0.9
    assert rows[3]["similarity"] == ""  # the target was gone
    numbers = [int(row["frame_index"]) for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + KEPT))
    assert {row["source"] for row in table(folder, "courses") if row["trial_id"] == "watched"} == {"film"}


def test_every_row_with_a_face_states_how_well_it_can_be_measured(folder: Path) -> None:
    rows = [row for row in table(folder, "courses") if row["trial_id"] == "pressed"]

    assert {row["eye_distance_px"] for row in rows if row["reason"] == "no-face"} == {""}
    for row in (one for one in rows if not one["reason"]):
        assert 40 < float(row["eye_distance_px"]) < 120
        assert 0.2 < float(row["blur"]) < 0.66
        assert 0.0 < float(row["landmark_scatter_px"]) < 5.0
        assert 0.0 < float(row["fit_error"]) < 0.12
        assert float(row["detection_score"]) > 0.0


def test_without_a_baseline_there_are_no_indices_and_the_reason_is_given(folder: Path) -> None:
    rows = [row for row in table(folder, "indices") if row["trial_id"] == "pressed"]
    filmed = [row for row in table(folder, "indices") if row["trial_id"] == "watched"]
    lags = {row["trial_id"]: row for row in table(folder, "lag")}

    assert {row["measure"] for row in rows} == {row["measure"] for row in filmed}
    assert {row["reason"] for row in rows} == {"no-baseline"}
    assert {row[name] for row in rows for name in ("baseline", "onset_s", "peak", "area", "lag_s")} == {""}
    assert {(row["frames"], row["left_out"]) for row in rows} == {("4", "1")}
    assert {row["reason"] for row in filmed if row["measure"] == "mouthSmile"} == {""}
    assert lags["pressed"]["reason"] == "no-baseline"


def test_the_description_counts_trials_by_source_and_has_the_hashes_of_the_pictures(folder: Path) -> None:
    about = json.loads((folder / "sub-01_task-watching_courses.json").read_text("utf-8"))

    assert about["sources"] == {"film": 1, "frames": 2}
    assert len(about["frames"]) == KEPT + 1
    assert (about["live_trials"], about["derived"]) == (1, {"long": False, "bins_ms": 100})


def test_live_measurements_have_a_table_of_their_own(folder: Path) -> None:
    wide, live = table(folder, "courses"), table(folder, "live-courses")

    assert "live" not in {row["source"] for row in wide}
    assert set(wide[0]) <= set(live[0])
    assert [float(row["time_s"]) for row in live] == pytest.approx([0.1, 0.2, 0.3], abs=2e-6)
    assert {(row["trial_id"], row["kind"], row["source"], row["neutral"]) for row in live} == {
        ("trained", "training", "live", "calibration")
    }
    assert [row["similarity"] for row in live] == ["0.25000", "", "0.75000"]
    assert [row["reason"] for row in live] == ["", "no-face", ""]
    assert [row["unit_jawOpen"] for row in live] == ["0.25000", "", "0.25000"]
    assert [row["emotion_anger"] for row in live] == ["0.00000", "", "0.00000"]
    assert [row["intensity"] for row in live] == ["0.50000", "", "0.50000"]
    assert live[0]["hint"] == "mouthSmile +0.40"
    assert {row["yaw_deg"] for row in live} == {""}
    (first, *_) = table(folder, "live-courses-binned")
    assert (first["source"], first["begin_s"], first["frames"]) == ("live", "0.100", "1")


@pytest.mark.parametrize(("given", "neutral"), [(False, "none"), (True, "calibration")])
def test_live_measurements_after_resume_say_whether_they_had_the_face_at_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: bool, neutral: str
) -> None:
    session = FilmedSession(tmp_path / "data", calibration=1)
    session.close(complete=False)
    resumed = FilmedSession(tmp_path / "data", calibration=0, resumed_s=50.0)
    if given:
        resumed.recorder.write(LiveCalibrationLine("baseline"))
    grey = np.full((64, 64, 3), 90, np.uint8)
    resumed.pressed("trained", [grey], after=0, kind="training", measured=[0.5])
    resumed.close()

    done = run(capsys, "courses", tmp_path / "data", "--out", tmp_path / "out")

    assert done.status == 0, done.err
    assert {row["neutral"] for row in table(tmp_path / "out", "live-courses")} == {neutral}
    assert ("1 of 1 trials were measured live without a face at rest" in done.out) is not given


def test_pictures_that_are_missing_or_changed_are_not_measured(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "data"
    shutil.copytree(recorded, dataset)
    (frames,) = (dataset / "sourcedata" / "sub-01" / "frames").glob("*pressed*")
    (frames / "key.png").unlink()
    edited = frames / "after-01.png"
    edited.write_bytes(edited.read_bytes() + b" ")

    done = run(capsys, "courses", dataset)

    assert done.status == 0, done.err
    rows = table(dataset / "derivatives" / "mimicry" / "courses", "courses")
    found = {row["time_s"]: row["reason"] for row in rows if row["trial_id"] == "pressed"}
    assert list(found.values()) == ["", "", "lost-file", "changed-file", ""]


def test_figures_draw_filmed_trials_only(made: Path, folder: Path) -> None:
    (record,) = read_sessions(made)

    assert [one.trial.id for one in read_trials(record, folder, ["mouthSmile"])] == ["watched"]


def test_live_units_of_another_face_model_are_left_out() -> None:
    model = load_model()
    frame = LiveFrame(0, 0.1, "", 0.5, 0.5, (0.1, 0.2), (0.0,) * 6, "")

    (note,) = live_notes(LiveSession((LiveTrial(None, "calibration", (frame,)),)), model)  # type: ignore[arg-type]

    assert note.startswith("live measurements have 2 units, the face model")


@pytest.mark.parametrize(
    ("damage", "reason", "message"),
    [
        ("video missing", "missing-file", "part-01.mp4 of the film is missing; restore it from a copy"),
        ("video cut", "changed-file", "part-01.mp4 is not the film that was recorded"),
        ("table missing", "missing-file", "part-01_frames.tsv of the film is missing"),
    ],
)
def test_a_damaged_film_is_named_and_its_trials_are_not_replaced_by_pictures(
    recorded: Path, tmp_path: Path, damage: str, reason: str, message: str
) -> None:
    dataset = tmp_path / "data"
    shutil.copytree(recorded, dataset)
    film = dataset / "sourcedata" / "sub-01" / "film"
    if damage == "video cut":
        (film / "part-01.mp4").write_bytes((film / "part-01.mp4").read_bytes()[:200])
    else:
        (film / f"part-01{'.mp4' if damage == 'video missing' else '_frames.tsv'}").unlink()

    (record,) = read_sessions(dataset)
    found, left_out = filmed_trials(record, session_place_of(record, dataset), frames=True)

    assert [(one.trial.id, one.source) for one in found] == [("pressed", "frames"), ("trained", "frames")]
    assert [(one.trial.id, one.reason) for one in left_out] == [("watched", reason)]
    assert message in left_out[0].message


@pytest.mark.parametrize("event", ["trial", "feedback", "calibration"])
def test_a_line_of_the_journal_that_was_changed_is_noticed_by_the_next_run(
    made: Path, tmp_path: Path, event: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also if later lines are as they were."""
    dataset = tmp_path / "data"
    shutil.copytree(made, dataset)
    journal = dataset / "sourcedata" / "sub-01" / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if f'"event":"{event}"' in line)
    lines[number] = lines[number].replace('"time_s":1', '"time_s":2', 1)
    journal.write_text("".join(lines))

    done = run(capsys, "courses", dataset, "--bins", "100")

    assert done.status == 0, done.err
    assert "unchanged" not in done.out
    folder = dataset / "derivatives" / "mimicry" / "courses"
    if event == "trial":
        assert "watched" not in {row["trial_id"] for row in table(folder, "courses")}
        assert "left out: trial watched (changed-line)" in done.out
    elif event == "feedback":
        assert not (folder / "sub-01_task-watching_live-courses.csv").exists()
        assert "left out: 1 line of live measurements in the journal" in done.out
    else:
        assert {row["neutral"] for row in table(folder, "courses")} == {"baseline", "none"}


def test_a_partner_who_was_deleted_is_in_no_result_of_the_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither directly after the deletion, nor after the courses were measured again."""
    dataset, grey = tmp_path / "data", np.full((64, 64, 3), 90, np.uint8)
    session = FilmedSession(dataset, calibration=1, partner="second77")
    session.trial("watched", [grey] * (BEFORE + 8))
    session.pressed("pressed", [grey], after=0)
    session.close()

    def naming() -> set[str]:
        files = (file for file in (dataset / "derivatives").rglob("*") if file.is_file())
        return {file.name.rpartition("_")[2] for file in files if b"second77" in file.read_bytes()}

    assert run(capsys, "courses", dataset, "--bins", "500").status == 0
    assert {"courses.json", "partner-courses.csv", "partner-courses-binned.csv", "couple-lag.csv"} <= naming()

    assert forget(dataset, "second77").failed == ()
    assert naming() == set()
    assert run(capsys, "courses", dataset, "--bins", "500").status == 0
    assert naming() == set()
    assert {row["source"] for row in table(dataset / "derivatives" / "mimicry" / "courses", "courses")} == {"frames"}


def test_trials_that_the_experimenter_excluded_are_left_out_with_the_reason(made: Path, tmp_path: Path) -> None:
    dataset = Path(shutil.copytree(made, tmp_path / "data"))
    (record,) = read_sessions(dataset)
    place = session_place_of(record, dataset)
    for trial in ("watched", "trained"):
        add_remark(place, ExclusionLine("the lamp fell", "trial", trial))
    (record,) = read_sessions(dataset)

    found, left_out = filmed_trials(record, place, frames=True)

    assert [one.trial.id for one in found] == ["pressed"]
    message = "the experimenter excluded it: the lamp fell"
    assert [(one.trial.id, one.reason, one.message) for one in left_out] == [
        ("watched", "excluded", message),
        ("trained", "excluded", message),
    ]
    assert live_session(record, place).trials == ()
    drawn = read_trials(record, dataset / "derivatives" / "mimicry" / "courses", ["similarity"])
    assert "watched" not in [one.trial.id for one in drawn]
