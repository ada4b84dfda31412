"""The numbers a trainee sees: smoothed similarity, emotions and unit strengths."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.messages import LiveReading
from experiment.feedback.smoothing import Smooth, steady_number

SMOOTHING_S = 0.35
"""Time constant of everything shown."""


class ShownScore:
    """Smooths the readings of one trial."""

    def __init__(self) -> None:
        self._smooth: Smooth | None = None
        self.number = 0
        """The similarity as a whole number, in percent."""

    def add(self, reading: LiveReading, captured_s: float) -> float:
        """Add a reading of a measured face and return the smoothed similarity."""
        # A face that hardly moves is a little similar to every target.
        weighted = reading.similarity * reading.distinct
        measured = np.concatenate(([weighted], reading.emotions, reading.intensities))
        before = Smooth(measured, captured_s) if self._smooth is None else self._smooth
        self._smooth = before.follow(measured, captured_s, time_constant_s=SMOOTHING_S)
        similarity = float(self._smooth.value[0])
        self.number = steady_number(self.number, 100.0 * max(similarity, 0.0))
        return similarity

    @property
    def captured_s(self) -> float | None:
        """When the latest measured frame was captured; None if there is none."""
        return None if self._smooth is None else self._smooth.time_s

    @property
    def similarity(self) -> float | None:
        """-1..1; None if nothing is measured."""
        return None if self._smooth is None else float(self._smooth.value[0])

    @property
    def emotions(self) -> list[float] | None:
        """Six values, 0..1; None if nothing is measured."""
        return None if self._smooth is None else self._smooth.value[1 : 1 + len(EMOTIONS)].tolist()

    @property
    def intensities(self) -> FloatArray | None:
        """(U,) 0..1; None if nothing is measured."""
        return None if self._smooth is None else self._smooth.value[1 + len(EMOTIONS) :]
