"""The table of trials in films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.courses.course_columns import FRAME_COLUMNS
from analysis.courses.course_files import INDEX_COLUMNS
from analysis.courses.filmed_trials import BASELINE_S, ROUNDING_S
from analysis.errors import DataSetError
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.output_names import same_name
from analysis.tables.csv_rows import CsvRow, read_csv_rows

REQUIRED = ("film", "trial_id", "onset_s", "offset_s")
_OPTIONAL = ("baseline_s", "target", "expression", "target_film", "target_begin_s")
_OWN_COLUMNS = {
    *INDEX_COLUMNS,
    *FRAME_COLUMNS,
    "measure",
    "frames",
    "left_out",
    "similarity",
    "congruency",
    "correlation",
}
"""Columns of the results, which no condition can be called."""


_TOLERANCE_S = 0.05
"""Times of trials are rounded, often to frames."""


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
    expression: str = ""
    """That the target shows."""
    target_film: Path | None = None
    """Film, or table of a film, that the person saw."""
    target_begin_s: float = 0.0
    """Time of that film at the onset."""

    @property
    def duration_s(self) -> float:
        """How long the target was shown."""
        return self.offset_s - self.onset_s

    def rows(self, table: CourseTable) -> list[CourseRow]:
        """Return the frames from the begin of the baseline to the end of the target."""
        return list(table.between(self.baseline_s - ROUNDING_S, self.offset_s + ROUNDING_S))

    def used_rows(self, table: CourseTable) -> list[CourseRow]:
        """Return those of `rows` that indices use."""
        return [row for row in self.rows(table) if row.is_used]

    def is_of(self, film: Path) -> bool:
        """Return whether the trial is of a film."""
        return any(same_name(self.film, name) for name in (film.name, film.stem))


def read_trials(file: Path, films: Sequence[Path]) -> list[FilmTrial]:
    """Read a table of trials.

    Parameters
    ----------
    file : Path
        A CSV file with the columns `REQUIRED`. ``baseline_s``, ``target``, ``expression``, ``target_film`` and
        ``target_begin_s`` may be missing; other columns are conditions.
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
    if taken := [name for name in names if name in _OWN_COLUMNS]:
        raise DataSetError(
            f"{file}: the results have a column {' and '.join(taken)} of their own; give the condition another name"
        )
    if not rows:
        raise DataSetError(f"{file}: the table has no trial; write one line for each below the first line")
    trials: list[FilmTrial] = []
    problems = []
    for row in rows:
        try:
            trial = _trial(row, names)
            _require_possible(trial, films, trials)
        except DataSetError as error:
            problems.append(str(error).removeprefix(f"{file}, "))
            continue
        trials.append(trial)
    if problems:
        raise DataSetError(f"{file}: {'; '.join(problems)}")
    return trials


def _require_possible(trial: FilmTrial, films: Sequence[Path], earlier: Sequence[FilmTrial]) -> None:
    """Refuse a trial of no film or of several, and one that contradicts another trial."""
    matching = [film for film in films if trial.is_of(film)]
    if len(matching) > 1:
        raise DataSetError(f"{trial.place}: {len(matching)} films are named {trial.film}; measure them one by one")
    if not matching:
        raise DataSetError(f"{trial.place}: {trial.film} is not among the measured films")
    others = [one for one in earlier if one.is_of(matching[0])]
    if any(one.trial_id == trial.trial_id for one in others):
        raise DataSetError(f"{trial.place}: {trial.film} has a trial {trial.trial_id} already")
    for other in others:
        together = other.onset_s < trial.offset_s and trial.onset_s < other.offset_s
        if together and other.target_film is not None and trial.target_film is not None:
            raise DataSetError(
                f"{trial.place}: trials {other.trial_id} and {trial.trial_id} overlap, so a frame would have two "
                "targets; correct the times, or leave out target_film"
            )


def require_within(trials: Sequence[FilmTrial], source: Path, duration_s: float) -> None:
    """Refuse trials that are not within their film.

    Parameters
    ----------
    trials : sequence of FilmTrial
        Trials of the film.
    source : Path
        The film or table.
    duration_s : float
        How long it lasts.

    Raises
    ------
    DataSetError
        If a trial ends after the film.
    """
    late = [trial for trial in trials if trial.offset_s > duration_s + _TOLERANCE_S]
    if late:
        which = ", ".join(f"{trial.trial_id} ({trial.place} of the trials)" for trial in late[:5])
        more = f" and {len(late) - 5} more" if len(late) > 5 else ""
        verb = "ends" if len(late) == 1 else "end"
        raise DataSetError(
            f"{source}: trial {which}{more} {verb} after the film, which lasts {duration_s:.3f} s; correct offset_s"
        )


def about_trials(trials: Sequence[FilmTrial]) -> list[dict[str, Any]]:
    """Return trials as they are listed in the description of the results."""
    return [
        {
            "trial_id": trial.trial_id,
            "onset_s": trial.onset_s,
            "offset_s": trial.offset_s,
            "baseline_s": trial.baseline_s,
            "target": trial.target,
            "expression": trial.expression,
            "target_film": trial.target_film and trial.target_film.name,
            "target_begin_s": trial.target_begin_s,
            "conditions": trial.conditions,
        }
        for trial in trials
    ]


def _trial(row: CsvRow, names: Sequence[str]) -> FilmTrial:
    place = f"line {row.line}"
    empty = [name for name in REQUIRED if not row.cells[name]]
    if empty:
        raise DataSetError(f"{place}: {' and '.join(empty)} is empty")
    onset_s, offset_s = row.number("onset_s"), row.number("offset_s")
    baseline_s = row.number("baseline_s") if "baseline_s" in row.cells else None
    if onset_s is None or offset_s is None or not 0.0 <= onset_s < offset_s:
        raise DataSetError(f"{place}: offset_s must be later than onset_s, and neither before 0")
    if onset_s == 0.0:
        raise DataSetError(f"{place}: onset_s must be later than 0, because the baseline is before it")
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
        row.cells.get("expression", ""),
        *_target(row, place),
    )


def _target(row: CsvRow, place: str) -> tuple[Path | None, float]:
    """Return the film of the target, and its time at the onset of the trial."""
    name = row.cells.get("target_film", "")
    begin_s = row.number("target_begin_s") if "target_begin_s" in row.cells else None
    if begin_s is not None and (begin_s < 0.0 or not name):
        raise DataSetError(f"{place}: target_begin_s is a time of target_film, from 0; name this film too")
    return row.file.parent / name if name else None, begin_s or 0.0
