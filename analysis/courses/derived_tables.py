"""Write tables that are made from the table of frames.

The long table has one row a value, the binned table the means of bins of time. They need only the finished table,
so no film is measured again for them. A bin with number ``n`` has the times ``n * width <= t < (n + 1) * width`` from
the onset of the target. So no bin has frames from before and after the onset, and a bin does not depend on where the
rows of a trial begin.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from analysis.courses.course_columns import ABOUT, FRAME_COLUMNS, SIMILARITY, SOURCE, csv_lines, is_measure, number_text
from analysis.tables.output_files import put_lines
from experiment.record.files import record_errors

LONG_END, BINNED_END = "-long.csv", "-binned.csv"
SHORTEST_MS, LONGEST_MS = 10, 60_000
"""Limits of the width of bins."""
_LONG = (*ABOUT, SOURCE, *FRAME_COLUMNS, "measure", "value")
_BIN = (*ABOUT, SOURCE, "bin", "begin_s", "end_s", "frames", "left_out")
_Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DerivedTables:
    """Which of these tables to write."""

    long: bool = False
    """One row a frame and measure."""
    bins_ms: int | None = None
    """Width of the bins; None: no means."""

    def to_json(self) -> dict[str, Any]:
        """Return the options for the description of a session."""
        return {"long": self.long, "bins_ms": self.bins_ms}


def derive_tables(table: Path, wanted: DerivedTables) -> list[Path]:
    """Write the tables that are made from a table of frames, and return them.

    Parameters
    ----------
    table : Path
        A table of frames.
    wanted : DerivedTables
        Which of them.

    Raises
    ------
    RecordError
        If a table cannot be read or written.
    """
    written = []
    if wanted.long:
        written.append(put_lines(table.with_name(f"{table.stem}{LONG_END}"), csv_lines(_LONG, _long_rows(table))))
    if wanted.bins_ms is not None:
        columns = (*_BIN, *_averaged(_header(table)))
        rows = _binned_rows(table, wanted.bins_ms)
        written.append(put_lines(table.with_name(f"{table.stem}{BINNED_END}"), csv_lines(columns, rows)))
    return written


def is_derived(file: Path) -> bool:
    """Return whether a file is one of these tables."""
    return file.name.endswith((LONG_END, BINNED_END))


def _long_rows(table: Path) -> Iterator[list[str]]:
    averaged = _averaged(_header(table))
    for row in _rows(table):
        start = [row[name] for name in (*ABOUT, SOURCE, *FRAME_COLUMNS)]
        yield from ([*start, name, row[name]] for name in averaged)


def _binned_rows(table: Path, width_ms: int) -> Iterator[list[Any]]:
    averaged = _averaged(_header(table))
    for about, rows in groupby(_rows(table), key=lambda row: tuple(row[name] for name in (*ABOUT, SOURCE))):
        bins = _bins(rows, width_ms)
        for number in range(min(bins, default=0), max(bins, default=-1) + 1):
            frames = bins.get(number, [])
            used = [row for row in frames if row["used"] == "1"]
            times = (number_text(edge * width_ms / 1000.0, 3) for edge in (number, number + 1))
            means = (_mean(row[name] for row in used) for name in averaged)
            yield [*about, number, *times, len(used), len(frames) - len(used), *means]


def _bins(rows: Iterable[_Row], width_ms: int) -> dict[int, list[_Row]]:
    """Return the rows that have a time, by the number of their bin."""
    found: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        if row["time_s"]:
            microseconds = round(1e6 * float(row["time_s"]))  # as many digits as the table has, so without rounding
            found[microseconds // (1000 * width_ms)].append(row)
    return found


def _mean(texts: Iterable[str]) -> str:
    """Return the mean of the cells that have a value; an empty cell if there are none."""
    values = [float(text) for text in texts if text]
    return number_text(fmean(values) if values else None)


def _averaged(header: Sequence[str]) -> list[str]:
    return [name for name in header if name == SIMILARITY or is_measure(name)]


def _header(table: Path) -> list[str]:
    with record_errors("read", table), table.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


def _rows(table: Path) -> Iterator[_Row]:
    with record_errors("read", table), table.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
