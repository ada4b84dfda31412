from __future__ import annotations

import pytest

from analysis.face.fitting.landmark_basis import LandmarkRows, landmark_rows
from tests.analysis.face.toy import toy_model


@pytest.fixture(scope="module")
def rows() -> LandmarkRows:
    """The landmark rows of the toy model."""
    return landmark_rows(toy_model(), "units")
