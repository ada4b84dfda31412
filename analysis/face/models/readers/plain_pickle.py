"""Read the arrays of a pickle without running its code.

A pickle is a program: `pickle.load` on a downloaded file runs the code of its author. This reader knows the names that
a file of arrays needs (NumPy arrays, SciPy sparse matrices, chumpy's wrapper of an array) and refuses every other name
before it is called. SciPy and chumpy objects are never created; their contents are read as data.
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
    """Return the arrays, numbers, texts, lists and dictionaries of a pickle.

    Sparse matrices become dense.

    An ``.npy`` file of a dictionary is a pickle after a header, and is read as a pickle.

    Raises
    ------
    FaceModelError
        If the file cannot be read, is damaged, or names something other than arrays.
    """
    data = read_bytes(path)
    if path.suffix == ".npy":
        data = _after_npy_header(data, source=str(path))
    return load_plain_bytes(data, source=str(path))


def _after_npy_header(data: bytes, *, source: str) -> bytes:
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        dtype = read_header(file)[2]
    except ValueError as error:
        raise FaceModelError(f"{source} is damaged or not an .npy file: {error}") from error
    if not dtype.hasobject:
        raise FaceModelError(f"{source} holds one unnamed array; expected named ones")
    return file.read()


def load_plain_bytes(data: bytes, *, source: str) -> Any:
    """Return the contents of a pickle in memory, as `load_plain`.

    Parameters
    ----------
    data : bytes
        The pickle.
    source : str
        Name for messages.

    Raises
    ------
    FaceModelError
        If the pickle is damaged or names something other than arrays.
    """
    try:
        reader = _ArrayUnpickler(io.BytesIO(data), source)
        return reader.plain(reader.load())
    except _DAMAGED as error:
        raise FaceModelError(f"{source} is damaged or not a pickle of arrays ({error}); get it again") from error


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler restricted to a list of known names.

    Everything it returns is created for one file, so that a file cannot change an object that outlives its reading.
    """

    def __init__(self, file: io.BytesIO, source: str) -> None:
        super().__init__(file, encoding="latin1")
        self._source = source

        class Wrapper:
            """Stands in for a chumpy object: only its attributes."""

        class Sparse:
            """Stands in for a SciPy sparse matrix."""

        self._wrapper, self._sparse = Wrapper, Sparse
        self._known = _numpy_names() | _object_names((Wrapper, Sparse)) | {"chumpy.ch.Ch": Wrapper}
        for layout in ("csc", "csr"):
            kind = type(layout, (Sparse,), {"by_columns": layout == "csc"})
            for module in (f"scipy.sparse.{layout}", f"scipy.sparse._{layout}"):
                self._known[f"{module}.{layout}_matrix"] = kind

    def find_class(self, module: str, name: str) -> Any:
        known = self._known.get(f"{module}.{name}")
        if known is None:
            raise FaceModelError(
                f"{self._source} would run {module}.{name}, which a file of arrays does not need; it is not read. "
                "Get the model from its own site"
            )
        return known

    def plain(self, value: Any) -> Any:
        """Return the value without wrappers, and with dense matrices."""
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


def _numpy_names() -> dict[str, Any]:
    """Return the functions that pickles of NumPy arrays call, by their full names."""

    def reconstruct_array(kind: type, shape: tuple[int, ...], code: Any) -> np.ndarray[Any, Any]:  # noqa: ARG001
        return np.ndarray((0,), dtype="b")  # its own __setstate__ fills it

    def scalar(dtype: np.dtype[Any], raw: Any) -> Any:
        if dtype.hasobject:
            raise pickle.UnpicklingError("a value that is not a number")
        return np.frombuffer(raw.encode("latin1") if isinstance(raw, str) else raw, dtype=dtype)[0]

    def from_buffer(buffer: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], order: str) -> Any:
        return np.frombuffer(buffer, dtype=dtype).reshape(shape, order="F" if order == "F" else "C")

    names: dict[str, Any] = {"numpy.ndarray": np.ndarray, "numpy.dtype": np.dtype}
    for package in ("numpy.core", "numpy._core"):
        names[f"{package}.multiarray._reconstruct"] = reconstruct_array
        names[f"{package}.multiarray.scalar"] = scalar
        names[f"{package}.numeric._frombuffer"] = from_buffer
    return names


def _object_names(kinds: tuple[type, ...]) -> dict[str, Any]:
    """Return the functions that pickles of plain objects call, by their full names.

    Only these kinds are created.
    """

    def reconstruct_object(kind: type, base: type, state: Any) -> Any:  # noqa: ARG001
        if kind not in kinds:
            raise pickle.UnpicklingError("an object of an unexpected kind")
        return kind()

    def encode(text: str, encoding: str) -> bytes:
        return text.encode(encoding)

    names: dict[str, Any] = {"collections.OrderedDict": OrderedDict, "_codecs.encode": encode}
    for module in ("copy_reg", "copyreg"):
        names[f"{module}._reconstructor"] = reconstruct_object
    for module in ("builtins", "__builtin__"):
        names[f"{module}.object"] = object
    return names


def _dense(state: Mapping[str, Any], *, by_columns: bool) -> np.ndarray[Any, Any]:
    """Return a compressed sparse matrix as an array.

    SciPy crashes on damaged indices, NumPy checks them.
    """
    rows, columns = (int(n) for n in state["_shape"])
    major = np.repeat(np.arange(columns if by_columns else rows), np.diff(state["indptr"]))
    at = (state["indices"], major) if by_columns else (major, state["indices"])
    dense = np.zeros((rows, columns))
    dense[at] = state["data"]
    return dense
