from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.cli import main
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks
from tests.analysis.face.toy import toy_model
from tests.analysis.tables.rehearsed import Faces, record_session


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> Faces:
    """Replace the detector by one without error."""
    made = Faces(load_model())
    monkeypatch.setattr(picture_landmarks, "detect_face", made.detect)
    return made


def use_toy_model(patch: pytest.MonkeyPatch, models: Path) -> None:
    """Set a face model that costs nothing and a detector that knows every face."""
    patch.setenv("MIMICRY_MODELS", str(models))
    patch.setattr("analysis.face.models.registry.DEFAULT_MODEL", "toy")
    patch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy"), noise_px=0.3).detect)


def write_toy_model(folder: Path) -> None:
    """Write a face model that costs nothing into a folder of models."""
    triangles = np.array([[0, 8, 16], [17, 26, 30], [48, 54, 57]])
    write_npz(dataclasses.replace(toy_model(), name="toy", triangles=triangles), folder / "toy.npz")


@pytest.fixture(scope="module")
def toy_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a face model that costs nothing."""
    folder = tmp_path_factory.mktemp("toy") / "models"
    write_toy_model(folder)
    return folder


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recorded session in `data` and its target pictures; tests change copies only."""
    folder = tmp_path_factory.mktemp("recorded")
    record_session(folder / "data", targets=("anger", "fear", "happiness"))
    return folder


@pytest.fixture(scope="module")
def recorded_and_scored(recorded: Path, toy_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the results of `tables --metric units`."""
    folder = Path(shutil.copytree(recorded, tmp_path_factory.mktemp("tables") / "copy"))
    with pytest.MonkeyPatch.context() as patch:
        use_toy_model(patch, toy_models)
        patch.setattr("sys.argv", ["analysis", "tables", str(folder / "data"), "--metric", "units"])
        with pytest.raises(SystemExit) as stop:
            main()
    assert not stop.value.code
    return folder


@pytest.fixture
def dataset(recorded: Path, toy_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded session, a face model that costs nothing, and a detector that knows every face."""
    use_toy_model(monkeypatch, toy_models)
    return Path(shutil.copytree(recorded, tmp_path, dirs_exist_ok=True)) / "data"


@pytest.fixture
def scored(recorded_and_scored: Path, toy_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same after `tables --metric units`."""
    use_toy_model(monkeypatch, toy_models)
    return Path(shutil.copytree(recorded_and_scored, tmp_path, dirs_exist_ok=True)) / "data"
