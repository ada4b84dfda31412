"""Tables of the trials in a film: their indices, and the lag behind a target film.

::

    NAME_indices.csv      one row a trial and measure
    NAME_lag.csv          one row a trial with a target film
    NAME_lag-pairs.csv    one row a pair of face and target, real and pseudo
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.courses.composites import DEFAULT, composite_values
from analysis.courses.course_columns import SIMILARITY, csv_text, number_text
from analysis.courses.course_files import INDEX_COLUMNS
from analysis.courses.filmed_trials import ROUNDING_S
from analysis.courses.lag.lag_tables import LAG_COLUMNS, OWN_COLUMNS, PAIR_COLUMNS, lag_cells, null_cells, pair_rows
from analysis.courses.lag.trial_lags import lag_indices
from analysis.courses.trial_course import composite_indices, measure_indices, untrusted
from analysis.films.agreement import FilmAgreement
from analysis.films.course_table import CourseTable
from analysis.films.trials import FilmTrial

_ABOUT = ("trial_id", "target", "expression")
_UNKNOWN = np.zeros(0)
"""Contrast of a target that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparedTrials:
    """The trials of a film."""

    trials: Sequence[FilmTrial] = ()
    agreement: FilmAgreement | None = None
    """How the face agrees with the target films of the trials; None if no trial names one."""


def trial_tables(
    table: CourseTable,
    compared: ComparedTrials,
    *,
    all_measures: bool,
    composites: Mapping[str, Mapping[str, float]] = DEFAULT,
) -> Mapping[str, str]:
    """Return the tables of the trials of a film as CSV, by the end of their names.

    Parameters
    ----------
    table : CourseTable
        The film frame by frame.
    compared : ComparedTrials
        Its trials.
    all_measures : bool
        Whether measures whose indices cannot be trusted are among them.
    composites : mapping of str to (mapping of str to float)
        Weights of units by name of the composite.
    """
    trials, agreement = compared.trials, compared.agreement
    written = {name: one for name, one in composites.items() if all_measures or not untrusted(one)}
    conditions = tuple(dict.fromkeys(name for trial in trials for name in trial.conditions))
    about = (*_ABOUT, *conditions)
    found = {
        "indices": csv_text(
            (*about, "measure", *INDEX_COLUMNS, "frames", "left_out", "reason"),
            _index_rows(table, compared, written, all_measures=all_measures),
        )
    }
    if agreement is not None:
        columns = (*about, *LAG_COLUMNS, *OWN_COLUMNS, "congruency", "reason")
        found["lag"] = csv_text(columns, _lag_rows(trials, agreement))
        found["lag-pairs"] = csv_text(PAIR_COLUMNS, pair_rows(agreement.pairs))
    return found


def _index_rows(
    table: CourseTable, compared: ComparedTrials, composites: Mapping[str, Mapping[str, float]], *, all_measures: bool
) -> Iterator[list[Any]]:
    agreement = compared.agreement
    for trial in compared.trials:
        rows, used = trial.rows(table), trial.used_rows(table)
        times = np.array([row.time_s - trial.onset_s for row in used], dtype=np.float64)
        series, span = table.series(used), (trial.baseline_s - trial.onset_s - ROUNDING_S, trial.duration_s)
        contrast = _UNKNOWN if agreement is None else agreement.contrasts.get(trial.trial_id, _UNKNOWN)
        found = [
            *measure_indices(times, series, span_s=span, all_measures=all_measures),
            *composite_indices(times, composite_values(series, composites), span_s=span, target=contrast),
        ]
        if agreement is not None and trial.trial_id in agreement.lags:
            found.append((SIMILARITY, lag_indices(agreement.lags[trial.trial_id])))
        for name, indices in found:
            values = (number_text(getattr(indices, index)) for index in INDEX_COLUMNS)
            yield [*_about(trial), name, *values, len(used), len(rows) - len(used), indices.reason]


def _lag_rows(trials: Sequence[FilmTrial], agreement: FilmAgreement) -> Iterator[list[Any]]:
    for trial in trials:
        if (lag := agreement.lags.get(trial.trial_id)) is None:
            continue
        yield [
            *_about(trial),
            *lag_cells(lag.lag, lag.interval_s),
            *null_cells(lag.own_trials),
            number_text(agreement.congruency[trial.trial_id]),
            lag.lag.reason,
        ]


def _about(trial: FilmTrial) -> list[str]:
    return [trial.trial_id, trial.target, trial.expression, *trial.conditions.values()]
