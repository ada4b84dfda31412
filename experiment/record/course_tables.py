"""The table of a drawn course: the known movement of a target, a row a frame.

``stimuli/NAME_course.tsv`` has the strength of each moving unit in each frame of the display, at full precision.
``NAME_course.json`` describes its columns and has the parameters of the course.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from analysis.face.synthetic.drawn_course import DrawnMovement
from experiment.record.errors import RecordError
from experiment.record.files import record_errors

UNIT = "unit_"
"""What columns of units begin with."""


def course_table(movement: DrawnMovement) -> bytes:
    """Return the table of a course as tab-separated text."""
    course, rows = movement.course, movement.rows()
    units = _units(movement)
    lines = ["\t".join(["frame", "time_s", "intensity", *(UNIT + unit for unit in units)])]
    for frame, row in enumerate(rows):
        values = [course.intensity(frame), *(row.get(unit, 0.0) for unit in units)]
        lines.append(
            "\t".join([str(frame), f"{frame / course.rate_hz:.6f}", *(repr(float(value)) for value in values)])
        )
    return ("\n".join(lines) + "\n").encode()


def course_description(movement: DrawnMovement) -> bytes:
    """Return the description of the table as JSON."""
    course = movement.course
    description: dict[str, Any] = {
        "frame": {"Description": "Number of the refresh since the onset of the target, at the nominal refresh rate."},
        "time_s": {"Description": "Nominal time since the onset of the target.", "Units": "s"},
        "intensity": {"Description": "Strength of the expression relative to the apex: minimum-jerk onset and offset."},
        **{
            UNIT + unit: {"Description": f"Strength of the unit {unit} of the drawn face, 0 to 1."}
            for unit in _units(movement)
        },
        "Course": {
            "RefreshRateHz": course.rate_hz,
            "DelayFrames": course.delay,
            "OnsetFrames": course.onset,
            "HoldFrames": course.hold,
            "OffsetFrames": course.offset,
            "LengthFrames": course.length,
            "BlinkFrames": list(course.blinks),
            "Apex": dict(sorted(movement.apex.items())),
        },
    }
    return (json.dumps(description, indent=1) + "\n").encode()


def _units(movement: DrawnMovement) -> list[str]:
    """Return the units that move, sorted."""
    return sorted({unit for row in movement.rows() for unit in row})


def read_course_table(file: Path) -> dict[str, list[float]]:
    """Return the columns of a course's table, by name.

    Raises
    ------
    RecordError
        If the file cannot be read, or is not such a table.
    """
    with record_errors("read", file):
        text = file.read_text(encoding="utf-8")
    try:
        rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
        columns = {name: [float(row[name]) for row in rows] for name in rows[0]}
    except (ValueError, IndexError, TypeError):
        columns = {}
    if not {"frame", "time_s", "intensity"} <= set(columns):
        raise RecordError(f"{file}: this is not the table of a course; restore it from a copy")
    return columns
