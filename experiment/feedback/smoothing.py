"""Make shown values calm: exponential smoothing over unevenly spaced measurements. What is stored is never smoothed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """A value that follows its measurements: after ``time_constant_s`` it has made 63 % of a step.

    After a gap of several time constants it is the new measurement, so it needs no reset.
    """

    value: FloatArray
    time_s: float

    def follow(self, measured: FloatArray, time_s: float, *, time_constant_s: float) -> Smooth:
        """The smoothed value after one more measurement, taken at ``time_s``; earlier ones are not taken back."""
        share = 1.0 - math.exp(-max(time_s - self.time_s, 0.0) / time_constant_s)
        value: FloatArray = self.value + share * (np.asarray(measured, dtype=np.float64) - self.value)
        return Smooth(value, max(time_s, self.time_s))


def steady_number(shown: int, value: float, *, slack: float = 0.8) -> int:
    """The whole number to show for ``value``: the one shown now, until the value is more than ``slack`` away from it.

    Rounding alone would flicker between two numbers when the value lies between them.
    """
    return shown if abs(value - shown) <= slack else round(value)
