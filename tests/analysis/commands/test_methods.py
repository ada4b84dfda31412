"""``report --methods``: every number in the text is one of the record."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks
from tests.analysis.face.toy import toy_model
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import Faces, record_session


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sessions and a pilot session; one trial timed out, one frame has no face."""
    write_npz(dataclasses.replace(toy_model(), name="toy"), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("analysis.face.models.registry.DEFAULT_MODEL", "toy")
    faces = Faces(load_model("toy"), noise_px=0.3)
    faces.refused["anger-2"] = "no-face"
    monkeypatch.setattr(picture_landmarks, "detect_face", faces.detect)
    targets = ("anger", "happiness", "sadness")
    record_session(tmp_path / "data", targets=targets, outcomes={"sadness": "timeout"}, trials=(*targets, "anger"))
    record_session(tmp_path / "data", participant="02", targets=targets, complete=False)
    record_session(tmp_path / "data", participant="03", targets=targets, pilot=True)
    return tmp_path / "data"


def test_the_paragraphs_state_what_the_record_has(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "report", dataset, "--methods", "--metric", "units")

    assert done.status == 0
    titles = re.findall(r"\*\*(.+?)\.\*\*", done.out)
    assert titles == [
        "Participants and design",
        "Display",
        "Timing",
        "Camera",
        "Measurement",
        "Exclusions",
        "Software",
    ]
    for fact in (
        "2 sessions of 2 participants",
        "1 session ended before the last step",
        "1 pilot session not counted",
        "facial-mimicry (SHA-256 5f5f5f5f5f5f...)",
        "Trials: 2 practice, 7 experiment",
        "3 target faces; random orders used seed 7",
        "The program's verdict on the display was: locked",
        "9 of 9 trials passed the timing criteria",
        "was 5.0 ms from it (median; at most 5.0 ms)",
        "A neutral baseline of 5 frames",
        "metric units",
        "2 trials excluded (timeout 1, no-face 1); 5 trials entered the tables",
        "commit",
    ):
        assert fact in done.out
    assert "viewing distance" not in done.out, "the record does not have it"
    assert not (dataset / "derivatives/mimicry/report.html").exists()


def test_the_paragraphs_can_be_a_file(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "report", dataset, "--methods", "--metric", "units", "--out", tmp_path / "methods.md")

    assert done.out == f"methods: {tmp_path / 'methods.md'}\n"
    assert (tmp_path / "methods.md").read_text().startswith("**Participants and design.** The data set has 2 sessions")
