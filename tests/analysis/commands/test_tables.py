from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.cli import main
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.tables import output_files, picture_landmarks
from tests.analysis.face.toy import toy_model
from tests.analysis.running import Finished, run
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.conftest import shared_path
from tests.experiment.record.helpers import validate

BASE = "sub-01_task-facialmimicry"


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faces:
    """Faces of a model so small that a fit costs nothing; it is the default model."""
    write_npz(dataclasses.replace(toy_model(), name="toy"), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("analysis.face.models.registry.DEFAULT_MODEL", "toy")
    made = Faces(load_model("toy"), noise_px=0.3)
    monkeypatch.setattr(picture_landmarks, "detect_face", made.detect)
    return made


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return tmp_path / "data"


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["target"]: row for row in csv.DictReader(file)}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of the published design: six targets imitated once by one calibrated participant; the model that ships."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_landmarks, "detect_face", Faces(load_model(), noise_px=0.3).detect)
        dataset = tmp_path_factory.mktemp("published") / "data"
        record_session(dataset)
        options = ["--metric", "units", "--metric", "points", "--figures"]
        patch.setattr("sys.argv", ["analysis", "tables", str(dataset), *options])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0
    return dataset  # out of the context: the other tests of this file have their own detector


class TestThePublishedDesign:
    def test_there_is_a_table_for_ours_and_for_the_published_metric(self, made: Path) -> None:
        folder = made / "derivatives" / "mimicry" / "tables"
        for metric in ("units", "points"):
            for kind in ("csv", "md", "tex", "png", "svg", "json"):
                assert (folder / f"{BASE}_metric-{metric}_table.{kind}").stat().st_size > 100

    def test_rows_and_columns_are_the_targets_in_one_order(self, made: Path) -> None:
        lines = rows(made / "derivatives/mimicry/tables" / f"{BASE}_metric-units_table.csv")
        assert list(lines[0]) == ["target", *EMOTIONS]
        assert [line["target"] for line in lines] == list(EMOTIONS)

    def test_every_mimic_scores_highest_on_its_own_target(self, made: Path) -> None:
        cells = table(made / "derivatives/mimicry/tables" / f"{BASE}_metric-units_table.csv")
        for mimic in EMOTIONS:
            column = {target: float(cells[target][mimic]) for target in EMOTIONS}
            assert max(column, key=lambda target: column[target]) == mimic

    def test_cells_can_be_traced_to_frames_hashes_landmarks_and_seed(self, made: Path) -> None:
        folder = made / "derivatives" / "mimicry" / "tables"
        score = next(
            row
            for row in rows(folder / f"{BASE}_scores.csv")
            if (row["metric"], row["trial_id"], row["target"]) == ("units", "fear", "anger")
        )
        assert score["score"] == table(folder / f"{BASE}_metric-units_table.csv")["anger"]["fear"]
        assert (score["participant"], score["block"], score["condition_emotion"]) == ("01", "mimicry", "fear")
        assert score["rating_effort"] == str(1 + EMOTIONS.index("fear"))
        assert float(score["response_time_s"]) == pytest.approx(2.0 + 0.1 * (1 + EMOTIONS.index("fear")))
        measured = next(row for row in rows(folder / f"{BASE}_measurements.csv") if row["id"] == "fear")
        assert measured["role"] == "trial"
        frame = made / measured["file"]
        assert frame.is_file()
        assert measured["sha256"] == output_files.sha256_of(frame)
        assert 50 < float(measured["x68_px"]) < 600
        assert abs(float(measured["distance_mm"]) - 550) < 30
        assert 0.3 < float(measured["emotion_fear"]) <= 1
        about = json.loads((folder / f"{BASE}_metric-units_table.json").read_text())
        assert about["provenance"]["seed"] == 7
        assert about["provenance"]["pictures"][measured["file"]] == measured["sha256"]
        assert about["provenance"]["program"]["numpy"] == np.__version__
        texts = {"emotion_responses.txt", "strengths.json", "uncertainty.json"}
        learned = {"landmarks.npz", "looks.npz", "parts.npz", "turns.npz", *texts}
        assert set(about["provenance"]["learned"]) == learned
        assert about["provenance"]["session"]["protocol_sha256"] == "5f" * 32

    def test_the_verdict_names_metric_mask_model_and_calibration(self, made: Path) -> None:
        summary = (made / "derivatives/mimicry/tables/summary.md").read_text()
        assert "metric points (Pearson's r of the 3D points of both faces (published); mask all, axes xyz;" in summary
        assert "model makehuman; neutral calibration)" in summary
        assert '"> 0.98 / < 0.94" does not hold' in summary
        lines = rows(made / "derivatives/mimicry/tables/summary.csv")
        assert [(line["metric"], line["rank1"]) for line in lines if line["metric"] == "units"] == [("units", "1.0")]

    def test_the_official_validator_accepts_the_data_set_with_its_derivatives(self, made: Path) -> None:
        errors, _ = validate(made)
        assert errors == []


def test_repeated_trials_are_averaged_and_a_note_reports_it(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=EMOTIONS[:3], trials=("anger", "anger", "anger", "fear", "disgust"))

    done = run(capsys, "tables", dataset, "--metric", "units")

    assert "means over repeated trials of a target (anger 3, disgust 1, fear 1)" in done.out
    folder = dataset / "derivatives" / "mimicry" / "tables"
    takes = [
        float(row["score"])
        for row in rows(folder / f"{BASE}_scores.csv")
        if (row["mimic"], row["target"]) == ("anger", "disgust")
    ]
    assert len(set(takes)) == 3
    cell = float(table(folder / f"{BASE}_metric-units_table.csv")["disgust"]["anger"])
    assert cell == pytest.approx(sum(takes) / 3)
    assert not (folder / f"{BASE}_metric-points_table.csv").exists()


def test_exclusions_are_listed_with_their_reasons(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faces.refused |= {"sadness": "several-faces", "surprise-2": "blurred"}
    trials = ("anger", "disgust", "fear", "happiness", "surprise", "surprise")
    record_session(
        dataset,
        targets=("anger", "disgust", "fear", "happiness", "surprise"),
        trials=trials,
        outcomes={"fear": "timeout", "happiness": "aborted"},
    )
    faces.refused["disgust"] = "no-face"  # the target and its mimic alike

    done = run(capsys, "tables", dataset, "--metric", "units")

    assert done.status == 0
    folder = dataset / "derivatives" / "mimicry" / "tables"
    excluded = {row["what"]: row["reason"] for row in rows(folder / f"{BASE}_exclusions.csv")}
    assert excluded == {
        "target disgust": "no-face",
        "trial disgust": "no-face",
        "trial fear": "timeout",
        "trial happiness": "aborted",
        "trial surprise-2": "blurred",
    }
    for what in excluded:
        assert f"excluded: {what} (" in done.out
    cells = table(folder / f"{BASE}_metric-units_table.csv")
    assert cells["anger"]["fear"] == ""
    assert set(cells["disgust"].values()) == {"disgust", ""}
    assert cells["surprise"]["surprise"] != ""
    assert '"> 0.98 / < 0.94" cannot be said, cells are missing' in done.out


def test_a_session_without_neutral_frames_has_a_note(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, calibration=0, target_neutral=False)
    done = run(capsys, "tables", dataset, "--metric", "units")
    assert done.status == 0
    assert "no calibration, each picture alone" in done.out
    assert "each mimic is measured alone" in done.out
    assert "Targets without a neutral picture are each measured alone" in done.out


def test_pilot_and_unfinished_sessions_are_marked(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, session="a", pilot=True, complete=False, targets=EMOTIONS[:2])
    done = run(capsys, "tables", dataset, "--metric", "units")
    assert "This is a pilot session; it does not count." in done.out
    assert "The session was not finished" in done.out
    assert (dataset / "derivatives/mimicry/tables/sub-01_ses-a_task-facialmimicry_metric-units_table.csv").is_file()


def test_a_participant_without_a_detected_face_has_an_empty_table(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=EMOTIONS[:2])
    faces.refused |= {"neutral": "no-face", "anger": "no-face", "disgust": "no-face"}
    done = run(capsys, "tables", dataset, "--metric", "units")
    assert done.status == 0
    assert "Not one picture of the participant can be measured." in done.out
    assert "too few mimics could be measured" in done.out


def test_pictures_are_detected_once_and_tables_are_reproduced(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=EMOTIONS[:3])
    run(capsys, "tables", dataset, "--metric", "units")
    folder = dataset / "derivatives" / "mimicry" / "tables"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    detections = len(faces.detected)
    assert detections == 5 + 3 + 3 + 1, "calibration frames, trials, targets and the neutral target, no practice trial"

    run(capsys, "tables", dataset, "--metric", "units")

    assert len(faces.detected) == detections
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_metric_can_be_given_twice_and_out_selects_the_folder(
    faces: Faces, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=EMOTIONS[:2])
    out = tmp_path / "paper"
    done = run(capsys, "tables", dataset, "--metric", "emotions", "--metric", "points:mobile:mean", "--out", out)
    assert done.status == 0
    names = {path.name for path in out.glob("*_table.csv")}
    assert names == {f"{BASE}_metric-emotions_table.csv", f"{BASE}_metric-pointsMobileMean_table.csv"}
    assert not (dataset / "derivatives/mimicry/tables").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/nowhere"], "no data set at /nowhere"),
        ([".", "--metric", "best"], "unknown metric 'best'"),
        ([".", "--model", "best"], "no face model is called 'best'"),
    ],
)
def test_impossible_options_are_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    done = run(capsys, "tables", *arguments)
    assert done.status == 1
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.slow
def test_real_photographs_become_a_table(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Person 002 "imitates" two pictures of person 001, one of them a smile; one frame is black."""
    import cv2

    def photograph(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        person = "001" if name.startswith("target") else "002"
        shown = "smiling" if "happiness" in name else "neutral"
        if name == "01-happiness-2":
            return np.zeros((480, 640, 3), np.uint8)
        image = cv2.imread(str(shared_path(f"faces/london/{person}_{shown}.jpg")))
        assert image is not None
        return np.asarray(image[:, :, ::-1], dtype=np.uint8)

    record_session(
        dataset,
        targets=("happiness", "sadness"),
        trials=("happiness", "happiness", "sadness"),
        calibration=2,
        pictures=photograph,
    )

    done: Finished = run(capsys, "tables", dataset, "--metric", "units", "--jobs", "2")

    assert done.status == 0, done.err
    assert "excluded: trial happiness-2 (no-face)" in done.out, done.out
    cells = table(dataset / "derivatives/mimicry/tables" / f"{BASE}_metric-units_table.csv")
    assert "excluded: target sadness (below-noise-floor): the expression, 0." in done.out, done.out
    assert float(cells["happiness"]["happiness"]) > 0
    assert set(cells["sadness"].values()) == {"sadness", ""}


def test_a_session_of_practice_alone_has_no_table(
    faces: Faces, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, trials=())
    done = run(capsys, "tables", dataset, "--metric", "units")
    assert done.status == 0
    assert "sub-01: This session has no experiment trial" in done.out
    assert not list((dataset / "derivatives/mimicry/tables").glob("*_table.*"))
