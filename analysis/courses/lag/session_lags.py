"""The lags of the trials of a session behind their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.courses.composites import CONTRAST, DEFAULT, composite_values
from analysis.courses.filmed_trials import ROUNDING_S
from analysis.courses.indices import NO_BASELINE
from analysis.courses.lag.lagged_correlation import Lag
from analysis.courses.lag.movements import Movement, congruency, movement, stacked, unit_coordinates
from analysis.courses.lag.pseudo_pairs import Null
from analysis.courses.lag.trial_lags import STILL, UNMEASURED, Pair, PairLag, TrialLag, trial_lags
from analysis.courses.target_course import TargetCourse
from analysis.courses.trial_course import TrialCourse, unit_names, with_means
from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel


@dataclass(frozen=True, slots=True, eq=False)
class TargetAgreement:
    """How the face of each trial agrees with its target. In the order of the trials."""

    lags: tuple[TrialLag, ...]
    congruency: tuple[float | None, ...]
    contrasts: tuple[FloatArray, ...]
    """Contrast of each target while it moves."""
    pairs: tuple[PairLag, ...]


def target_agreement(
    courses: Sequence[TrialCourse], targets: Mapping[str, TargetCourse], model: FaceModel, *, max_lag_s: float
) -> TargetAgreement:
    """Compare the trials of a session with their targets.

    Parameters
    ----------
    courses : sequence of TrialCourse
        The measured trials.
    targets : mapping of str to TargetCourse
        The measured targets by name.
    model : FaceModel
        The face model.
    max_lag_s : float
        The largest lag, in both directions.
    """
    pairs: list[Pair] = []
    direction: list[float | None] = []
    contrasts: list[FloatArray] = []
    for course in courses:
        trial, target = course.filmed.trial, targets[course.filmed.trial.target]
        times, units = target.over_time(course.filmed.motion_s, trial.duration_s)
        shown = movement(times, units, coordinates=_coordinates(units, model))
        contrasts.append(_contrast(units, shown, model))
        if course.filmed.source != "film":  # a few frames around a key press, without a baseline
            direction.append(None)
            continue
        face = face_movement(course, model)
        reason = UNMEASURED if not len(times) else "" if target.is_moving else STILL
        pairs.append(Pair(trial.id, trial.target, face, None if reason else shown, reason))
        direction.append(congruency(face, shown, duration_s=trial.duration_s))
    lags, listed = trial_lags(pairs, max_lag_s=max_lag_s)
    found = {one.trial_id: one for one in lags}
    each = (found.get(course.filmed.trial.id, _without_lag(course)) for course in courses)
    return TargetAgreement(tuple(each), tuple(direction), tuple(contrasts), tuple(listed))


def _without_lag(course: TrialCourse) -> TrialLag:
    trial = course.filmed.trial
    return TrialLag(trial.id, trial.target, Lag(reason=NO_BASELINE), None, Null())


def face_movement(course: TrialCourse, model: FaceModel) -> Movement:
    """Return the movement of a face in the used frames of a trial, from its baseline.

    Parameters
    ----------
    course : TrialCourse
        The trial.
    model : FaceModel
        The face model.
    """
    used = [frame for frame in course.frames if frame.is_used]
    rows = [(frame.time_s, frame.units) for frame in used if frame.time_s is not None and frame.units is not None]
    return movement(
        np.array([time_s for time_s, _ in rows], dtype=np.float64),
        stacked([units for _, units in rows], len(unit_names(model))),
        coordinates=unit_coordinates(model),
        baseline_s=course.filmed.baseline_s - ROUNDING_S,
    )


def _coordinates(units: FloatArray, model: FaceModel) -> FloatArray:
    """Return the coordinates of the units; a target that was not measured has none."""
    return unit_coordinates(model)[: units.shape[1]]


def _contrast(units: FloatArray, shown: Movement, model: FaceModel) -> FloatArray:
    """Return the contrast of a target while it moves."""
    if not len(units):
        return np.zeros(0)
    moving = np.linalg.norm(shown.change, axis=1) >= shown.least
    return composite_values(with_means(units[moving], unit_names(model)), DEFAULT).get(CONTRAST, np.zeros(0))
