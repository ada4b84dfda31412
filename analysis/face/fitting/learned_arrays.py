"""What was learned from many people and ships with the program, ``data/learned/*.npz``.

``python -m analysis.evaluation.learn`` makes these files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.models.readers.archive import DAMAGED
from analysis.paths import DATA

FOLDER = DATA / "learned"


def read_learned(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, FloatArray]:
    """The arrays of one of these files, in double precision.

    Parameters
    ----------
    shapes : mapping
        The shape of every array that is expected, by name.

    Raises
    ------
    AnalysisError
        If the file is not there, is damaged, or was made by another version.
    """
    try:
        with file.open("rb") as stream, np.load(stream) as stored:
            arrays = {name: stored[name].astype(np.float64) for name in shapes}
    except (OSError, *DAMAGED) as error:
        raise AnalysisError(
            f"{file}: this part of the program is missing or damaged ({error}); install it anew"
        ) from None
    if any(array.shape != shapes[name] for name, array in arrays.items()):
        raise AnalysisError(f"{file}: made by another version; run python -m analysis.evaluation.learn")
    return arrays
