"""Write the lags of all sessions of a data set.

::

    lag.csv              one row a trial of every session
    lag-people.csv       one row a session: its trials against random arrangements of their targets
    couple-lag.csv, couple-lag-people.csv       the same for two persons who were filmed at the same time
"""

from __future__ import annotations

import csv
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.courses.course_columns import csv_text
from analysis.courses.lag.lag_tables import cell, null_cells
from analysis.courses.lag.pseudo_pairs import arrange, compare
from analysis.tables.output_files import put
from experiment.record.files import record_errors

OTHERS_COLUMNS = ("others_pairs", "others_median", "others_high", "others_p")
PEOPLE_COLUMNS = (
    *("participant", "session", "trials", "with_lag", "lag_median_s", "lag_low_s", "lag_high_s"),
    *("correlation", "arranged_median", "arranged_high", "arranged_p"),
)
_COUPLE = "couple-"
_Row = Mapping[str, str]


def write_dataset_lags(folder: Path, tables: Sequence[Path]) -> list[Path]:
    """Write the tables of all sessions, and return them.

    Parameters
    ----------
    folder : Path
        The folder of the courses.
    tables : sequence of Path
        All tables of the sessions; those of lags are used, except the partners'.

    Raises
    ------
    RecordError
        If a table cannot be read or written.
    """
    written = []
    for prefix in ("", _COUPLE):
        own = [file for file in tables if _kind_of(file) == f"{prefix}lag"]
        if not own:
            continue
        sessions = [_read(file) for file in own]
        columns = list(dict.fromkeys(name for rows in sessions for row in rows for name in row))
        rows = [row for session in sessions for row in session]
        # Two persons who see the same are compared with other trials of both only, see docs/indices.md.
        tasks = [_task_of(file) for file, session in zip(own, sessions, strict=True) for _ in session]
        others = [] if prefix else list(_others(rows, tasks))
        added = OTHERS_COLUMNS if others else ()
        cells = others or [[] for _ in rows]
        body = ([*(row.get(name, "") for name in columns), *more] for row, more in zip(rows, cells, strict=True))
        written.append(put(folder / f"{prefix}lag.csv", csv_text((*columns, *added), body)))
        people = (
            _person(session, _read(file.with_name(file.name.replace("lag.csv", "lag-pairs.csv"))))
            for session, file in zip(sessions, own, strict=True)
            if session
        )
        written.append(put(folder / f"{prefix}lag-people.csv", csv_text(PEOPLE_COLUMNS, people)))
    return written


def _kind_of(file: Path) -> str:
    return file.stem.rpartition("_")[2]


def _read(file: Path) -> list[_Row]:
    with record_errors("read", file), file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _task_of(file: Path) -> str:
    """Return the protocol of a table.

    Two protocols may call different targets by one name.
    """
    return file.name.rpartition("_task-")[2].partition("_")[0]


def _others(rows: Sequence[_Row], tasks: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the comparison of each row with other people who saw the target."""
    same: defaultdict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for row, task in zip(rows, tasks, strict=True):
        if _is_compared(row):
            same[task, row["kind"], row["target"]].append(row)
    for row, task in zip(rows, tasks, strict=True):
        others = [one for one in same[task, row["kind"], row["target"]] if one["participant"] != row["participant"]]
        real = _strength(row)
        yield null_cells(compare(real, [_strength(one) for one in others] if _is_compared(row) else []))


def _is_compared(row: _Row) -> bool:
    return bool(row["correlation"]) or row["reason"] == "no-movement"


def _strength(row: _Row) -> float:
    return float(row["correlation"] or 0.0)


def _person(rows: Sequence[_Row], pairs: Sequence[_Row]) -> list[Any]:
    """Return the row of a session."""
    lags = [float(row["lag_s"]) for row in rows if row["lag_s"]]
    low, median, high = np.quantile(lags, [0.25, 0.5, 0.75]).tolist() if lags else (None, None, None)
    names = sorted({pair["course"] for pair in pairs})
    strength = {(pair["trial_id"], pair["course"]): _strength(pair) for pair in pairs}
    real = {pair["trial_id"]: names.index(pair["course"]) for pair in pairs if pair["pair"] == "real"}
    table = np.array([[strength.get((trial, name), 0.0) for name in names] for trial in real]).reshape(
        len(real), len(names)
    )
    rng = np.random.default_rng(zlib.crc32(rows[0]["participant"].encode()))
    found = arrange(table, np.array(list(real.values()), dtype=np.int64), rng)
    start = [rows[0]["participant"], rows[0]["session"], len(rows), len(lags), cell(median), cell(low), cell(high)]
    return [*start, *(cell(value) for value in (found.mean, found.null_median, found.null_high, found.p))]
