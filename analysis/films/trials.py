"""Indices of trials in films: the table of trials, and the rows of the indices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.courses.course_files import INDEX_COLUMNS, csv_text, number_text
from analysis.courses.filmed_trials import BASELINE_S, ROUNDING_S
from analysis.courses.trial_course import measure_indices
from analysis.errors import DataSetError
from analysis.films.course_table import CourseTable
from analysis.tables.csv_rows import CsvRow, read_csv_rows

REQUIRED = ("film", "trial_id", "onset_s", "offset_s")
_OPTIONAL = ("baseline_s", "target")


@dataclass(frozen=True, slots=True)
class FilmTrial:
    """A time in a film in which a target was shown."""

    film: str
    """Name of the film or table, with or without its ending."""
    trial_id: str
    onset_s: float
    offset_s: float
    baseline_s: float
    """Begin of the baseline, which ends at the onset. All times are from the first frame."""
    target: str
    conditions: dict[str, str]
    """All other columns."""
    place: str
    """For messages: file and line."""

    def is_of(self, film: Path) -> bool:
        """Return whether the trial is of a film."""
        return self.film in (film.name, film.stem)


def read_trials(file: Path, films: Sequence[Path]) -> list[FilmTrial]:
    """Read a table of trials.

    Parameters
    ----------
    file : Path
        A CSV file with the columns `REQUIRED`. ``baseline_s`` and ``target`` may be missing; other columns are
        conditions.
    films : sequence of Path
        Films or tables that are measured.

    Raises
    ------
    DataSetError
        If the table cannot be read or used; the message names all places.
    """
    header, rows = read_csv_rows(file, known=(*REQUIRED, *_OPTIONAL))
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise DataSetError(
            f"{file}: the first line must name {', '.join(REQUIRED)}; {' and '.join(missing)} is missing"
        )
    names = [name for name in header if name and name not in (*REQUIRED, *_OPTIONAL)]
    trials, problems = [], []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        try:
            trial = _trial(row, names)
            matching = [film for film in films if trial.is_of(film)]
            if len(matching) > 1:
                raise DataSetError(
                    f"line {row.line}: {len(matching)} films are named {trial.film}; measure them one by one"
                )
            if not matching:
                raise DataSetError(f"line {row.line}: {trial.film} is not among the measured films")
            if (trial.film, trial.trial_id) in seen:
                raise DataSetError(f"line {row.line}: {trial.film} has a trial {trial.trial_id} already")
        except DataSetError as error:
            problems.append(str(error).removeprefix(f"{file}, "))
            continue
        seen.add((trial.film, trial.trial_id))
        trials.append(trial)
    if problems:
        raise DataSetError(f"{file}: {'; '.join(problems)}")
    return trials


def indices_text(table: CourseTable, trials: Sequence[FilmTrial], *, all_measures: bool) -> str:
    """Return the indices of the trials of a film as CSV, one row a trial and measure.

    Parameters
    ----------
    table : CourseTable
        The film frame by frame.
    trials : sequence of FilmTrial
        Its trials.
    all_measures : bool
        Whether measures whose indices cannot be trusted are among them.
    """
    conditions = tuple(dict.fromkeys(name for trial in trials for name in trial.conditions))
    columns = ("trial_id", "target", *conditions, "measure", *INDEX_COLUMNS, "frames", "left_out")
    return csv_text(columns, _rows(table, trials, conditions, all_measures=all_measures))


def _rows(
    table: CourseTable, trials: Sequence[FilmTrial], conditions: Sequence[str], *, all_measures: bool
) -> Iterator[list[Any]]:
    for trial in trials:
        rows = [row for row in table.rows if trial.baseline_s - ROUNDING_S <= row.time_s <= trial.offset_s + ROUNDING_S]
        used = [row for row in rows if not row.reason and row.values and None not in row.values]
        start = [trial.trial_id, trial.target, *(trial.conditions.get(name, "") for name in conditions)]
        for name, found in measure_indices(
            np.array([row.time_s - trial.onset_s for row in used], dtype=np.float64),
            table.series(used),
            baseline_s=trial.baseline_s - trial.onset_s - ROUNDING_S,
            duration_s=trial.offset_s - trial.onset_s,
            all_measures=all_measures,
        ):
            values = (number_text(getattr(found, index)) for index in INDEX_COLUMNS)
            yield [*start, name, *values, len(used), len(rows) - len(used)]


def _trial(row: CsvRow, names: Sequence[str]) -> FilmTrial:
    place = f"line {row.line}"
    empty = [name for name in REQUIRED if not row.cells[name]]
    if empty:
        raise DataSetError(f"{place}: {' and '.join(empty)} is empty")
    onset_s, offset_s = row.number("onset_s"), row.number("offset_s")
    baseline_s = row.number("baseline_s") if "baseline_s" in row.cells else None
    if onset_s is None or offset_s is None or not 0.0 <= onset_s < offset_s:
        raise DataSetError(f"{place}: offset_s must be later than onset_s, and neither before 0")
    if baseline_s is None:
        baseline_s = max(onset_s - BASELINE_S, 0.0)
    if not 0.0 <= baseline_s < onset_s:
        raise DataSetError(f"{place}: baseline_s is the begin of the baseline, before onset_s and not before 0")
    return FilmTrial(
        row.cells["film"],
        row.cells["trial_id"],
        onset_s,
        offset_s,
        baseline_s,
        row.cells.get("target", ""),
        {name: row.cells[name] for name in names},
        place,
    )
