"""Similarity, lag and congruency of the trials in a film, with their targets.

Definitions are those of ``courses`` (``docs/indices.md``). Tables of other programs have other units, and their values
are not the change from a face at rest: they are compared in the units that all tables have in common, without
similarity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from analysis.courses.composites import CONTRAST, DEFAULT, composite_values
from analysis.courses.course_columns import EMOTION, MOVEMENT, UNIT
from analysis.courses.detection import LEAST_RISE
from analysis.courses.filmed_trials import ROUNDING_S
from analysis.courses.lag.lagged_correlation import MAX_LAG_S
from analysis.courses.lag.movements import Movement, congruency, movement, unit_coordinates
from analysis.courses.lag.trial_lags import UNMEASURED, Pair, PairLag, TrialLag, trial_lags
from analysis.courses.target_course import similarity
from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.similarity.parts import NOISE_FLOOR_MM
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.target_films import TargetFilm, target_notes
from analysis.films.trials import FilmTrial

_LIDS = "eyeBlink"
"""Lids move by themselves, so they are no part of a movement."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmAgreement:
    """How the face of each trial with a target film agrees with it."""

    lags: Mapping[str, TrialLag]
    """By id of the trial, as all of these."""
    congruency: Mapping[str, float | None]
    contrasts: Mapping[str, FloatArray]
    """Contrast of each target while it moves."""
    pairs: tuple[PairLag, ...]
    similarities: Mapping[int, float]
    """By number of the frame."""
    notes: tuple[str, ...] = ()
    """About targets that were not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """Coordinates in which all faces of a film are compared."""

    units: tuple[str, ...]
    coordinates: FloatArray
    least: float
    model: FaceModel | None
    """None: units of other programs."""

    def units_of(self, table: CourseTable, rows: Sequence[CourseRow]) -> FloatArray:
        """Return the (N, E) units of used rows."""
        series = table.series(rows)
        return np.array([series[name] for name in self.units], dtype=np.float64).reshape(len(self.units), -1).T


def film_agreement(
    table: CourseTable, trials: Sequence[FilmTrial], targets: Mapping[Path, TargetFilm], model: FaceModel
) -> FilmAgreement | None:
    """Compare the trials of a film with their targets; None if no trial names one.

    Parameters
    ----------
    table : CourseTable
        The film frame by frame.
    trials : sequence of FilmTrial
        Its trials.
    targets : mapping of Path to TargetFilm
        The measured targets.
    model : FaceModel
        The face model.
    """
    shown = [(trial, targets[trial.target_film]) for trial in trials if trial.target_film is not None]
    if not shown:
        return None
    space = _space([table, *(target.table for _, target in shown if not target.fault)], model)
    pairs, direction, contrasts, similarities = [], {}, {}, {}
    for trial, target in shown:
        face, leader = _face(table, trial, trials, space), _leader(target, trial, space)
        name = f"{trial.target_film.name if trial.target_film else ''}@{trial.target_begin_s:g}s"
        pairs.append(Pair(trial.trial_id, name, face, leader, UNMEASURED if leader is None else ""))
        direction[trial.trial_id] = None if leader is None else congruency(face, leader, duration_s=trial.duration_s)
        contrasts[trial.trial_id] = _contrast(target, trial, leader)
        similarities.update(_similarities(table, trial, target, space))
    lags, listed = trial_lags(pairs)
    own = {trial.target_film: target for trial, target in shown if trial.target_film is not None}
    by_trial = {one.trial_id: one for one in lags}
    return FilmAgreement(by_trial, direction, contrasts, tuple(listed), similarities, notes=tuple(target_notes(own)))


def _space(tables: Sequence[CourseTable], model: FaceModel) -> _Space:
    names = model.bases[model.finest_basis].names
    if all({UNIT + name for name in names} <= set(table.measures) for table in tables):
        return _Space(names, unit_coordinates(model), NOISE_FLOOR_MM, model)
    common = set.intersection(*(set(table.series([])) for table in tables))
    sides = {name + side for name in common for side in ("Left", "Right")}
    units = sorted(one for one in common - sides if not one.startswith((EMOTION, MOVEMENT, _LIDS)))
    return _Space(tuple(units), np.eye(len(units)), LEAST_RISE, None)


def _face(table: CourseTable, trial: FilmTrial, trials: Sequence[FilmTrial], space: _Space) -> Movement:
    """Return the movement of the face from a trial up to the next one.

    Reactions are late.
    """
    later = (one.onset_s for one in trials if one.onset_s > trial.onset_s)
    end_s = max(trial.offset_s, min(trial.offset_s + MAX_LAG_S, *later, trial.offset_s + MAX_LAG_S))
    rows = replace(trial, offset_s=end_s).used_rows(table)
    return movement(
        np.array([row.time_s - trial.onset_s for row in rows], dtype=np.float64),
        space.units_of(table, rows),
        coordinates=space.coordinates,
        baseline_s=trial.baseline_s - trial.onset_s - ROUNDING_S,
        least=space.least,
    )


def _leader(target: TargetFilm, trial: FilmTrial, space: _Space) -> Movement | None:
    rows, times = target.during(trial.target_begin_s, trial.duration_s)
    if target.fault or not rows or not space.units:
        return None
    rest = target.at_rest(trial.target_begin_s, trial.baseline_s - trial.onset_s)
    units = space.units_of(target.table, rows)
    if rest:
        units = units - np.median(space.units_of(target.table, rest), axis=0)
    return movement(times, units, coordinates=space.coordinates, least=space.least)


def _contrast(target: TargetFilm, trial: FilmTrial, leader: Movement | None) -> FloatArray:
    """Return the contrast of a target while it moves."""
    if leader is None:
        return np.zeros(0)
    rows, _ = target.during(trial.target_begin_s, trial.duration_s)
    values = partial(composite_values, composites=DEFAULT)
    contrast = values(target.table.series(rows)).get(CONTRAST, np.zeros(0))
    rest = target.at_rest(trial.target_begin_s, trial.baseline_s - trial.onset_s)
    if rest and len(contrast):
        contrast = contrast - float(np.median(values(target.table.series(rest))[CONTRAST]))
    moving = np.linalg.norm(leader.change, axis=1) >= leader.least
    return np.asarray(contrast[moving]) if len(contrast) else contrast


def _similarities(table: CourseTable, trial: FilmTrial, target: TargetFilm, space: _Space) -> dict[int, float]:
    """Return the similarity of each frame with the target, by its number."""
    if space.model is None or "none" in (table.neutral, target.table.neutral):
        return {}
    shown_to = table.between(trial.onset_s, trial.offset_s)
    rows = [row for row in shown_to if row.time_s < trial.offset_s and row.values and None not in row.values]
    starts = [row.time_s for row in target.table.rows]
    found = {}
    for row, units in zip(rows, space.units_of(table, rows), strict=True):
        number = bisect_right(starts, row.time_s - trial.onset_s + trial.target_begin_s) - 1
        shown = target.table.rows[number] if number >= 0 else None
        if shown is None or not shown.values or None in shown.values:
            continue
        value = similarity(units, space.units_of(target.table, [shown])[0], space.model)
        if value is not None:
            found[row.index] = value
    return found
