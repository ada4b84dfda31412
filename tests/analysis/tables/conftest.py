from __future__ import annotations

import pytest

from analysis.face.store import load_model
from analysis.tables import pictures
from tests.analysis.tables.rehearsed import Faces


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> Faces:
    """A perfect detector in the place of the real one."""
    made = Faces(load_model())
    monkeypatch.setattr(pictures, "look", made.look)
    return made
