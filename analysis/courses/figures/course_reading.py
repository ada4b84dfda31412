"""Read the tables of ``courses``, one trial at a time.

Only the columns that a figure draws are read, and only the table of one session is in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.courses.composites import with_default
from analysis.courses.course_columns import EMOTION, SOURCE, UNIT
from analysis.courses.indices import FEWEST
from analysis.errors import DataSetError
from analysis.face.arrays import BoolArray, FloatArray
from analysis.tables.table_text import file_stem
from experiment.record.session_record import SessionRecord, TrialRecord

DEFAULT_MEASURES = ("mouthSmile", "browDown")
"""What the muscles zygomaticus major and corrugator supercilii move: most studies of mimicry record these two."""
SIMILARITY = "similarity"
_FRAME_COLUMNS = ("trial_id", "time_s", "used", "reason")
_FILM = "film"
_SIDES = ("Left", "Right")


@dataclass(frozen=True, slots=True)
class FoundMovement:
    """Indices of a measure in one trial; None where the table has none."""

    onset_s: float | None = None
    peak_s: float | None = None
    peak: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTrial:
    """What a figure needs of one measured trial."""

    record: SessionRecord
    trial: TrialRecord
    time_s: FloatArray
    """(N,) times of the frames from the onset of the target, ascending; frames without a time are left out."""
    used: BoolArray
    """(N,) whether the indices use the frame."""
    reasons: tuple[str, ...]
    """Why not, by frame; empty for used ones."""
    values: Mapping[str, FloatArray]
    """(N,) strengths by measure; NaN where they were not measured."""
    movements: Mapping[str, FoundMovement] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Participant, session and trial, for messages."""
        return f"{self.record.label}, trial {self.trial.id}"

    def change(self, measure: str) -> FloatArray:
        """Return the (N,) change of a measure from the baseline of the trial.

        NaN in all frames that are not used, and everywhere if fewer than `FEWEST` frames of the baseline are used. The
        similarity has no baseline and does not change.

        Parameters
        ----------
        measure : str
            A key of `values`.
        """
        values = self.strength(measure)
        if measure == SIMILARITY:
            return values
        before = values[(self.time_s < 0.0) & np.isfinite(values)]
        rest = float(np.median(before)) if len(before) >= FEWEST else np.nan
        return np.asarray(values - rest)

    def strength(self, measure: str) -> FloatArray:
        """Return the (N,) values of a measure; NaN in all frames that are not used.

        Parameters
        ----------
        measure : str
            A key of `values`.
        """
        return np.where(self.used, self.values[measure], np.nan)

    def has_baseline(self) -> bool:
        """Return whether enough frames of the baseline are used for a change from it."""
        return int(np.count_nonzero(self.used & (self.time_s < 0.0))) >= FEWEST


def course_file(record: SessionRecord, folder: Path) -> Path:
    """Return the table with the frames of a session."""
    return folder / f"{file_stem(record.participant, record.session, record.task)}_courses.csv"


def measured_sessions(records: Sequence[SessionRecord], folder: Path) -> list[SessionRecord]:
    """Return the sessions that have courses and may be used.

    Parameters
    ----------
    records : sequence of SessionRecord
        All sessions of a data set.
    folder : Path
        The folder of the courses.
    """
    return [record for record in records if not record.withheld and course_file(record, folder).is_file()]


def read_trials(record: SessionRecord, folder: Path, measures: Sequence[str]) -> Iterator[DrawnTrial]:
    """Yield the filmed trials of a session, in their order.

    Parameters
    ----------
    record : SessionRecord
        The session.
    folder : Path
        The folder of the courses.
    measures : sequence of str
        Names as in the table of indices (``mouthSmile`` is the mean of both sides, ``contrast`` a composite), or
        ``similarity``.

    Raises
    ------
    DataSetError
        If a table cannot be read, does not fit the session, or lacks a measure.
    """
    file = course_file(record, folder)
    header = _header(file)
    composites = {**with_default(record.composites), **_written_composites(file)}
    parts = {name: _parts(name, composites, header, file) for name in measures}
    columns = (name for some in parts.values() for names, _ in some for name in names)
    sources = [SOURCE] if SOURCE in header else []
    table = _table(file, [*_FRAME_COLUMNS, *sources, *dict.fromkeys(columns)])
    if sources:
        table = table[table[SOURCE] == _FILM]
    movements = _movements(file.with_name(file.name.replace("_courses.csv", "_indices.csv")), measures)
    trials = {trial.id: trial for trial in record.trials if trial.outcome != "aborted"}
    for trial_id, rows in table.groupby("trial_id", sort=False):
        if trial_id not in trials:
            raise DataSetError(f"{file}: the session has no trial {trial_id}; run `courses` again")
        if trials[str(trial_id)].excluded:
            continue  # the table is older than the exclusion
        timed = rows[rows["time_s"].notna()].sort_values("time_s", kind="stable")
        yield DrawnTrial(
            record,
            trials[str(trial_id)],
            timed["time_s"].to_numpy(dtype=np.float64),
            timed["used"].to_numpy() == 1,
            tuple(timed["reason"].fillna("").astype(str)),
            {name: _sum(timed, some) for name, some in parts.items()},
            movements.get(str(trial_id), {}),
        )


def _parts(
    measure: str, composites: Mapping[str, Mapping[str, float]], header: Sequence[str], file: Path
) -> list[tuple[tuple[str, ...], float]]:
    """Return the columns to average and their weight, for each unit of a composite.

    Any other measure has one part.
    """
    if measure in composites:
        return [(measure_columns(unit, header, file), weight) for unit, weight in composites[measure].items()]
    return [(measure_columns(measure, header, file, composites=tuple(composites)), 1.0)]


def _written_composites(file: Path) -> Mapping[str, Mapping[str, float]]:
    """Return the composites of the call of `courses` that wrote a table."""
    try:
        return dict(json.loads(file.with_suffix(".json").read_text("utf-8"))["composites"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _sum(rows: pd.DataFrame, parts: Sequence[tuple[tuple[str, ...], float]]) -> FloatArray:
    values = [weight * rows[list(names)].to_numpy(dtype=np.float64).mean(axis=1) for names, weight in parts]
    return np.asarray(np.sum(values, axis=0))


def measure_columns(
    measure: str, header: Sequence[str], file: Path, *, composites: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the columns of which a measure is the mean.

    Parameters
    ----------
    measure : str
        Its name, with or without the prefix of units.
    header : sequence of str
        All columns of the table.
    file : Path
        The table, for messages.
    composites : sequence of str
        Names of composites, for messages.

    Raises
    ------
    DataSetError
        If the table has no such measure.
    """
    unit = UNIT + measure.removeprefix(UNIT)
    sides = tuple(unit + side for side in _SIDES)
    if measure in _others(header):
        return (measure,)
    for names in ((unit,), sides):
        if set(names) <= set(header):
            return names
    units = [name.removeprefix(UNIT) for name in header if name.startswith(UNIT)]
    pairs = [name.removesuffix("Left") for name in units if name.endswith("Left")]
    known = ", ".join([*pairs, *(name for name in units if not name.endswith(_SIDES)), *_others(header), *composites])
    raise DataSetError(f"{file} has no measure {measure}; it has {known}, and each side (mouthSmileLeft)")


def _others(header: Sequence[str]) -> list[str]:
    return [name for name in header if name.startswith(EMOTION) or name == SIMILARITY]


def _header(file: Path) -> list[str]:
    return [str(name) for name in _table(file, None, rows=0).columns]


def _table(file: Path, columns: Sequence[str] | None, rows: int | None = None) -> pd.DataFrame:
    """Return some columns of a table."""
    try:
        return pd.read_csv(
            file,
            usecols=None if columns is None else list(columns),
            nrows=rows,
            dtype={"trial_id": str, "reason": str, "measure": str},
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8",
        )
    except (OSError, ValueError) as error:
        raise DataSetError(f"{file} is not a table of `courses` ({error}); run `courses` again") from error


def _movements(file: Path, measures: Sequence[str]) -> dict[str, dict[str, FoundMovement]]:
    """Return the movements by trial and measure; nothing where the table is missing."""
    if not file.is_file():
        return {}
    table = _table(file, ["trial_id", "measure", "onset_s", "peak_s", "peak"])
    found: dict[str, dict[str, FoundMovement]] = {}
    names = {name.removeprefix(UNIT): name for name in measures}
    for row in table[table["measure"].isin(list(names))].to_dict("records"):
        movement = FoundMovement(*(_number(row[name]) for name in ("onset_s", "peak_s", "peak")))
        found.setdefault(str(row["trial_id"]), {})[names[str(row["measure"])]] = movement
    return found


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
