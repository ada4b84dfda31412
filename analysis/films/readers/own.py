"""Tables that ``measure`` wrote: to compute indices without the film."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.courses.course_columns import EMOTION, FRAME_COLUMNS, MOVEMENT, UNIT
from analysis.courses.frames import POSE, QUALITY
from analysis.errors import DataSetError
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.readers.table_format import TableFormat, frame_number, frame_time
from analysis.tables.csv_rows import CsvRow


def fits(header: Sequence[str]) -> bool:
    """Return whether columns are those of this program."""
    return {*FRAME_COLUMNS, "neutral"} <= set(header) and "trial_id" not in header


def convert(header: Sequence[str], rows: Sequence[CsvRow], rate_hz: float | None) -> CourseTable:
    """Return the table.

    Parameters
    ----------
    header : sequence of str
        Its columns.
    rows : sequence of CsvRow
        Its rows.
    rate_hz : float, optional
        Frames per second; refused, because the table has exact times.

    Raises
    ------
    DataSetError
        If a cell is not a number, or a rate is given.
    """
    if rate_hz is not None:
        raise DataSetError(f"{rows[0].file}: this table has the times of its frames; leave out --rate")
    measures = tuple(name for name in header if name.startswith((UNIT, MOVEMENT, EMOTION)))
    has_pose, has_quality = set(POSE) <= set(header), set(QUALITY) <= set(header)
    more = (POSE if has_pose else (), QUALITY if has_quality else ())
    converted = tuple(_row(row, measures, *more) for row in rows)
    return CourseTable(measures, rows[0].cells["neutral"], has_pose, converted, has_quality=has_quality)


def _row(row: CsvRow, measures: Sequence[str], pose_columns: Sequence[str], quality: Sequence[str]) -> CourseRow:
    values = tuple(row.number(name) for name in measures)
    pose = tuple(row.number(name) for name in pose_columns)
    return CourseRow(
        frame_number(row, "frame_index"),
        frame_time(row, "time_s"),
        row.cells["reason"],
        () if None in pose else pose,
        () if all(value is None for value in values) else values,
        tuple(row.number(name) for name in quality),
    )


OWN = TableFormat("Mimicry Lab", fits, convert)
