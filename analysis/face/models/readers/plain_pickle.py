"""Read the arrays out of a pickle without running what is in it.

A pickle is a program: loading one from the net with `pickle.load` runs whatever its author wrote. This reader knows by
name the few things a file of arrays needs (NumPy arrays, SciPy sparse matrices, chumpy's wrapper around an array) and
refuses everything else before it is called. SciPy and chumpy objects are never made; their contents are taken as data.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.errors import FaceModelError
from analysis.face.models.readers.files import read_bytes

_DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    ImportError,
    MemoryError,
    RecursionError,
)


def load_plain(path: Path) -> Any:
    """Arrays, numbers, texts, lists and dictionaries of a pickle; sparse matrices come as dense arrays.

    An ``.npy`` file that holds a dictionary is a pickle behind a header, and is read as one.

    Raises
    ------
    FaceModelError
        If the file cannot be read, is damaged, or names anything but arrays.
    """
    data = read_bytes(path)
    if path.suffix == ".npy":
        data = _behind_npy_header(data, source=str(path))
    return plain_of_bytes(data, source=str(path))


def _behind_npy_header(data: bytes, *, source: str) -> bytes:
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        dtype = read_header(file)[2]
    except ValueError as error:
        raise FaceModelError(f"{source} is damaged or no .npy file: {error}") from error
    if not dtype.hasobject:
        raise FaceModelError(f"{source} holds one unnamed array; expected named ones")
    return file.read()


def plain_of_bytes(data: bytes, *, source: str) -> Any:
    """The same of bytes; ``source`` names them in messages."""
    try:
        reader = _ArrayUnpickler(io.BytesIO(data), source)
        return reader.plain(reader.load())
    except _DAMAGED as error:
        raise FaceModelError(f"{source} is damaged or no pickle of arrays ({error}); get it again") from error


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler with a list of everything it knows.

    What it hands out is made anew for every file, so that a file can change nothing that outlives its reading.
    """

    def __init__(self, file: io.BytesIO, source: str) -> None:
        super().__init__(file, encoding="latin1")
        self._source = source

        class Wrapper:
            """What stands in for a chumpy object: its attributes and nothing else."""

        class Sparse:
            """What stands in for a SciPy sparse matrix."""

        def reconstruct_array(kind: type, shape: tuple[int, ...], code: Any) -> np.ndarray[Any, Any]:  # noqa: ARG001
            return np.ndarray((0,), dtype="b")  # its own __setstate__ fills it

        def reconstruct_object(kind: type, base: type, state: Any) -> Any:  # noqa: ARG001
            if kind not in (Wrapper, Sparse):
                raise pickle.UnpicklingError("an object of an unexpected kind")
            return kind()

        def scalar(dtype: np.dtype[Any], raw: Any) -> Any:
            if dtype.hasobject:
                raise pickle.UnpicklingError("a value that is no number")
            return np.frombuffer(raw.encode("latin1") if isinstance(raw, str) else raw, dtype=dtype)[0]

        def from_buffer(buffer: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], order: str) -> Any:
            return np.frombuffer(buffer, dtype=dtype).reshape(shape, order="F" if order == "F" else "C")

        def encode(text: str, encoding: str) -> bytes:
            return text.encode(encoding)

        self._wrapper, self._sparse = Wrapper, Sparse
        self._known: dict[str, Any] = {
            "numpy.ndarray": np.ndarray,
            "numpy.dtype": np.dtype,
            "collections.OrderedDict": OrderedDict,
            "_codecs.encode": encode,
            "chumpy.ch.Ch": Wrapper,
        }
        for module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            self._known[f"{module}._reconstruct"] = reconstruct_array
            self._known[f"{module}.scalar"] = scalar
        for module in ("numpy.core.numeric", "numpy._core.numeric"):
            self._known[f"{module}._frombuffer"] = from_buffer
        for module in ("copy_reg", "copyreg"):
            self._known[f"{module}._reconstructor"] = reconstruct_object
        for module in ("builtins", "__builtin__"):
            self._known[f"{module}.object"] = object
        for layout in ("csc", "csr"):
            for module in (f"scipy.sparse.{layout}", f"scipy.sparse._{layout}"):
                self._known[f"{module}.{layout}_matrix"] = type(layout, (Sparse,), {"by_columns": layout == "csc"})

    def find_class(self, module: str, name: str) -> Any:
        known = self._known.get(f"{module}.{name}")
        if known is None:
            raise FaceModelError(
                f"{self._source} wants to run {module}.{name}, which no file of arrays needs; it is not read, "
                "get the model from its own site"
            )
        return known

    def plain(self, value: Any) -> Any:
        """The value with wrappers taken off and sparse matrices filled in."""
        if isinstance(value, dict):
            return {str(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        if isinstance(value, self._sparse):
            return _dense(vars(value), by_columns=type(value).by_columns)  # type: ignore[attr-defined]
        if isinstance(value, self._wrapper):
            return self.plain(vars(value)["x"])
        if isinstance(value, np.ndarray):
            if not value.dtype.hasobject:
                return value
            if value.size == 1:  # np.save of a dictionary
                return self.plain(value.item())
            raise pickle.UnpicklingError("an array of objects")
        if value is None or isinstance(value, bool | int | float | str | bytes | np.generic):
            return value
        raise pickle.UnpicklingError(f"a value of the kind {type(value).__name__}")


def _dense(state: Mapping[str, Any], *, by_columns: bool) -> np.ndarray[Any, Any]:
    """Fill in a compressed sparse matrix; SciPy would trust the indices of a damaged file and crash, NumPy checks."""
    rows, columns = (int(n) for n in state["_shape"])
    major = np.repeat(np.arange(columns if by_columns else rows), np.diff(state["indptr"]))
    at = (state["indices"], major) if by_columns else (major, state["indices"])
    dense = np.zeros((rows, columns))
    dense[at] = state["data"]
    return dense
