from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

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


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded session, a face model that costs nothing, and a detector that knows every face."""
    triangles = np.array([[0, 8, 16], [17, 26, 30], [48, 54, 57]])
    write_npz(dataclasses.replace(toy_model(), name="toy", triangles=triangles), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("analysis.face.models.registry.DEFAULT_MODEL", "toy")
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy"), noise_px=0.3).detect)
    record_session(tmp_path / "data", targets=("anger", "fear", "happiness"))
    return tmp_path / "data"
