"""Tables of LibreFace for films.

Intensities ``au_N_intensity`` are 0 to 5. The judgements ``au_N`` and the class ``facial_expression`` have no
counterpart and are left out; so are the head angles, whose signs are not documented. LibreFace does not say when eyes
are closed.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.errors import DataSetError
from analysis.films.action_units import INTENSITY
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.readers.table_format import (
    NO_FACE,
    TableFormat,
    UnitColumns,
    frame_number,
    frame_time,
    one_face_a_frame,
    unit_columns,
)
from analysis.tables.csv_rows import CsvRow

_INTENSITIES = r"au_(\d+)_intensity"
_TIME_MS = "frame_time_in_ms"


def fits(header: Sequence[str]) -> bool:
    """Return whether columns are those of LibreFace."""
    return bool(unit_columns(header, _INTENSITIES, scale=INTENSITY).columns)


def convert(header: Sequence[str], rows: Sequence[CsvRow], rate_hz: float | None) -> CourseTable:
    """Return a table of LibreFace as one of this program.

    Parameters
    ----------
    header : sequence of str
        Its columns.
    rows : sequence of CsvRow
        Its rows.
    rate_hz : float, optional
        Frames per second, if the times of the table are not those of the film.

    Raises
    ------
    DataSetError
        If a column is missing, or a cell is not a number.
    """
    missing = [name for name in ("frame_idx", _TIME_MS) if name not in header]
    if missing and not (missing == [_TIME_MS] and rate_hz is not None):
        raise DataSetError(
            f"{rows[0].file}: this table of LibreFace has no column {' and '.join(missing)}; only tables of "
            "films can be read"
        )
    units = unit_columns(header, _INTENSITIES, scale=INTENSITY)
    converted = [_row(row, units, rate_hz) for row in rows]
    return CourseTable(units.measures, "none", has_pose=False, rows=one_face_a_frame(converted))


def _row(row: CsvRow, units: UnitColumns, rate_hz: float | None) -> CourseRow:
    number = frame_number(row, "frame_idx")
    time_s = frame_time(row, _TIME_MS) / 1000.0 if rate_hz is None else number / rate_hz
    values = units.values(row)
    return CourseRow(number, time_s, NO_FACE if None in values else "", (), () if None in values else values)


LIBREFACE = TableFormat("LibreFace", fits, convert)
