"""Tables of OpenFace 2: ``FeatureExtraction`` and ``FaceLandmarkVidMulti``.

Intensities ``AUxx_r`` are 0 to 5. Of the judgements ``AUxx_c``, only that of blinks is used. A frame with success 0 has
values that mean nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.courses.frames import BLINK
from analysis.errors import DataSetError
from analysis.films.action_units import INTENSITY
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.openface_columns import pose_from_openface
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

_REQUIRED = ("frame", "timestamp", "success")
_POSE = ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz")
_EYES_CLOSED = "AU45_c"
_INTENSITIES = r"AU(\d\d)_r"


def fits(header: Sequence[str]) -> bool:
    """Return whether columns are those of OpenFace."""
    return {"frame", "confidence", "success"} <= set(header)


def convert(header: Sequence[str], rows: Sequence[CsvRow], rate_hz: float | None) -> CourseTable:
    """Return a table of OpenFace as one of this program.

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
    units = unit_columns(header, _INTENSITIES, scale=INTENSITY)
    missing = [name for name in _REQUIRED if name not in header] + ([] if units.columns else ["AU01_r and others"])
    if missing:
        raise DataSetError(
            f"{rows[0].file}: this table of OpenFace has no column {', '.join(missing)}; run FeatureExtraction "
            "with -aus"
        )
    has_pose = set(_POSE) <= set(header)
    converted = [_row(row, units, has_pose=has_pose, rate_hz=rate_hz) for row in rows]
    return CourseTable(units.measures, "none", has_pose, one_face_a_frame(converted))


def _row(row: CsvRow, units: UnitColumns, *, has_pose: bool, rate_hz: float | None) -> CourseRow:
    number = frame_number(row, "frame") - 1
    time_s = frame_time(row, "timestamp") if rate_hz is None else number / rate_hz
    if row.number("success") != 1.0:
        return CourseRow(number, time_s, NO_FACE, (), ())
    values = units.values(row)
    pose = [row.number(name) for name in _POSE] if has_pose else []
    known = [value for value in pose if value is not None]
    closed = _EYES_CLOSED in row.cells and row.number(_EYES_CLOSED) == 1.0
    reason = NO_FACE if None in values else BLINK if closed else ""
    return CourseRow(number, time_s, reason, pose_from_openface(known) if len(known) == len(_POSE) else (), values)


OPENFACE = TableFormat("OpenFace", fits, convert)
