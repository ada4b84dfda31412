"""The frames measured in one trial, for its record.

The latest second in full, the rest as a summary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.face.arrays import FloatArray
from experiment.feedback.hint_forecast import Hint
from experiment.feedback.messages import Measurement
from experiment.record.journal_lines import LiveLine


@dataclass(frozen=True, slots=True)
class _Row:
    measurement: Measurement
    shown_s: float
    hint: str

    def since_captured_ms(self, time_s: float) -> float:
        return _rounded(1000.0 * (time_s - self.measurement.captured_s), 3)


class MeasurementLog:
    """Collects the measurements that flips have shown.

    Parameters
    ----------
    metric
        Metric of the similarities.
    """

    def __init__(self, metric: str) -> None:
        """Start without measurements."""
        self.metric = metric
        self._rows: list[_Row] = []
        self._frames = 0
        self._measured = 0
        self._best: float | None = None
        self._first: float | None = None

    def add(self, measurement: Measurement, *, shown_s: float, hint: Hint | None) -> None:
        """Add a measurement.

        Parameters
        ----------
        measurement
            Of a face, or a fault.
        shown_s
            Time of the flip that showed it.
        hint
            The hint on the screen.
        """
        text = "" if hint is None else f"{hint.side} {hint.movement} {hint.amount:+.2f}".strip()
        self._rows.append(_Row(measurement, shown_s, text))
        self._frames += 1
        if measurement.reading.fault is None:
            similarity = measurement.reading.similarity
            self._measured += 1
            self._first = similarity if self._first is None else self._first
            self._best = similarity if self._best is None else max(self._best, similarity)

    def summary(self) -> dict[str, Any]:
        """Return the fields of the trial's line in the journal."""
        return {
            "frames_shown": self._frames,
            "frames_measured": self._measured,
            "first_similarity": self._first,
            "best_similarity": self._best,
        }

    def take_columns(self, now_s: float, *, every_s: float) -> LiveLine | None:
        """Return the frames since the last call as columns.

        At most once every ``every_s``.
        """
        rows = self._rows
        if not rows or now_s - rows[0].shown_s < every_s:
            return None
        self._rows = []
        measurements = [row.measurement for row in rows]
        readings = [measurement.reading for measurement in measurements]
        return LiveLine(
            frame=tuple(measurement.frame for measurement in measurements),
            captured_s=tuple(_rounded(measurement.captured_s, 6) for measurement in measurements),
            offered_ms=tuple(row.since_captured_ms(row.measurement.offered_s) for row in rows),
            started_ms=tuple(row.since_captured_ms(row.measurement.started_s) for row in rows),
            finished_ms=tuple(row.since_captured_ms(row.measurement.finished_s) for row in rows),
            shown_ms=tuple(row.since_captured_ms(row.shown_s) for row in rows),
            fault=tuple(reading.fault for reading in readings),
            similarity=tuple(None if r.fault is not None else _rounded(r.similarity, 5) for r in readings),
            intensity=tuple(None if r.fault is not None else _rounded(r.intensity_ratio, 4) for r in readings),
            emotions=tuple(_all_rounded(reading.emotions) for reading in readings),
            units=tuple(_all_rounded(reading.intensities) for reading in readings),
            hint=tuple(row.hint for row in rows),
            metric=self.metric,
        )


def _rounded(value: float, digits: int) -> float:
    return round(float(value), digits)


def _all_rounded(values: FloatArray) -> list[float]:
    return [_rounded(value, 4) for value in values]
