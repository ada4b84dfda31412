"""What was measured live in a session, frame by frame, as arrays; needs no display, camera or PsychoPy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiment.record.errors import RecordError
from experiment.record.history import FEEDBACK, History, read_history
from experiment.record.journal import Entry
from experiment.record.layout import SessionPlace

DELAYS = ("offered_ms", "started_ms", "finished_ms", "shown_ms")
"""Times since the camera took the frame: handed over, measurement begun and done, on the display."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveFrames:
    """Frames that were measured and shown, in the order they were shown. N may be 0."""

    time_s: NDArray[np.float64]
    """(N,) when the camera took each, seconds since the start of the session, also after it was resumed."""
    similarity: NDArray[np.float64]
    """(N,) as measured, never smoothed; 0 where nothing was measured."""
    intensity: NDArray[np.float64]
    """(N,) strength of the own movement by the target's; 0 where nothing was measured."""
    trouble: tuple[str, ...]
    """N reasons why a frame could not be measured; empty texts where it could."""
    hint: tuple[str, ...]
    """N hints on the screen, as ``SIDE MOVEMENT CHANGE``; empty texts where there was none."""
    delays_ms: NDArray[np.float64]
    """(N, 4) the `DELAYS` of each frame."""

    @property
    def is_measured(self) -> NDArray[np.bool_]:
        """(N,) whether there was a face to measure."""
        return np.array([not trouble for trouble in self.trouble], dtype=bool)

    def between(self, from_s: float, to_s: float) -> LiveFrames:
        """The frames taken in a stretch of time, both ends included."""
        kept = np.flatnonzero((self.time_s >= from_s) & (self.time_s <= to_s))
        return LiveFrames(
            self.time_s[kept],
            self.similarity[kept],
            self.intensity[kept],
            tuple(self.trouble[index] for index in kept),
            tuple(self.hint[index] for index in kept),
            self.delays_ms[kept],
        )


def read_live(place: SessionPlace) -> LiveFrames:
    """Everything measured live in a session; no frame if there was no training.

    Raises
    ------
    RecordError
        If the journal cannot be read, a line lacks something, or has columns of different lengths.
    """
    columns: defaultdict[str, list[Any]] = defaultdict(list)

    def collect(entry: Entry, history: History) -> None:
        if entry.event != FEEDBACK:
            return
        count = len(entry.data.get("frame", ()))
        for name in ("frame_time_s", "similarity", "intensity", "trouble", "hint", *DELAYS):
            values = entry.data.get(name, ())
            if len(values) != count:
                raise RecordError(
                    f"{place.journal}: line {entry.n} has {len(values)} values of {name} for {count} frames; restore "
                    "the file from a copy"
                )
            columns[name] += map(history.since_start, values) if name == "frame_time_s" else values

    read_history(place, each=collect)
    return LiveFrames(
        time_s=np.array(columns["frame_time_s"], dtype=np.float64),
        similarity=_numbers(columns["similarity"]),
        intensity=_numbers(columns["intensity"]),
        trouble=tuple(trouble or "" for trouble in columns["trouble"]),
        hint=tuple(columns["hint"]),
        delays_ms=np.array([columns[name] for name in DELAYS], dtype=np.float64).reshape(len(DELAYS), -1).T,
    )


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([0.0 if value is None else value for value in values], dtype=np.float64)
