"""Tables as OpenFace 2 writes them, for scripts made for its tables.

Header, separators and digits are those of its ``FeatureExtraction``. Columns without a counterpart are absent. Axes of
OpenFace: x right, y down, z away from the camera; rotation ``Rx Ry Rz`` in radians (Baltrusaitis, Zadeh, Lim & Morency
2018, OpenFace 2.0, IEEE FG; its wiki, Output Format).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from analysis.courses.course_columns import UNIT
from analysis.courses.frames import BLINK
from analysis.films.action_units import COUNTERPARTS, INTENSITY
from analysis.films.course_table import CourseRow

OPENFACE_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
"""Action units that OpenFace measures."""
SEPARATOR = ", "
_START = ("frame", "face_id", "timestamp", "confidence", "success")
_POSE = ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz")
_PRESENCE = ("AU45_c",)
"""Of the presence of other movements, this program has no frame-by-frame judgement."""


def openface_header(measures: Sequence[str]) -> list[str]:
    """Return the columns of a table.

    Parameters
    ----------
    measures : sequence of str
        Columns of units in this program's names.
    """
    return [*_START, *_POSE, *(f"AU{number:02d}_r" for number, _ in _sources(measures)), *_PRESENCE]


def openface_lines(rows: Iterable[CourseRow], measures: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a table, without its header.

    A frame that was not measured has success 0 and zeros, as in OpenFace.

    Parameters
    ----------
    rows : iterable of CourseRow
        Frames of a film.
    measures : sequence of str
        Columns of their values.
    """
    sources = _sources(measures)
    for row in rows:
        yield SEPARATOR.join(_cells(row, dict(zip(measures, row.values, strict=False)), sources))


def openface_pose(pose: Sequence[float]) -> tuple[float, ...]:
    """Return translation (mm) and rotation (rad) of a head as OpenFace states them.

    Parameters
    ----------
    pose : sequence of float
        Values of `analysis.courses.frames.POSE`.
    """
    yaw, pitch, roll, x_mm, y_mm, distance_mm = pose
    yaw, pitch, roll = (math.radians(angle) for angle in (yaw, pitch, roll))
    facing = np.array([math.cos(pitch) * math.sin(yaw), math.sin(pitch), math.cos(pitch) * math.cos(yaw)])
    right = np.array([math.cos(roll), math.sin(roll), 0.0])
    right[2] = -(right @ facing) / facing[2]
    right /= np.linalg.norm(right)
    up = np.cross(facing, right)
    return (
        *(x_mm, -y_mm, distance_mm),
        math.atan2(-facing[1], facing[2]),
        math.asin(max(-1.0, min(1.0, -facing[0]))),
        math.atan2(up[0], right[0]),
    )


def pose_from_openface(values: Sequence[float]) -> tuple[float, ...]:
    """Return the values of `analysis.courses.frames.POSE` from those of OpenFace.

    Parameters
    ----------
    values : sequence of float
        Tx, Ty, Tz (mm), Rx, Ry, Rz (rad).
    """
    x_mm, y_mm, z_mm, first, second, third = values
    c1, s1, c2, s2, c3, s3 = (part(angle) for angle in (first, second, third) for part in (math.cos, math.sin))
    facing = (-s2, -c2 * s1, c1 * c2)  # third column of the rotation in this program's axes
    right = (c2 * c3, -(c1 * s3 + c3 * s1 * s2))  # first column, x and y
    return (
        math.degrees(math.atan2(facing[0], facing[2])),
        math.degrees(math.asin(max(-1.0, min(1.0, facing[1])))),
        math.degrees(math.atan2(right[1], right[0])),
        *(x_mm, -y_mm, z_mm),
    )


def _sources(measures: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the action units that have a counterpart, and its columns."""
    found = []
    for number in OPENFACE_UNITS:
        name = UNIT + COUNTERPARTS.get(number, "")
        columns = [one for one in measures if one in (name, f"{name}Left", f"{name}Right")]
        if columns:
            found.append((number, columns))
    return found


def _cells(row: CourseRow, values: Mapping[str, float | None], sources: list[tuple[int, list[str]]]) -> list[str]:
    known = {name: value for name, value in values.items() if value is not None}
    measured = bool(known) and None not in row.pose
    pose = openface_pose([value for value in row.pose if value is not None]) if measured else (0.0,) * 6
    strengths = [sum(known.get(name, 0.0) for name in names) / len(names) * INTENSITY for _, names in sources]
    return [
        *(str(row.index + 1), "0", f"{row.time_s:.3f}", f"{float(measured):.2f}", str(int(measured))),
        *(f"{value:.1f}" for value in pose[:3]),
        *(f"{value:.3f}" for value in pose[3:]),
        *(f"{value:.2f}" for value in strengths),
        f"{float(row.reason == BLINK):.1f}",
    ]
