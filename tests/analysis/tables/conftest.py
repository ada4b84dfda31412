from __future__ import annotations

import pytest

from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks
from tests.analysis.tables.rehearsed import Faces


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> Faces:
    """Replace the detector by one without error."""
    made = Faces(load_model())
    monkeypatch.setattr(picture_landmarks, "detect_face", made.detect)
    return made
