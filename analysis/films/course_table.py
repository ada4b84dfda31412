"""The table of one film, from this program or another one: one row a frame.

The columns are those of ``courses`` without those of a session. Units of this program have a column for each side;
action units of other programs have one for both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.courses.course_columns import EMOTION, FRAME_COLUMNS, SIMILARITY, UNIT, number_text
from analysis.courses.frames import POSE, QUALITY
from analysis.face.arrays import FloatArray
from analysis.face.similarity.coefficients import left_right_pairs


@dataclass(frozen=True, slots=True, eq=False)
class CourseRow:
    """The face of one frame."""

    index: int
    time_s: float
    """From the first frame of the film."""
    reason: str
    """Why the frame is not used; empty if it is."""
    pose: tuple[float | None, ...]
    """Values of `POSE`; empty if the source has none."""
    values: tuple[float | None, ...]
    """One for each measure of the table."""
    quality: tuple[float | None, ...] = ()
    """Values of `QUALITY`; empty if the source has none."""

    @property
    def is_used(self) -> bool:
        """Whether indices use the frame: it has no reason against it, and all values."""
        return not self.reason and bool(self.values) and None not in self.values


@dataclass(frozen=True, slots=True, eq=False)
class CourseTable:
    """A film frame by frame."""

    measures: tuple[str, ...]
    """Names of columns, such as ``unit_jawOpen`` and ``emotion_anger``."""
    neutral: str
    """The face at rest that strengths are the change from; ``none`` in tables of other programs."""
    has_pose: bool
    rows: Sequence[CourseRow]
    """In the order of their times; those of a film may be on disk (`analysis.films.stored_rows`)."""
    has_quality: bool = False

    def between(self, begin_s: float, end_s: float) -> Sequence[CourseRow]:
        """Return the rows from a time to another one.

        Parameters
        ----------
        begin_s, end_s : float
            The times; both belong to the interval.
        """
        first = bisect_left(self.rows, begin_s, key=lambda row: row.time_s)
        stop = bisect_right(self.rows, end_s, lo=first, key=lambda row: row.time_s)
        return self.rows[first:stop]

    def reasons(self) -> Counter[str]:
        """Return how many rows have each reason; used ones have an empty one."""
        return Counter(row.reason for row in self.rows)

    @property
    def duration_s(self) -> float:
        """End of the last frame, which is shown as long as most others."""
        times_s = [row.time_s for row in self.rows]
        return times_s[-1] + (float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0)

    def series(self, rows: Sequence[CourseRow]) -> dict[str, FloatArray]:
        """Return the measures of some used rows by their short names.

        The mean of both sides of paired units is among them.

        Parameters
        ----------
        rows : sequence of CourseRow
            Rows of the table in which everything is measured.
        """
        values = np.array([row.values for row in rows], dtype=np.float64).reshape(len(rows), len(self.measures))
        units = tuple(name.removeprefix(UNIT) for name in self.measures if name.startswith(UNIT))
        found = {name.removeprefix(UNIT): values[:, column] for column, name in enumerate(self.measures)}
        for left, right in left_right_pairs(units):
            name = units[left].removesuffix("Left")
            found[name] = (found[units[left]] + found[units[right]]) / 2.0
        emotions = {name: found.pop(name) for name in list(found) if name.startswith(EMOTION)}
        return found | emotions


def columns_of(table: CourseTable, *, has_similarity: bool = False) -> tuple[str, ...]:
    """Return the columns of a table.

    Parameters
    ----------
    table : CourseTable
        The table.
    has_similarity : bool
        Whether there is a column of the similarity to a target.
    """
    similarity = (SIMILARITY,) if has_similarity else ()
    pose, quality = (POSE if table.has_pose else ()), (QUALITY if table.has_quality else ())
    return (*FRAME_COLUMNS, *similarity, *pose, "neutral", *quality, *table.measures)


def row_cells(row: CourseRow, table: CourseTable) -> list[Any]:
    """Return the cells of a row, without similarity; those without a value are empty.

    Parameters
    ----------
    row : CourseRow
        The row.
    table : CourseTable
        Its table.
    """
    pose = row.pose or (None,) * len(POSE)
    quality = row.quality or (None,) * len(QUALITY)
    return [
        *(row.index, number_text(row.time_s, 6), int(not row.reason), row.reason),
        *(map(number_text, pose) if table.has_pose else ()),
        table.neutral,
        *(map(number_text, quality) if table.has_quality else ()),
        *map(number_text, row.values or (None,) * len(table.measures)),
    ]
