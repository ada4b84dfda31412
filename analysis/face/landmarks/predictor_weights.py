"""Read the regression trees of dlib's landmark predictor into arrays.

dlib evaluates one face at a time. `analysis.face.landmarks.regression_trees` evaluates the same trees for many faces at
once, and needs their numbers. The file is a stream of packed numbers [1]_: an integer is one byte with the number of
bytes that follow (bit 7: negative), then these bytes, lowest first; a float is an integer and an exponent of 2.

Reading takes several seconds, so the arrays are kept in the user's cache under the hash of the file.

References
----------
.. [1] dlib, serialize.h and image_processing/shape_predictor.h (Boost Software License 1.0).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from analysis.face.errors import AnalysisError
from analysis.face.landmarks.weights_file import weights_path
from analysis.paths import cache_folder

_VERSION = 1
_NEGATIVE, _LENGTH = 0x80, 0x0F
_LONGEST = 3
"""Bytes of the longest number: a float has a precision of 24 bits."""
_BLOCK = 2_000_000
_LAYOUT = "trees-1"
"""Names the layout of the kept arrays; a new one makes kept files unused."""


@dataclass(frozen=True, slots=True, eq=False)
class PredictorWeights:
    """The trees of all S stages of the predictor.

    Each stage has T trees of depth D and P compared pixels.
    """

    mean_shape: NDArray[np.float32]
    """(68, 2) in units of the box."""
    anchors: NDArray[np.intp]
    """(S, P) the landmark each compared pixel moves with."""
    offsets: NDArray[np.float32]
    """(S, P, 2) its position relative to that landmark, in units of the box."""
    first: NDArray[np.intp]
    """(S, T, 2**D - 1) the pixel of each split that is compared"""
    second: NDArray[np.intp]
    """with this one."""
    thresholds: NDArray[np.float32]
    """(S, T, 2**D - 1) of the difference of the two grey values."""
    leaves: NDArray[np.float32]
    """(S, T * 2**D, 136) movement of the landmarks, x and y in turn."""


@lru_cache(maxsize=1)
def predictor_weights() -> PredictorWeights:
    """Return the trees of the installed predictor, kept or read.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged.
    """
    path = weights_path()
    state = path.stat()
    key = f"{path} {state.st_size} {state.st_mtime_ns} {_LAYOUT} {np.__version__}"
    kept = cache_folder("predictor") / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
    found = _kept(kept)
    if found is None:
        found = read_weights(path)
        _keep(kept, found)
    return found


def read_weights(path: Path) -> PredictorWeights:
    """Read a file of dlib's ``shape_predictor``.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    AnalysisError
        If it is not such a file, or its trees differ in depth.
    """
    try:
        numbers = _Numbers(path.read_bytes())
        return _parse(numbers)
    except (OSError, ValueError, IndexError) as error:
        raise AnalysisError(f"{path} is not a file of landmark weights ({error}); install its package again") from None


class _Numbers:
    """Gives packed numbers from front to back.

    Parameters
    ----------
    content : bytes
        The whole file.
    """

    def __init__(self, content: bytes) -> None:
        stream = np.frombuffer(content + bytes(8), dtype=np.uint8)
        parts, at = [], 0
        while at < len(content):
            starts = at + _chain(stream[at : min(at + _BLOCK, len(content))])
            parts.append(_unpacked(stream, starts))
            at = int(starts[-1]) + 1 + int(stream[starts[-1]] & _LENGTH)
        if at != len(content):
            raise ValueError("it ends within a number")
        self._values, self._at = np.concatenate(parts), 0

    def integers(self, count: int) -> NDArray[np.int32]:
        """Return the next integers."""
        found = self._values[self._at : self._at + count]
        if len(found) != count or count < 0:
            raise ValueError("it ends too early")
        self._at += count
        return found

    def integer(self) -> int:
        """Return the next integer."""
        return int(self.integers(1)[0])

    def floats(self, count: int) -> NDArray[np.float32]:
        """Return the next floats."""
        pairs = self.integers(2 * count).reshape(count, 2)
        return np.ldexp(pairs[:, 0].astype(np.float64), pairs[:, 1]).astype(np.float32)


def _chain(block: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the starts of the numbers in a block whose first byte is one.

    Each number says where the next one starts. A search in the graph of these links follows them all at once.
    """
    size = len(block)
    following = np.minimum(np.arange(1, size + 1, dtype=np.int32) + (block & _LENGTH), size)
    ends = np.append(np.arange(size + 1), size)  # behind the last byte nothing follows
    links = csr_array((np.ones(size, dtype=np.int8), following, ends), shape=(size + 1, size + 1))
    starts = breadth_first_order(links, 0, return_predecessors=False)
    return np.asarray(starts[starts < size], dtype=np.int32)


def _unpacked(stream: NDArray[np.uint8], starts: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Return the numbers that start at some bytes."""
    control = stream[starts]
    length = control & _LENGTH
    if length.max() > _LONGEST or length.min() < 1 or (control & ~np.uint8(_NEGATIVE | _LENGTH)).any():
        raise ValueError("unknown packing of numbers")
    values = np.zeros(len(starts), dtype=np.int32)
    for byte in range(int(length.max())):
        more = np.where(length > byte, stream[starts + (1 + byte)], 0).astype(np.int32)
        values |= more << (8 * byte)
    return np.where(control & _NEGATIVE, -values, values)


def _parse(numbers: _Numbers) -> PredictorWeights:
    if numbers.integer() != _VERSION:
        raise ValueError("unknown version")
    mean_shape = _column(numbers).reshape(-1, 2)
    stages: list[list[Any]] = []
    for _ in range(numbers.integer()):
        trees = [_tree(numbers) for _ in range(numbers.integer())]
        stages.append([np.stack(parts) for parts in zip(*trees, strict=True)])
    anchors = np.stack([numbers.integers(numbers.integer()) for _ in range(numbers.integer())])
    offsets = np.stack([numbers.floats(2 * numbers.integer()).reshape(-1, 2) for _ in range(numbers.integer())])
    first, second, thresholds, leaves = (np.stack(parts) for parts in zip(*stages, strict=True))
    return PredictorWeights(
        mean_shape,
        anchors.astype(np.intp),
        offsets,
        first.astype(np.intp),
        second.astype(np.intp),
        thresholds,
        leaves.reshape(len(stages), -1, leaves.shape[-1]),
    )


def _tree(numbers: _Numbers) -> tuple[Any, ...]:
    count = numbers.integer()
    splits = numbers.integers(4 * count).reshape(count, 4)  # two pixels; mantissa and exponent of the threshold
    thresholds = np.ldexp(splits[:, 2].astype(np.float64), splits[:, 3]).astype(np.float32)
    leaves = numbers.integer()
    if leaves != count + 1 or leaves & count:
        raise ValueError("a tree is not complete")
    return splits[:, 0], splits[:, 1], thresholds, np.stack([_column(numbers) for _ in range(leaves)])


def _column(numbers: _Numbers) -> NDArray[np.float32]:
    """Return a matrix of one column; its size is stored as negative numbers."""
    rows, columns = np.abs(numbers.integers(2)).tolist()
    return numbers.floats(rows * columns)


def _kept(file: Path) -> PredictorWeights | None:
    try:
        with np.load(file) as arrays:
            return PredictorWeights(**{one.name: arrays[one.name] for one in fields(PredictorWeights)})
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _keep(file: Path, weights: PredictorWeights) -> None:
    unfinished = file.with_suffix(f".{os.getpid()}.tmp.npz")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(unfinished, **{one.name: getattr(weights, one.name) for one in fields(PredictorWeights)})
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
