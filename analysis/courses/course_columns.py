"""Columns of the table of frames, and the text of tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

ABOUT = ("participant", "session", "trial_id", "kind", "target")
"""The trial of a row."""
FRAME_COLUMNS = ("frame_index", "time_s", "used", "reason")
SIMILARITY = "similarity"
SOURCE = "source"
"""Column that says where the frames of a row are from (`analysis.courses.filmed_trials.Source`)."""
EMOTION = "emotion_"
"""Prefix of the measures of emotions."""
UNIT = "unit_"
"""Prefix of the columns of units."""
MOVEMENT = "movement_"
"""Prefix of the measures of movements in the direction of a unit (`analysis.courses.unit_movements`)."""


def is_measure(column: str) -> bool:
    """Return whether a column has the values of a unit, a movement or an emotion."""
    return column.startswith((UNIT, MOVEMENT, EMOTION))


def number_text(value: float | None, digits: int = 5) -> str:
    """Return a cell of a table; empty for None."""
    return "" if value is None else f"{value:.{digits}f}"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a CSV table.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : iterable of sequence
        Their cells.
    """
    return "".join(csv_lines(columns, rows))


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV table.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : iterable of sequence
        Their cells.
    """
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for cells in chain([columns], rows):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()
