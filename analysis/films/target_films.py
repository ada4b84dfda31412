"""Targets of trials in films: short films, or tables of films.

A target is measured once. Two filmed people are compared in the same way: the table of one of them is the target of
the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.courses.course_columns import UNIT
from analysis.courses.indices import FEWEST
from analysis.errors import DataSetError
from analysis.face.arrays import FloatArray
from analysis.face.clip_faces import measure_clip
from analysis.face.clips import film_index
from analysis.face.errors import AnalysisError
from analysis.face.models.model import FaceModel
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.readers.any_table import read_any_table
from analysis.films.trials import FilmTrial
from analysis.tables.output_files import sha256_of
from analysis.terminal import progress

TABLE_ENDINGS = (".csv", ".tsv", ".txt")
LONGEST_S = 120.0
"""Longer films are not read as a target: the command measures a target before anything else, in one process."""
FIRST_FACE = "first-face"
"""``neutral`` of a film as target: the change from its first frame with a face."""


@dataclass(frozen=True, slots=True, eq=False)
class TargetFilm:
    """A measured target."""

    table: CourseTable
    fault: str = ""
    """Why it was not measured; it then has no rows."""

    def during(self, begin_s: float, duration_s: float) -> tuple[list[CourseRow], FloatArray]:
        """Return the used rows of a time, and when each was shown from its begin.

        Parameters
        ----------
        begin_s : float
            Time of the target at the onset of the trial.
        duration_s : float
            How long it was shown.
        """
        rows = [row for row in self.table.rows if row.is_used and 0.0 <= row.time_s - begin_s < duration_s]
        return rows, np.array([row.time_s - begin_s for row in rows], dtype=np.float64)

    def at_rest(self, begin_s: float, baseline_s: float) -> list[CourseRow]:
        """Return the rows that the change of a target is measured from.

        Empty if its values are the change from a face at rest. Otherwise the rows of the baseline of the trial, or if
        they are few, the first rows that are shown.

        Parameters
        ----------
        begin_s : float
            Time of the target at the onset of the trial.
        baseline_s : float
            Begin of the baseline, from the onset.
        """
        if self.table.neutral != "none":
            return []
        used = [row for row in self.table.rows if row.is_used]
        before = [row for row in used if baseline_s <= row.time_s - begin_s < 0.0]
        return before if len(before) >= FEWEST else [row for row in used if row.time_s >= begin_s][:FEWEST]


def check_targets(trials: Sequence[FilmTrial]) -> list[dict[str, str]]:
    """Return the names and the SHA-256 of the targets of some trials.

    Parameters
    ----------
    trials : sequence of FilmTrial
        The trials.

    Raises
    ------
    DataSetError
        If a target cannot be read, or is a film that is too long.
    """
    hashes: dict[Path, str] = {}
    for trial in trials:
        file = trial.target_film
        if file is None or file in hashes:
            continue
        try:
            if not _is_table(file):
                _require_short(file)
            elif not file.is_file():
                raise DataSetError(f"{file}: the file does not exist")
        except AnalysisError as error:
            raise DataSetError(f"{trial.place} of the trials, column target_film: {error}") from None
        hashes[file] = sha256_of(file) or ""
    return [{"name": file.name, "sha256": sha256} for file, sha256 in hashes.items()]


def measure_targets(
    trials: Sequence[FilmTrial], model: FaceModel, *, rate_hz: float | None = None
) -> dict[Path, TargetFilm]:
    """Return the targets of some trials by their files.

    Parameters
    ----------
    trials : sequence of FilmTrial
        The trials.
    model : FaceModel
        The face model that measures films.
    rate_hz : float, optional
        Frames per second of tables without times.

    Raises
    ------
    DataSetError
        If a table is not of a known program, or has no exact times.
    """
    files = dict.fromkeys(trial.target_film for trial in trials if trial.target_film is not None)
    return {file: _from_table(file, rate_hz) if _is_table(file) else _from_film(file, model) for file in files}


def target_notes(targets: Mapping[Path, TargetFilm]) -> list[str]:
    """Return what to print about targets that were not measured."""
    return [
        f"target {file.name} is not measured, so its trials have neither similarity nor lag: {target.fault}"
        for file, target in targets.items()
        if target.fault
    ]


def _is_table(file: Path) -> bool:
    return file.suffix.lower() in TABLE_ENDINGS


def _require_short(film: Path) -> None:
    duration_s = film_index(film).duration_s
    if duration_s > LONGEST_S:
        raise DataSetError(
            f"{film}: a film of {duration_s:.0f} s is too long for a target; measure it with this command, and name "
            "its table"
        )


def _from_table(file: Path, rate_hz: float | None) -> TargetFilm:
    _, table = read_any_table(file, rate_hz=rate_hz)
    return TargetFilm(table)


def _from_film(film: Path, model: FaceModel) -> TargetFilm:
    measures = tuple(UNIT + name for name in model.bases[model.finest_basis].names)
    try:
        clip = measure_clip(film, model, progress=progress)
    except AnalysisError as error:
        return TargetFilm(CourseTable(measures, FIRST_FACE, has_pose=False, rows=()), fault=str(error))
    rows = (
        CourseRow(frame.index, frame.time_s, frame.reason, (), () if frame.units is None else tuple(frame.units))
        for frame in clip.frames
    )
    return TargetFilm(CourseTable(measures, FIRST_FACE, has_pose=False, rows=tuple(rows)))
