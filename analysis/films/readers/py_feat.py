"""Tables of py-feat: ``Fex`` saved as CSV.

Action units are probabilities, 0 to 1. Emotions are probabilities of classes, not strengths of movements. The table has
no exact times. Head angles are left out: their unit and sign differ between its versions.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.courses.course_columns import EMOTION
from analysis.courses.frames import BLINK
from analysis.errors import DataSetError
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.readers.table_format import (
    NO_FACE,
    TableFormat,
    UnitColumns,
    frame_number,
    one_face_a_frame,
    unit_columns,
)
from analysis.tables.csv_rows import CsvRow

_EMOTIONS = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happiness",
    "sadness": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
    "happy": "happiness",
    "sad": "sadness",
}
"""Our emotion by column in small letters; versions differ."""
_EYES_CLOSED = "AU43"
_CLOSED = 0.5
"""Probability of closed eyes from which on a frame is in a blink."""


def fits(header: Sequence[str]) -> bool:
    """Return whether columns are those of py-feat."""
    return "FaceScore" in header or "FaceRectX" in header


def convert(header: Sequence[str], rows: Sequence[CsvRow], rate_hz: float | None) -> CourseTable:
    """Return a table of py-feat as one of this program.

    Parameters
    ----------
    header : sequence of str
        Its columns.
    rows : sequence of CsvRow
        Its rows.
    rate_hz : float, optional
        Frames per second of the film.

    Raises
    ------
    DataSetError
        If a column is missing, a cell is not a number, or the rate is.
    """
    file = rows[0].file
    units = unit_columns(header, r"AU(\d\d)", scale=1.0)
    if "frame" not in header or not units.columns:
        raise DataSetError(
            f"{file}: this table of py-feat has no column {'AU01 and others' if not units.columns else 'frame'}"
        )
    if rate_hz is None:
        raise DataSetError(
            f"{file}: a table of py-feat has no exact times; give the frames per second of the film, as --rate 30"
        )
    emotions = {name: _EMOTIONS[name.lower()] for name in header if name.lower() in _EMOTIONS}
    measures = (*units.measures, *(EMOTION + name for name in emotions.values()))
    converted = [_row(row, units, tuple(emotions), rate_hz) for row in rows]
    return CourseTable(measures, "none", has_pose=False, rows=one_face_a_frame(converted))


def _row(row: CsvRow, units: UnitColumns, emotions: tuple[str, ...], rate_hz: float) -> CourseRow:
    number = frame_number(row, "frame")
    values = (*units.values(row), *(row.number(name) for name in emotions))
    if all(value is None for value in values):
        return CourseRow(number, number / rate_hz, NO_FACE, (), ())
    closed = row.number(_EYES_CLOSED) if _EYES_CLOSED in row.cells else None
    reason = NO_FACE if None in values else BLINK if closed is not None and closed >= _CLOSED else ""
    return CourseRow(number, number / rate_hz, reason, (), values)


PY_FEAT = TableFormat("py-feat", fits, convert)
