"""Measure one trial of a film: the work that several processes share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.courses.composites import CONGRUENT, CONTRAST, NO_DIRECTION, composite_values, congruent_contrast
from analysis.courses.course_columns import EMOTION, MOVEMENT
from analysis.courses.detection import expected_crosstalk, limits_of
from analysis.courses.filmed_trials import ROUNDING_S, FilmedTrial
from analysis.courses.frames import CourseFrame, FrameFace, find_faces, measure_faces
from analysis.courses.indices import CourseIndices, course_indices, moves
from analysis.courses.neutral_face import NeutralFace, calibrate
from analysis.courses.target_course import TargetCourse, similarity
from analysis.courses.unit_movements import directions, separated
from analysis.face.arrays import FloatArray
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.coefficients import left_right_pairs

TRUSTED = (
    "browDown",
    "eyeSquint",
    "eyeWide",
    "jawOpen",
    "mouthSmile",
    "mouthUpperUp",
)
"""Units whose indices agree with the truth of drawn faces, see ``docs/courses.md``; both sides and their mean."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialTask:
    """What is needed to measure one trial."""

    filmed: FilmedTrial
    neutral: NeutralFace | None
    """From the neutral frames of the session; None: from the baseline of the trial."""
    target: TargetCourse
    model_name: str


@dataclass(frozen=True, slots=True, eq=False)
class TrialCourse:
    """The face of one trial over time."""

    filmed: FilmedTrial
    frames: tuple[CourseFrame, ...]
    """In the order of the film."""
    neutral: str
    """``calibration``, ``baseline``, or ``none`` if no face at rest could be measured."""

    @property
    def left_out(self) -> int:
        """Number of frames that are not used."""
        return sum(not frame.is_used for frame in self.frames)


def measure_trial(task: TrialTask) -> TrialCourse:
    """Measure every frame of a trial.

    Parameters
    ----------
    task : TrialTask
        The trial.

    Raises
    ------
    RecordError
        If the film or a picture cannot be read.
    """
    model = load_model(task.model_name)
    filmed = task.filmed
    faces = list(find_faces(filmed.part, filmed.rows))
    # Frames around a key press have no baseline, also if the key was pressed soon after the onset.
    before = _before_onset(filmed, faces) if filmed.source == "film" else []
    neutral = task.neutral or calibrate(before, model, "baseline")
    frames = []
    for frame in measure_faces(faces, neutral, model, times_s=[filmed.time_s(face.row) for face in faces]):
        target = None if frame.time_s is None else _target(task, frame.time_s)
        if frame.units is not None and target is not None:
            frames.append(replace(frame, similarity=similarity(frame.units, target, model)))
        else:
            frames.append(frame)
    return TrialCourse(filmed, tuple(frames), "none" if neutral is None else neutral.source)


def unit_names(model: FaceModel) -> tuple[str, ...]:
    """Return the names of the measured units."""
    return model.bases[model.finest_basis].names


def emotion_names(model: FaceModel) -> tuple[str, ...]:
    """Return the names of the measured emotions; empty where the model has none."""
    return model.bases["emotions"].names if "emotions" in model.bases else ()


def trial_indices(
    course: TrialCourse,
    model: FaceModel,
    *,
    composites: Mapping[str, Mapping[str, float]],
    target_contrast: FloatArray,
    all_measures: bool = False,
) -> Iterator[tuple[str, CourseIndices]]:
    """Yield name and indices of the measures of a trial.

    Measures are units, the mean of both sides of paired units, emotions and composites.

    Parameters
    ----------
    course : TrialCourse
        The trial.
    model : FaceModel
        The model that measured it.
    composites : mapping of str to (mapping of str to float)
        Composites of the protocol (`analysis.courses.composites`).
    target_contrast : (T,) float array
        The contrast of the target while it moves.
    all_measures : bool
        Whether units that are not `TRUSTED`, and composites of them, are among the measures.
    """
    used = [one for one in course.frames if one.is_used and one.time_s is not None and one.units is not None]
    times = np.array([one.time_s for one in used], dtype=np.float64)
    measures = unit_measures(used, model)
    span = (course.filmed.baseline_s - ROUNDING_S, course.filmed.trial.duration_s)
    yield from measure_indices(times, measures, span_s=span, all_measures=all_measures)
    trusted = {name: weights for name, weights in composites.items() if all_measures or not untrusted(weights)}
    yield from composite_indices(times, composite_values(measures, trusted), span_s=span, target=target_contrast)


def measure_indices(
    time_s: FloatArray,
    measures: Mapping[str, FloatArray],
    *,
    span_s: tuple[float, float],
    all_measures: bool = False,
) -> Iterator[tuple[str, CourseIndices]]:
    """Yield name and indices of each measure in one trial.

    Parameters
    ----------
    time_s : (N,) float array
        Times of the used frames from the onset of the target, in any order.
    measures : mapping of str to (N,) float array
        Their values by name.
    span_s : (float, float)
        Begin of the baseline, which ends at 0, and how long the target was shown.
    all_measures : bool
        Whether units that are not `TRUSTED` are among the results.
    """
    order = np.argsort(time_s, kind="stable")
    times, ordered = time_s[order], {name: values[order] for name, values in measures.items()}
    moving = moving_units(times, ordered, span_s=span_s)
    for name, values in ordered.items():
        if all_measures or is_trusted(name):
            limits = limits_of(name)
            yield (
                name,
                course_indices(
                    times,
                    values,
                    baseline_s=span_s[0],
                    duration_s=span_s[1],
                    limits=limits,
                    crosstalk=expected_crosstalk(limits, ordered, times, baseline_s=span_s[0]),
                    dating=separated(ordered, name, moving),
                ),
            )


def moving_units(
    time_s: FloatArray, measures: Mapping[str, FloatArray], *, span_s: tuple[float, float]
) -> frozenset[str]:
    """Return which of the units that have a direction move while the target is shown.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times of the used frames from the onset of the target.
    measures : mapping of str to (N,) float array
        Their values by name.
    span_s : (float, float)
        Begin of the baseline, which ends at 0, and how long the target was shown.
    """
    found = set()
    for name in directions().units:
        if name in measures and MOVEMENT + name in measures:
            limits = limits_of(name)
            crosstalk = expected_crosstalk(limits, measures, time_s, baseline_s=span_s[0])
            if moves(
                time_s, measures[name], baseline_s=span_s[0], duration_s=span_s[1], limits=limits, crosstalk=crosstalk
            ):
                found.add(name)
    return frozenset(found)


def composite_indices(
    time_s: FloatArray,
    composites: Mapping[str, FloatArray],
    *,
    span_s: tuple[float, float],
    target: FloatArray,
) -> Iterator[tuple[str, CourseIndices]]:
    """Yield name and indices of each composite in one trial, and of `CONGRUENT`.

    Parameters
    ----------
    time_s : (N,) float array
        Times of the used frames from the onset of the target, in any order.
    composites : mapping of str to (N,) float array
        Result of `analysis.courses.composites.composite_values`.
    span_s : (float, float)
        As in `measure_indices`.
    target : (T,) float array
        The contrast of the target while it moves; empty if it was not measured.
    """
    yield from measure_indices(time_s, composites, span_s=span_s, all_measures=True)
    if CONTRAST in composites:
        signed = congruent_contrast(composites[CONTRAST], target)
        if signed is None:
            yield CONGRUENT, CourseIndices(reason=NO_DIRECTION)
        else:
            yield from measure_indices(time_s, {CONGRUENT: signed}, span_s=span_s, all_measures=True)


def is_trusted(measure: str) -> bool:
    """Return whether the indices of a measure are written by default."""
    return measure.startswith(EMOTION) or measure.removesuffix("Left").removesuffix("Right") in TRUSTED


def untrusted(weights: Mapping[str, float]) -> list[str]:
    """Return the units of a composite whose indices are not written by default."""
    return [name for name in weights if not is_trusted(name)]


def composite_note(name: str, units: Sequence[str]) -> str:
    """Return why a composite is not written.

    Parameters
    ----------
    name : str
        The composite.
    units : sequence of str
        Its units that are not `TRUSTED`.
    """
    return f"composite {name} is written with --all-measures only: {', '.join(units)} cannot be trusted"


def with_means(units: FloatArray, names: tuple[str, ...]) -> dict[str, FloatArray]:
    """Return the (N,) strengths of units, and of both sides together, by name.

    Parameters
    ----------
    units : (N, E) float array
        Strengths.
    names : tuple of str
        Names of the E units.
    """
    measures = {name: units[:, number] for number, name in enumerate(names)}
    for left, right in left_right_pairs(names):
        measures[names[left].removesuffix("Left")] = (units[:, left] + units[:, right]) / 2.0
    return measures


def unit_measures(used: Sequence[CourseFrame], model: FaceModel) -> dict[str, FloatArray]:
    """Return the (N,) units, means of both sides, movements and emotions by name.

    Parameters
    ----------
    used : sequence of CourseFrame
        Measured frames.
    model : FaceModel
        The face model.
    """
    names, emotions = unit_names(model), emotion_names(model)
    measures = with_means(np.array([one.units for one in used], dtype=np.float64).reshape(len(used), len(names)), names)
    known = directions().measures
    if all(one.movements is not None for one in used):
        movements = np.array([one.movements for one in used], dtype=np.float64).reshape(len(used), len(known))
        measures |= {name: movements[:, number] for number, name in enumerate(known)}
    if emotions:
        strengths = np.array([one.emotions for one in used], dtype=np.float64).reshape(len(used), len(emotions))
        measures |= {EMOTION + name: strengths[:, number] for number, name in enumerate(emotions)}
    return measures


def _before_onset(filmed: FilmedTrial, faces: Sequence[FrameFace]) -> list[Landmarks]:
    times = [(filmed.time_s(face.row), face.landmarks) for face in faces]
    return [found for time_s, found in times if time_s is not None and time_s < 0.0 and found is not None]


def _target(task: TrialTask, time_s: float) -> FloatArray | None:
    return task.target.at(time_s, task.filmed.motion_s, task.filmed.trial.duration_s)
