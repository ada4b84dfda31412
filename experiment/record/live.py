"""Live measurements of a session, frame by frame, as arrays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.journal_lines import JournalLine, LiveLine
from experiment.record.layout import SessionPlace

DELAYS = ("offered_ms", "started_ms", "finished_ms", "shown_ms")
"""Milliseconds since the camera took the frame: handed over, measurement begun and done, on the display."""

_COLUMNS = ("captured_s", "similarity", "intensity", "fault", "hint", *DELAYS)


@dataclass(frozen=True, slots=True, eq=False)
class LiveFrames:
    """Frames that were measured and shown, in the order they were shown. N may be 0."""

    time_s: NDArray[np.float64]
    """(N,) when the camera took each, seconds since the start of the session, also after it was resumed."""
    similarity: NDArray[np.float64]
    """(N,) as measured, never smoothed; 0 where nothing was measured."""
    intensity: NDArray[np.float64]
    """(N,) strength of the own movement relative to the target's; 0 where nothing was measured."""
    fault: tuple[str, ...]
    """N reasons why a frame could not be measured; empty texts where it could."""
    hint: tuple[str, ...]
    """N hints on the screen, as ``SIDE MOVEMENT CHANGE``; empty texts where there was none."""
    delays_ms: NDArray[np.float64]
    """(N, 4) the `DELAYS` of each frame."""
    metric: str = "units"
    """Metric of the similarities."""

    @property
    def is_measured(self) -> NDArray[np.bool_]:
        """(N,) whether there was a face to measure."""
        return np.array([not fault for fault in self.fault], dtype=bool)

    def between(self, from_s: float, to_s: float) -> LiveFrames:
        """Return the frames taken from ``from_s`` to ``to_s``, both included."""
        kept = np.flatnonzero((self.time_s >= from_s) & (self.time_s <= to_s))
        return LiveFrames(
            self.time_s[kept],
            self.similarity[kept],
            self.intensity[kept],
            tuple(self.fault[index] for index in kept),
            tuple(self.hint[index] for index in kept),
            self.delays_ms[kept],
            self.metric,
        )


def read_live(place: SessionPlace) -> LiveFrames:
    """Return everything measured live in a session; no frame if there was no training.

    Raises
    ------
    RecordError
        If the journal cannot be read, a line lacks something, or has columns of different lengths.
    """
    columns: defaultdict[str, list[Any]] = defaultdict(list)
    metrics = ["units"]

    def collect(line: JournalLine, history: History) -> None:
        if not isinstance(line, LiveLine):
            return
        require_whole(line, place, number=history.lines - 1)
        metrics.append(line.metric)
        for name in _COLUMNS:
            values = getattr(line, name)
            columns[name] += map(history.since_start, values) if name == "captured_s" else values

    read_history(place, each=collect)
    return LiveFrames(
        time_s=np.array(columns["captured_s"], dtype=np.float64),
        similarity=_numbers(columns["similarity"]),
        intensity=_numbers(columns["intensity"]),
        fault=tuple(fault or "" for fault in columns["fault"]),
        hint=tuple(columns["hint"]),
        delays_ms=np.array([columns[name] for name in DELAYS], dtype=np.float64).reshape(len(DELAYS), -1).T,
        metric=metrics[-1],  # a session has one protocol
    )


def require_whole(line: LiveLine, place: SessionPlace, *, number: int) -> None:
    """Refuse live measurements whose columns have different lengths.

    Parameters
    ----------
    line : LiveLine
        The measurements.
    place : SessionPlace
        Their session, for the message.
    number : int
        Number of the line in the journal, from 0.

    Raises
    ------
    RecordError
        If a column is longer or shorter than the column of frames.
    """
    for name in (*_COLUMNS, "units", "emotions"):
        values = getattr(line, name)
        if len(values) != len(line.frame):
            raise RecordError(
                f"{place.journal}: line {number} has {len(values)} values of {name} for {len(line.frame)} frames; "
                "restore the file from a copy"
            )


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([0.0 if value is None else value for value in values], dtype=np.float64)
