"""Named arrays of an ``.npz`` file, nothing pickled, every way it can be damaged one sentence."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.face.errors import FaceModelError

DAMAGED = (ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What NumPy and its decoders raise on an archive that is damaged, cut short, or none."""


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of the archive.

    Raises
    ------
    FaceModelError
        If the file cannot be read, is damaged, or holds objects.
    """
    try:
        # through memory: NumPy leaves a file it cannot understand open
        archive = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise FaceModelError(f"{path} holds one unnamed array; expected an archive of named ones")
        with archive:
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise FaceModelError(f"the face-model file {path} cannot be read: {error.strerror or error}") from error
    except DAMAGED as error:
        raise FaceModelError(f"{path} is damaged or no .npz archive of arrays: {error}") from error
