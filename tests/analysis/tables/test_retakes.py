"""Neighbouring camera frames as retakes of an imitation."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest

from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks
from analysis.tables.output_files import derivatives
from analysis.tables.retakes import retake_frames
from experiment.record.session_record import TrialRecord
from experiment.record.sessions import read_sessions
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import Faces, record_session


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two imitations with five frames before and after each key press."""
    dataset = tmp_path_factory.mktemp("retakes") / "data"
    record_session(dataset, targets=("anger", "happiness"), calibration=3, neighbours=5)
    return dataset


def trial(data: Path, *, times_ms: tuple[float, ...] | None = None) -> TrialRecord:
    found = next(one for one in read_sessions(data)[0].trials if one.kind == "experiment")
    if times_ms is None:
        return found
    files = tuple(Path(f"{number}.png") for number in range(len(times_ms)))
    return dataclasses.replace(found, neighbours=files, neighbour_ms=times_ms)


def scores(data: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, str]]:
    done = run(capsys, "tables", data, "--metric", "units", "--metric", "pooled", *options)
    assert (done.status, done.err) == (0, "")
    with (derivatives(data) / "tables" / "sub-01_task-facialmimicry_scores.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_times_of_neighbours_count_from_the_frame_of_the_trial(data: Path) -> None:
    times_ms = trial(data).neighbour_ms

    assert sorted(times_ms) == pytest.approx([1000 * k / 30 for k in range(-5, 6) if k], abs=0.01)


def test_four_neighbours_within_150_ms_are_measured_in_order_of_time(data: Path) -> None:
    found = retake_frames(trial(data))

    assert [file.name for file in found] == ["before-04.png", "before-02.png", "after-02.png", "after-04.png"]


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [
        ((-500.0, -160.0, 230.0), []),
        ((-66.0, 66.0), ["0.png", "1.png"]),
        ((10.0, 20.0, 30.0), []),  # too near: their noise may be the same
        ((100.0,), ["0.png"]),  # near two times, but it is one frame
    ],
)
def test_a_slow_camera_has_fewer_and_far_frames_are_not_used(
    data: Path, times_ms: tuple[float, ...], expected: list[str]
) -> None:
    assert [file.name for file in retake_frames(trial(data, times_ms=times_ms))] == expected


def test_frames_that_scatter_more_than_pictures_do_widen_the_interval_and_leave_the_score(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faces = Faces(load_model(), noise_px=0.3)
    monkeypatch.setattr(picture_landmarks, "detect_face", faces.detect)
    plain = scores(data, capsys)
    faces.neighbour_px = 3.0  # of 50 px between the eyes; the frames of the trials are kept without this noise
    noisy = scores(data, capsys, "--retakes")
    again = scores(data, capsys, "--retakes")

    assert again == noisy
    assert all("retake_sd" not in row for row in plain)
    wider = 0
    for before, after in zip(plain, noisy, strict=True):
        assert after["score"] == before["score"]
        assert after["likelihood_ratio"] == before["likelihood_ratio"]
        if before["score_low"] == "":
            assert after == before | {"retake_sd": ""}
            continue
        assert float(after["score_low"]) <= float(before["score_low"])
        assert float(after["score_high"]) >= float(before["score_high"])
        assert (after["retake_sd"] == "") == (after["metric"] == "pooled")
        wider += float(after["score_low"]) < float(before["score_low"])
    assert wider > 0
    notes = {
        name: derivatives(data) / "tables" / f"sub-01_task-facialmimicry_metric-{name}_table.md"
        for name in ("units", "pooled")
    }
    assert "Neighbouring camera frames of 2 of 2 imitations were measured" in notes["units"].read_text()
    assert "wide (median of" in notes["pooled"].read_text()
    assert "Neighbouring camera frames" not in notes["pooled"].read_text()
    dictionary = derivatives(data) / "tables" / "sub-01_task-facialmimicry_scores.json"
    assert "from one camera frame to the next" in json.loads(dictionary.read_text())["retake_sd"]["Description"]


def test_a_neighbour_without_a_face_or_with_a_changed_file_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    record_session(data, targets=("anger",), trials=("anger",), calibration=3, neighbours=2)
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model(), neighbour_px=1.0).detect)
    # Two frames on each side: those at 67 ms are near a time to measure, and the one at 33 ms is not the nearest.
    kept = [file for file in retake_frames(trial(data)) if file.name.startswith("after")]
    kept[0].write_bytes(kept[0].read_bytes() + b" ")

    (row, *_) = scores(data, capsys, "--retakes")

    assert row.get("retake_sd", "") == ""  # one neighbour is left: too few
    about = (derivatives(data) / "tables" / "sub-01_task-facialmimicry_metric-units_table.md").read_text()
    assert "Neighbouring camera frames of 0 of 1 imitations were measured" in about
    assert row["score"] != ""
