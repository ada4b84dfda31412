"""Write the lags between two persons who were filmed at the same time.

::

    sub-07_task-NAME_partner-courses.csv      the partner: the same tables as for the participant
    sub-07_task-NAME_partner-indices.csv      ...
    sub-07_task-NAME_couple-lag.csv           one row a trial: lag of the participant behind the partner
    sub-07_task-NAME_couple-lag-pairs.csv     one row a real or pseudo-pair
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.courses.course_columns import csv_text, number_text
from analysis.courses.course_files import PersonCourses
from analysis.courses.lag.lag_tables import LAG_COLUMNS, OWN_COLUMNS, PAIR_COLUMNS, lag_cells, null_cells, pair_rows
from analysis.courses.lag.movements import Movement, shifted
from analysis.courses.lag.session_lags import face_movement
from analysis.courses.lag.trial_lags import Pair, TrialLag, trial_lags
from analysis.courses.trial_course import TrialCourse
from analysis.face.models.model import FaceModel
from analysis.tables.output_files import put
from experiment.record.camera_offset import difference_s

PARTNER = "partner-"
"""Begin of the names of the partner's tables, after the part for the session."""
_ABOUT = ("participant", "partner", "session", "trial_id", "kind", "target", "expression")
_OFFSETS = ("offset_s", "offset_error_s", "follows", "reason")


def write_couple(
    participant: PersonCourses, partner: PersonCourses, *, folder: Path, model: FaceModel, max_lag_s: float
) -> list[Path]:
    """Write the lags between two persons, and return the files.

    Parameters
    ----------
    participant, partner : PersonCourses
        The two persons of a session.
    folder : Path
        The folder of the courses.
    model : FaceModel
        The face model.
    max_lag_s : float
        The largest lag, in both directions.
    """
    second = {one.filmed.trial.id: one for one in partner.courses}
    filmed = (one for one in participant.courses if one.filmed.source == "film")
    first = [one for one in filmed if one.filmed.trial.id in second]
    pairs = [_pair(one, second[one.filmed.trial.id], model) for one in first]
    lags, listed = trial_lags(pairs, max_lag_s=max_lag_s)
    rows = _rows(participant, partner, first, second, lags)
    start = [participant.record.participant, participant.record.session or ""]
    tables = {
        "couple-lag": ((*_ABOUT, *LAG_COLUMNS, *OWN_COLUMNS, *_OFFSETS), rows),
        "couple-lag-pairs": (
            ("participant", "session", *PAIR_COLUMNS),
            ([*start, *row] for row in pair_rows(listed)),
        ),
    }
    return [put(folder / f"{participant.stem}{name}.csv", csv_text(*table)) for name, table in tables.items()]


def _pair(first: TrialCourse, second: TrialCourse, model: FaceModel) -> Pair:
    """Return both faces on one clock.

    The difference of the camera offsets is subtracted where it is known.
    """
    trial = first.filmed.trial
    by_s, _ = camera_difference(first, second) or (0.0, 0.0)
    shown = _during(face_movement(second, model), trial.duration_s)
    # Each trial has a course of its own, so all other trials are pseudo-pairs.
    return Pair(trial.id, trial.id, shifted(face_movement(first, model), -by_s), shown)


def camera_difference(first: TrialCourse, second: TrialCourse) -> tuple[float, float] | None:
    """Return how much later the first camera's times are, in seconds.

    The second number is half a 95 % interval. None if an offset was not measured.
    """
    own, other = first.filmed.camera_offset, second.filmed.camera_offset
    return None if own is None or other is None else difference_s(own, minus=other)


def _during(face: Movement, duration_s: float) -> Movement:
    """Return the part of a movement in which the target was shown."""
    kept = (face.time_s >= 0.0) & (face.time_s <= duration_s)
    return replace(face, time_s=face.time_s[kept], change=face.change[kept])


def _rows(
    participant: PersonCourses,
    partner: PersonCourses,
    first: Sequence[TrialCourse],
    second: Mapping[str, TrialCourse],
    lags: Sequence[TrialLag],
) -> Iterator[list[Any]]:
    record = participant.record
    for course, found in zip(first, lags, strict=True):
        trial = course.filmed.trial
        offset_s, error_s = camera_difference(course, second[trial.id]) or (None, None)
        interval = with_error(found, error_s)
        yield [
            *(record.participant, partner.record.participant, record.session or ""),
            *(trial.id, trial.kind, trial.target, record.targets[trial.target].expression),
            *lag_cells(found.lag, interval),
            *null_cells(found.own_trials),
            *(number_text(offset_s), number_text(error_s)),
            "" if error_s is None else follower(interval),
            found.lag.reason,
        ]


def with_error(found: TrialLag, error_s: float | None) -> tuple[float, float] | None:
    """Return the interval of a lag, wider by the error of the camera offsets.

    Parameters
    ----------
    found : TrialLag
        The lag.
    error_s : float, optional
        Half a 95 % interval of the difference of both offsets. None: not known, and not in the interval.
    """
    lag_s = found.lag.lag_s
    if lag_s is None or found.interval_s is None:
        return None
    low, high = (math.copysign(np.hypot(end - lag_s, error_s or 0.0), end - lag_s) for end in found.interval_s)
    return lag_s + low, lag_s + high


def follower(interval_s: tuple[float, float] | None) -> str:
    """Return who moves later: ``participant``, ``partner``, or neither for sure."""
    if interval_s is None or interval_s[0] <= 0.0 <= interval_s[1]:
        return ""
    return "participant" if interval_s[0] > 0.0 else "partner"
