"""The movement of a target over time, for drawing.

Of faces that the program drew it is known exactly. Clips and pictures are measured like faces in films, but only in
their units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.courses.composites import with_default
from analysis.courses.course_columns import EMOTION, UNIT
from analysis.courses.figures.course_reading import SIMILARITY
from analysis.courses.target_course import measure_target
from analysis.courses.trial_course import unit_names
from analysis.face.arrays import FloatArray
from analysis.face.clips import clip_facts
from analysis.face.models.model import FaceModel
from experiment.record.course_tables import read_course_table
from experiment.record.session_record import SessionRecord, TargetRecord


@dataclass(frozen=True, slots=True, eq=False)
class StimulusCourse:
    """A target over time."""

    values: Mapping[str, FloatArray]
    """(T,) strengths by measure, one a frame; a picture has one. A measure that is not known is missing."""
    frame_s: FloatArray
    """(T,) nominal times of the frames from the onset, s."""
    is_known: bool
    """Whether the program drew the face, so that no measurement is needed."""
    fault: str = ""
    """Why there are no values."""

    def shown(
        self, measure: str, motion_s: Sequence[tuple[int, float]], *, duration_s: float
    ) -> tuple[FloatArray, FloatArray] | None:
        """Return the (S,) times and strengths of a measure; None if it is not known.

        Parameters
        ----------
        measure : str
            The measure.
        motion_s : sequence of (int, float)
            Frames and when each was first shown in a trial, s from the onset; empty: nominal times.
        duration_s : float
            How long the target was shown.
        """
        values = self.values.get(measure)
        if values is None or not len(values):
            return None
        if len(values) == 1:
            return np.array([0.0, duration_s]), np.repeat(values, 2)
        rows = [one for one in motion_s if one[0] < len(values)] or list(enumerate(self.frame_s.tolist()))
        rows = [(frame, time_s) for frame, time_s in rows if time_s <= duration_s]
        if not rows:
            return None
        numbers, times_s = [frame for frame, _ in rows], [time_s for _, time_s in rows]
        strengths = values[numbers]
        return np.array([*times_s, duration_s]), np.append(strengths, strengths[-1:])


def stimulus_course(
    target: TargetRecord, record: SessionRecord, model: Callable[[], FaceModel], measures: Sequence[str]
) -> StimulusCourse:
    """Return the course of a target.

    Parameters
    ----------
    target : TargetRecord
        The target.
    record : SessionRecord
        A session that showed it.
    model : callable
        Returns the face model; called only for targets whose movement is not known.
    measures : sequence of str
        What is drawn.

    Raises
    ------
    RecordError
        If the table of a drawn course cannot be read.
    """
    composites = with_default(record.composites)
    drawn = [name for name in measures if name != SIMILARITY]
    wanted = [unit for name in drawn for unit in composites.get(name, (name,))]
    if target.course is not None and target.course.is_file():
        table = read_course_table(target.course)
        times_s = np.array(table["time_s"])
        units = {name: np.array(values) for name, values in table.items() if name.startswith(UNIT)}
        blend = {EMOTION + name: np.array(table["intensity"]) * share for name, share in target.blend.items()}
        known = {name: _known(name, units, blend, frames=len(times_s)) for name in wanted}
        return StimulusCourse(_with_composites(drawn, known, composites), times_s, is_known=True)
    face_model = model()
    course = measure_target(target, record, face_model)
    columns = {} if course.fault else {UNIT + name: course.units[:, k] for k, name in enumerate(unit_names(face_model))}
    values = {name: found for name in wanted if (found := _of_units(name, columns)) is not None}
    frame_s = np.array(clip_facts(target.motion).times_s if target.motion and not course.fault else [0.0])
    values = _with_composites(drawn, values, composites)
    return StimulusCourse(values, frame_s, is_known=False, fault=course.fault)


def _with_composites(
    measures: Sequence[str], units: Mapping[str, FloatArray], composites: Mapping[str, Mapping[str, float]]
) -> dict[str, FloatArray]:
    """Return the values of measures, some of which are weighted sums of units.

    Those that are not known are missing.
    """
    values = {}
    for name in measures:
        weights = composites.get(name, {name: 1.0})
        if all(unit in units for unit in weights):
            values[name] = np.asarray(np.sum([weight * units[unit] for unit, weight in weights.items()], axis=0))
    return values


def _known(
    measure: str, units: Mapping[str, FloatArray], emotions: Mapping[str, FloatArray], *, frames: int
) -> FloatArray:
    """Return a known measure; units that the table does not list are at rest."""
    rest = np.zeros(frames)
    if measure.startswith(EMOTION):
        return emotions.get(measure, rest)
    found = _of_units(measure, units, rest)
    return rest if found is None else found


def _of_units(measure: str, units: Mapping[str, FloatArray], rest: FloatArray | None = None) -> FloatArray | None:
    """Return a unit, or the mean of both sides; None where there is none."""
    unit = UNIT + measure.removeprefix(UNIT)
    if unit in units:
        return units[unit]
    left, right = units.get(f"{unit}Left", rest), units.get(f"{unit}Right", rest)
    return None if left is None or right is None else np.asarray((left + right) / 2.0)
