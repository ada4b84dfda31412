"""Tables that ``measure`` wrote: to compute indices without the film."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.courses.course_files import FRAME_COLUMNS
from analysis.courses.frames import POSE
from analysis.courses.trial_course import EMOTION, UNIT
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
    measures = tuple(name for name in header if name.startswith((UNIT, EMOTION)))
    has_pose = set(POSE) <= set(header)
    return CourseTable(
        measures,
        rows[0].cells["neutral"],
        has_pose,
        tuple(_row(row, measures, has_pose=has_pose) for row in rows),
    )


def _row(row: CsvRow, measures: Sequence[str], *, has_pose: bool) -> CourseRow:
    values = tuple(row.number(name) for name in measures)
    pose = tuple(row.number(name) for name in POSE) if has_pose else ()
    return CourseRow(
        frame_number(row, "frame_index"),
        frame_time(row, "time_s"),
        row.cells["reason"],
        () if None in pose else pose,
        () if all(value is None for value in values) else values,
    )


OWN = TableFormat("Mimicry Lab", fits, convert)
