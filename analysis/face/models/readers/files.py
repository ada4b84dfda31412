"""Read files of face models.

Every damage becomes one FaceModelError that names the file.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.face.errors import FaceModelError

_DAMAGED = (ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""Errors of NumPy and its decoders for a damaged archive."""
_NPY_MAGIC = b"\x93NUMPY"


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file.

    Raises
    ------
    FaceModelError
        If the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise FaceModelError(f"{path} cannot be read: {error.strerror or error}") from error


def read_text(path: Path, *, encoding: str = "utf-8") -> str:
    """Return the text of a file.

    Raises
    ------
    FaceModelError
        If the file cannot be read or has another encoding.
    """
    try:
        return read_bytes(path).decode(encoding)
    except UnicodeDecodeError as error:
        raise FaceModelError(f"{path} cannot be read as text: {error}") from error


def read_arrays(path: Path, *, required: Iterable[str] = ()) -> dict[str, NDArray[Any]]:
    """Return every array of an ``.npz`` archive; pickled objects are never loaded.

    Parameters
    ----------
    path : Path
        The archive.
    required : iterable of str
        Names of arrays that must be there.

    Raises
    ------
    FaceModelError
        If the file cannot be read, is damaged, holds objects or a single unnamed array, or lacks a required array.
    """
    data = read_bytes(path)
    if data.startswith(_NPY_MAGIC):
        raise FaceModelError(f"{path} holds one unnamed array; expected an .npz archive of named arrays")
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise FaceModelError(f"{path} is not an .npz archive, or it is cut short; get it again from its source")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except _DAMAGED as error:
        if "allow_pickle" in str(error):
            raise FaceModelError(f"{path} holds pickled objects, which are never loaded; expected arrays") from error
        raise FaceModelError(f"{path} is damaged ({error}); get it again from its source") from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise FaceModelError(f"{path} lacks {', '.join(missing)}; it is another kind of file or from another version")
    return arrays
