"""The bench of a large study on two people whose pictures are noise; it draws nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.face.models.emotions import EMOTIONS
from experiment.bench.table_study import measuring, recording
from experiment.bench.table_study.recording import DrawnPictures, record_table_study
from experiment.errors import ExperimentError
from experiment.record.sessions import read_sessions


def noise(number: int) -> DrawnPictures:
    rng = np.random.default_rng(number)
    pictures = [rng.integers(0, 256, (24, 32, 3), dtype=np.uint8) for _ in range(16)]
    return DrawnPictures(tuple(pictures[:10]), dict(zip(EMOTIONS, pictures[10:], strict=True)))


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(recording, "_pictures", noise)
    record_table_study(tmp_path / "data", people=3, drawn=2)
    return tmp_path / "data"


def test_participants_share_pictures_and_each_has_a_whole_session(dataset: Path) -> None:
    sessions = read_sessions(dataset)

    assert [session.participant for session in sessions] == ["0001", "0002", "0003"]
    assert all(session.complete and len(session.calibration_frames) == 10 for session in sessions)
    for session in sessions:
        shown = [trial.target for trial in session.trials if trial.kind == "experiment"]
        assert sorted(shown) == sorted(EMOTIONS)
    first, second, third = (session.calibration_frames[0] for session in sessions)
    assert first.read_bytes() == third.read_bytes() != second.read_bytes()
    assert first.stat().st_ino == third.stat().st_ino


def test_a_data_set_grows_and_never_shrinks(dataset: Path) -> None:
    before = (dataset / "sourcedata/sub-0002/journal.jsonl").read_bytes()
    record_table_study(dataset, people=4, drawn=2)
    assert len(read_sessions(dataset)) == 4
    assert (dataset / "sourcedata/sub-0002/journal.jsonl").read_bytes() == before

    with pytest.raises(ExperimentError, match="1 more participants than 3"):
        record_table_study(dataset, people=3, drawn=2)


def test_files_that_differ_or_are_missing_are_found(tmp_path: Path) -> None:
    for folder, content in (("one", "a"), ("other", "b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.csv").write_text("same")
        (tmp_path / folder / "table.csv").write_text(content)
        (tmp_path / folder / "SHA256SUMS").write_text(folder)
    (tmp_path / "one/more.csv").write_text("")

    assert measuring.differing(tmp_path / "one", tmp_path / "other") == (["more.csv", "table.csv"], 3)
