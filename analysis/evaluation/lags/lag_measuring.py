"""Measure the films of a person as ``courses`` does, and add the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.courses.composites import CONGRUENT, CONTRAST, DEFAULT, congruent_contrast
from analysis.courses.filmed_trials import FilmedTrial
from analysis.courses.frames import measure_faces
from analysis.courses.indices import course_indices
from analysis.courses.lag.movements import unit_coordinates
from analysis.courses.lag.pseudo_pairs import arrange
from analysis.courses.lag.session_lags import TargetAgreement, target_agreement
from analysis.courses.lag.trial_lags import TrialLag
from analysis.courses.neutral_face import NeutralFace, calibrate
from analysis.courses.target_course import TargetCourse, strength_mm
from analysis.courses.trial_course import TrialCourse, trial_indices, unit_names
from analysis.evaluation.lags.lag_filming import LagCamera
from analysis.evaluation.lags.lag_people import (
    BASELINE_S,
    EXPRESSIONS,
    RATE_HZ,
    SHOWN_S,
    TARGET_STRENGTH,
    ActedTrial,
    ShownTarget,
    draw_lag_person,
    draw_target_person,
    draw_targets,
)
from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import without_side
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.synthetic.generators import Generator
from experiment.record.film.reading import FilmPart
from experiment.record.session_record import TrialRecord

MAX_LAG_S = 2.0


@dataclass(frozen=True, slots=True)
class LagTask:
    """What a process needs to measure one person."""

    number: int
    generator: Generator
    model: str
    """Name of the face model that is fitted."""
    seed: int
    cache: Path


@dataclass(frozen=True, slots=True)
class JudgedTrial:
    """One trial: the truth and what was measured."""

    person: str
    trial: ActedTrial
    found: TrialLag
    congruency: float | None
    true_congruency: float | None
    """None for a person who does not move."""
    contrast: float | None
    """Area of the contrast during the target, s; None without a baseline."""
    true_contrast: float
    congruent: float | None
    """Area of the congruent contrast; None for a target that is neither pleasant nor unpleasant."""
    true_congruent: float | None
    largest_mm: float
    """Largest measured movement while the target is shown, of smoothed frames; 0 without frames."""
    target_mm: float
    """The same of the target."""

    @property
    def error_s(self) -> float | None:
        """Measured minus true lag."""
        measured, true = self.found.lag.lag_s, self.trial.lag_s
        return None if measured is None or true is None else measured - true


@dataclass(frozen=True, slots=True)
class JudgedPerson:
    """The trials of a person, and p of random arrangements of those of one act."""

    trials: tuple[JudgedTrial, ...]
    arranged_p: Mapping[str, float | None]
    """By act, from the trials of this act alone."""


def measure_lag_person(task: LagTask) -> JudgedPerson:
    """Draw, measure and judge the trials of one person.

    Parameters
    ----------
    task : LagTask
        The person.
    """
    model, targets = load_model(task.model), draw_targets(task.seed)
    shown = measured_targets(targets, model, seed=task.seed, cache=task.cache)
    person = draw_lag_person(task.number, len(task.generator.model().identity), targets, seed=task.seed)
    camera = LagCamera(person, task.generator, task.cache)
    neutral = _neutral(camera, model)
    courses = [trial_course(one, camera, neutral, model) for one in person.trials]
    name = f"{task.generator.name}-{task.number}"
    return judge(name, person.trials, courses, shown=shown, targets=targets, model=model)


def measured_targets(
    targets: Mapping[str, ShownTarget], model: FaceModel, *, seed: int, cache: Path
) -> dict[str, TargetCourse]:
    """Return the measured targets by name.

    Parameters
    ----------
    targets : mapping of str to ShownTarget
        The targets.
    model : FaceModel
        The face model that is fitted.
    seed : int
        Seed of the random numbers of all people.
    cache : Path
        Folder of the kept landmarks.
    """
    generator = Generator(DEFAULT_MODEL)
    person = draw_target_person(len(generator.model().identity), targets, seed=seed)
    camera = LagCamera(person, generator, cache)
    neutral, found = _neutral(camera, model), {}
    for one in person.trials:
        faces = camera.target(one.film)
        frames = measure_faces(faces, neutral, model, times_s=[face.row.time_s for face in faces])
        missing = np.full(len(unit_names(model)), np.nan)
        found[one.target] = TargetCourse(
            np.array([missing if frame.units is None else frame.units for frame in frames]), is_moving=True
        )
    return found


def trial_course(trial: ActedTrial, camera: LagCamera, neutral: NeutralFace | None, model: FaceModel) -> TrialCourse:
    """Return the measured frames of a trial.

    Parameters
    ----------
    trial : ActedTrial
        The trial.
    camera : LagCamera
        The camera of the person.
    neutral : NeutralFace or None
        The person at rest.
    model : FaceModel
        The face model that is fitted.
    """
    faces = camera.trial(trial.film)
    frames = measure_faces(faces, neutral, model, times_s=[face.row.time_s for face in faces])
    return TrialCourse(filmed_trial(trial), tuple(frames), "calibration")


def filmed_trial(trial: ActedTrial) -> FilmedTrial:
    """Return a trial as the record of a session has it."""
    record = TrialRecord(
        id=f"trial-{trial.number}",
        block="watching",
        kind="viewing",
        target=trial.target,
        condition={},
        outcome="viewed",
        onset_s=0.0,
        duration_s=SHOWN_S,
        response_time_s=None,
        frame=None,
        key_to_frame_ms=None,
        half_interval_ms=None,
        neighbours=(),
        late_flips=0,
        missed_frames=0,
        ratings={},
    )
    motion = tuple((number, number / RATE_HZ) for number in range(int(SHOWN_S * RATE_HZ)))
    return FilmedTrial(record, FilmPart(Path("drawn"), ()), (), 0.0, -BASELINE_S, motion)


def judge(
    person: str,
    trials: tuple[ActedTrial, ...],
    courses: list[TrialCourse],
    *,
    shown: Mapping[str, TargetCourse],
    targets: Mapping[str, ShownTarget],
    model: FaceModel,
) -> JudgedPerson:
    """Compare the trials of a person with their targets and with the truth.

    Parameters
    ----------
    person : str
        Name of the person.
    trials : tuple of ActedTrial
        What the person does.
    courses : list of TrialCourse
        What was measured.
    shown : mapping of str to TargetCourse
        The measured targets.
    targets : mapping of str to ShownTarget
        What they do.
    model : FaceModel
        The face model.
    """
    agreement = target_agreement(courses, shown, model, max_lag_s=MAX_LAG_S)
    judged = []
    for number, (trial, course) in enumerate(zip(trials, courses, strict=True)):
        contrasts = agreement.contrasts[number]
        found = dict(trial_indices(course, model, composites={}, target_contrast=contrasts))
        contrast, congruent = _true_contrasts(trial, targets[trial.target])
        judged.append(
            JudgedTrial(
                person,
                trial,
                agreement.lags[number],
                agreement.congruency[number],
                true_congruency(trial.target, trial.moved, model) if trial.moved else None,
                found[CONTRAST].area,
                contrast,
                found[CONGRUENT].area,
                congruent,
                _largest_mm(course, model),
                _target_mm(shown[trial.target], model),
            )
        )
    acts = dict.fromkeys(one.act for one in trials)
    return JudgedPerson(tuple(judged), {act: _arranged_p(act, trials, agreement) for act in acts})


def true_congruency(target: str, moved: str, model: FaceModel) -> float:
    """Return the cosine of two expressions as they are drawn.

    Parameters
    ----------
    target, moved : str
        Two of `EXPRESSIONS`.
    model : FaceModel
        The face model.
    """
    first, second = (
        np.array([EXPRESSIONS[one].get(without_side(name), 0.0) for name in unit_names(model)])
        @ unit_coordinates(model)
        for one in (target, moved)
    )
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def _neutral(camera: LagCamera, model: FaceModel) -> NeutralFace | None:
    return calibrate([one.landmarks for one in camera.neutrals() if one.landmarks is not None], model, "calibration")


def _true_contrasts(trial: ActedTrial, target: ShownTarget) -> tuple[float, float | None]:
    """Return the true areas of contrast and congruent contrast during the target, s."""
    times = np.arange(-BASELINE_S, SHOWN_S, 1.0 / 120.0)
    weights = DEFAULT[CONTRAST]
    values = np.array(
        [sum(weights.get(one.unit, 0.0) * one.at(time_s) for one in trial.film.movements) for time_s in times.tolist()]
    )
    whole = sum(weight * EXPRESSIONS[target.expression].get(unit, 0.0) for unit, weight in weights.items())
    signed = congruent_contrast(values, np.array([TARGET_STRENGTH * whole]))
    areas = [
        None if one is None else course_indices(times, one, baseline_s=-BASELINE_S, duration_s=SHOWN_S).area
        for one in (values, signed)
    ]
    return areas[0] or 0.0, areas[1]


def _largest_mm(course: TrialCourse, model: FaceModel) -> float:
    used = [one for one in course.frames if one.is_used and one.time_s is not None and one.units is not None]
    rows = [one.units for one in used if one.time_s is not None and 0.0 <= one.time_s <= SHOWN_S]
    return _smoothed_largest([strength_mm(row, model) for row in rows if row is not None])


def _target_mm(target: TargetCourse, model: FaceModel) -> float:
    return _smoothed_largest([strength_mm(row, model) for row in target.units if not np.isnan(row).any()])


def _smoothed_largest(strengths: list[float]) -> float:
    if len(strengths) < 3:
        return 0.0
    values: FloatArray = np.asarray(strengths, dtype=np.float64)
    return float(np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=1).max())


def _arranged_p(act: str, trials: tuple[ActedTrial, ...], agreement: TargetAgreement) -> float | None:
    """Return ``arranged_p`` of the trials of one act."""
    own = [f"trial-{one.number}" for one in trials if one.act == act]
    names = sorted({one.course for one in agreement.pairs})
    strength = {(one.trial_id, one.course): one.lag.strength for one in agreement.pairs}
    real = {one.trial_id: names.index(one.course) for one in agreement.pairs if one.is_real}
    rows = [trial_id for trial_id in own if trial_id in real]
    table = np.array([[strength.get((trial_id, name), 0.0) for name in names] for trial_id in rows])
    targets = np.array([real[trial_id] for trial_id in rows], dtype=np.int64)
    return arrange(table.reshape(len(rows), len(names)), targets, np.random.default_rng(1)).p
