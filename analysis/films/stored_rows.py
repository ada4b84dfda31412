"""Rows of a film on disk instead of in memory.

The file is temporary: it is gone with the process, also after a crash.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, overload

import numpy as np

from analysis.courses.frames import POSE, QUALITY
from analysis.face.arrays import FloatArray
from analysis.films.course_table import CourseRow
from experiment.record.files import make_folder, record_errors

_TOGETHER = 256
"""Rows that are read together."""
_LONGEST_REASON = 32


class StoredRows(Sequence[CourseRow]):
    """A sequence of rows in a temporary file.

    Parameters
    ----------
    folder : Path
        Folder of the file. It has to be on a disk; the computer's folder of temporary files may be in memory.
    measures : int
        Number of the values of a row.

    Raises
    ------
    RecordError
        If the file cannot be made.
    """

    def __init__(self, folder: Path, *, measures: int) -> None:
        self._folder, self._count = folder, 0
        self._counts = {"pose": len(POSE), "values": measures, "quality": len(QUALITY)}
        self._type = np.dtype(
            [
                ("index", np.int64),
                ("time_s", np.float64),
                ("reason", f"S{_LONGEST_REASON}"),
                *((name, np.float64, (count,)) for name, count in self._counts.items()),
            ]
        )
        with record_errors("write", folder):
            make_folder(folder)
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def __enter__(self) -> StoredRows:
        """Return the rows; the end of the ``with`` block deletes them."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete the file."""
        self._file.close()

    def extend(self, rows: Iterable[CourseRow]) -> None:
        """Append rows.

        Parameters
        ----------
        rows : iterable of CourseRow
            Of this program. Pose, values or quality of which all numbers are missing are read as empty.

        Raises
        ------
        RecordError
            If they cannot be written.
        """
        cells = np.array([self._cells(row) for row in rows], dtype=self._type)
        with record_errors("write", self._folder):
            self._file.seek(self._count * self._type.itemsize)
            self._file.write(cells.tobytes())
            self._file.flush()
        self._count += len(cells)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._count

    @overload
    def __getitem__(self, place: int) -> CourseRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[CourseRow]: ...
    def __getitem__(self, place: int | slice) -> CourseRow | Sequence[CourseRow]:
        """Return one row, or some of them in a list."""
        chosen = range(self._count)[place]
        if isinstance(chosen, int):
            return self._read(chosen, chosen + 1)[0]
        if not chosen:
            return []
        first, last = min(chosen[0], chosen[-1]), max(chosen[0], chosen[-1])
        rows = self._read(first, last + 1)
        return [rows[number - first] for number in chosen]

    def __iter__(self) -> Iterator[CourseRow]:
        """Yield all rows; a few are in memory."""
        for first in range(0, self._count, _TOGETHER):
            yield from self._read(first, min(first + _TOGETHER, self._count))

    def _cells(self, row: CourseRow) -> tuple[object, ...]:
        parts = (_numbers(getattr(row, name), count) for name, count in self._counts.items())
        return row.index, row.time_s, row.reason.encode("ascii"), *parts

    def _read(self, first: int, stop: int) -> list[CourseRow]:
        size = self._type.itemsize
        with record_errors("read", self._folder):
            self._file.seek(first * size)
            cells = np.frombuffer(self._file.read((stop - first) * size), dtype=self._type)
        starts = (cells[name].tolist() for name in ("index", "time_s", "reason"))
        parts = (_known(cells[name]) for name in self._counts)
        return [
            CourseRow(index, time_s, reason.decode("ascii"), pose, values, quality)
            for index, time_s, reason, pose, values, quality in zip(*starts, *parts, strict=True)
        ]


def _numbers(values: Sequence[float | None], count: int) -> tuple[float, ...]:
    """Return values with NaN for those that are missing."""
    return tuple(np.nan if value is None else value for value in values) or (np.nan,) * count


def _known(rows: FloatArray) -> list[tuple[float | None, ...]]:
    """Return the values of each row as they were; an empty tuple if all are missing."""
    return [() if all(map(math.isnan, row)) else tuple(map(_value, row)) for row in rows.tolist()]


def _value(number: float) -> float | None:
    return None if math.isnan(number) else number
