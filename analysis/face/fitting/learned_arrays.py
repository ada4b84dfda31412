"""Read statistics learned from many people, ``data/learned/*.npz``.

``python -m analysis.evaluation.learn`` makes these files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceModelError
from analysis.face.models.readers.files import read_arrays
from analysis.paths import DATA

FOLDER = DATA / "learned"


def read_learned(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, FloatArray]:
    """Read the arrays of one of these files, in double precision.

    Parameters
    ----------
    file : Path
        The ``.npz`` file.
    shapes : mapping
        The expected shape of every array, by name.

    Raises
    ------
    AnalysisError
        If the file is missing, is damaged, or comes from another version.
    """
    try:
        stored = read_arrays(file, required=shapes)
    except FaceModelError as error:
        raise AnalysisError(
            f"a part of the program is missing or damaged: {error}; install the program again"
        ) from None
    arrays = {name: stored[name].astype(np.float64) for name in shapes}
    if any(array.shape != shapes[name] for name, array in arrays.items()):
        raise AnalysisError(f"{file} comes from another version; run python -m analysis.evaluation.learn")
    return arrays


def learned_sha256(folder: Path = FOLDER) -> dict[str, str]:
    """Return the SHA-256 of each of these files, by name.

    Parameters
    ----------
    folder : Path
        Where they are.
    """
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*.npz"))}
