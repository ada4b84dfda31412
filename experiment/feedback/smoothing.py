"""Smooth the values on the screen; stored values are never smoothed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """An exponentially smoothed value of unevenly spaced measurements.

    After one time constant it has made 63 % of a step. After a gap of several time constants it is the new measurement,
    so it needs no reset.
    """

    value: FloatArray
    time_s: float

    def follow(self, measured: FloatArray, time_s: float, *, time_constant_s: float) -> Smooth:
        """Return the smoothed value after one more measurement.

        Parameters
        ----------
        measured : float array
            In the shape of ``value``.
        time_s
            Of the measurement; one that is older than the last changes nothing.
        time_constant_s
            Time for 63 % of a step.
        """
        share = 1.0 - math.exp(-max(time_s - self.time_s, 0.0) / time_constant_s)
        value: FloatArray = self.value + share * (np.asarray(measured, dtype=np.float64) - self.value)
        return Smooth(value, max(time_s, self.time_s))


def steady_number(shown: int, value: float, *, slack: float = 0.8) -> int:
    """Return the whole number to show for ``value``, without flicker.

    Parameters
    ----------
    shown
        The number on the screen.
    value
        What it stands for.
    slack
        Distance of ``value`` up to which the shown number stays.
    """
    return shown if abs(value - shown) <= slack else round(value)
