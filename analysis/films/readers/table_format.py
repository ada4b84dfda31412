"""What all readers of tables have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from analysis.courses.course_columns import UNIT
from analysis.errors import DataSetError
from analysis.films.action_units import unit_of
from analysis.films.course_table import CourseRow, CourseTable
from analysis.tables.csv_rows import CsvRow

NO_FACE = "no-face"
SEVERAL_FACES = "several-faces"


@dataclass(frozen=True, slots=True)
class TableFormat:
    """The tables of one program."""

    name: str
    fits: Callable[[Sequence[str]], bool]
    """Whether columns are those of the program."""
    convert: Callable[[Sequence[str], Sequence[CsvRow], float | None], CourseTable]
    """Columns, rows and frames per second to a table; refuses what it cannot read."""


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """The columns of action units in a table of another program."""

    columns: tuple[str, ...]
    measures: tuple[str, ...]
    """Our column of each."""
    scale: float
    """Value that counts as a strength of 1."""

    def values(self, row: CsvRow) -> tuple[float | None, ...]:
        """Return the strengths of a row; None for empty cells."""
        numbers = (row.number(column) for column in self.columns)
        return tuple(None if value is None else value / self.scale for value in numbers)


def unit_columns(header: Sequence[str], pattern: str, *, scale: float) -> UnitColumns:
    """Return the columns of action units.

    Parameters
    ----------
    header : sequence of str
        All columns.
    pattern : str
        Regular expression of their names; its group is the number of the action unit.
    scale : float
        Value that counts as a strength of 1.
    """
    found = [(name, int(match[1])) for name in header if (match := re.fullmatch(pattern, name))]
    return UnitColumns(
        tuple(name for name, _ in found), tuple(UNIT + unit_of(number) for _, number in found), scale=scale
    )


def one_face_a_frame(rows: Sequence[CourseRow]) -> tuple[CourseRow, ...]:
    """Return one row for each frame; a frame with several faces has no values.

    Parameters
    ----------
    rows : sequence of CourseRow
        Rows of a table, one for each face.
    """
    faces = Counter(row.index for row in rows)
    kept: dict[int, CourseRow] = {}
    for row in rows:
        several = CourseRow(row.index, row.time_s, SEVERAL_FACES, (), ())
        kept[row.index] = row if faces[row.index] == 1 else several
    return tuple(kept[index] for index in sorted(kept))


def frame_number(row: CsvRow, column: str) -> int:
    """Return the number of a frame.

    Parameters
    ----------
    row : CsvRow
        The row.
    column : str
        Column of the number.

    Raises
    ------
    DataSetError
        If it is not a whole number.
    """
    value = row.number(column)
    if value is None or value < 0 or value != round(value):
        raise DataSetError(f"{row.file}, line {row.line}, column {column}: give the number of the frame, 0, 1, 2, ...")
    return round(value)


def frame_time(row: CsvRow, column: str) -> float:
    """Return the time of a frame.

    Parameters
    ----------
    row : CsvRow
        The row.
    column : str
        Column of the time.

    Raises
    ------
    DataSetError
        If it is empty or not a number.
    """
    value = row.number(column)
    if value is None:
        raise DataSetError(f"{row.file}, line {row.line}, column {column}: the time of the frame is missing")
    return value


def require_ascending(rows: Sequence[CourseRow], file: Path) -> None:
    """Refuse times that do not ascend with the frames.

    Parameters
    ----------
    rows : sequence of CourseRow
        Rows in the order of their frames.
    file : Path
        The table.

    Raises
    ------
    DataSetError
        If two frames have the same time, or a later frame an earlier one.
    """
    for before, after in pairwise(rows):
        if after.time_s <= before.time_s:
            raise DataSetError(
                f"{file}: frame {after.index} is not later than frame {before.index} ({after.time_s:g} s after "
                f"{before.time_s:g} s); give the frames per second of the film with --rate, or one film a table"
            )
