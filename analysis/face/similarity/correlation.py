"""Correlations of arrays, which all metrics use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray

_NOTHING = 1e-200
_ROUNDING = 1e-14
"""An array that differs from its mean by less, relative to its largest number, is constant."""


def cosine(a: FloatArray, b: FloatArray, weights: FloatArray | None = None) -> float:
    """Return the correlation about zero.

    ``sum(w a b) / sqrt(sum(w a^2) sum(w b^2))``, -1 to 1.

    Zero means "no movement", so movements are compared about zero and not about their mean. The result is 0 if one of
    the arrays is zero throughout.

    Parameters
    ----------
    a, b : (N,) float arrays
        Movements.
    weights : (N,) float array, optional
        Non-negative.
    """
    w = np.ones(len(a)) if weights is None else weights
    norm = float(np.sqrt((w * a * a).sum())) * float(np.sqrt((w * b * b).sum()))
    return float((w * a * b).sum()) / norm if norm > _NOTHING else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Centred:
    """Values less their mean, ready for many correlations."""

    values: FloatArray
    """(N,) values."""
    length: float
    """Root of the sum of their squares."""
    constant: bool
    """Whether they are equal except for rounding."""

    @staticmethod
    def of(values: FloatArray) -> Centred:
        """Return centred values.

        Parameters
        ----------
        values : (N,) float array
            Values.
        """
        centred = values - values.mean()
        constant = bool(np.abs(centred).max() <= _ROUNDING * np.abs(values).max())
        return Centred(centred, float(np.sqrt((centred * centred).sum())), constant)

    def pearson(self, other: Centred) -> float:
        """Return Pearson's correlation; 0 if one of the arrays is constant."""
        norm = self.length * other.length
        if self.constant or other.constant or norm <= _NOTHING:
            return 0.0
        return float((self.values * other.values).sum()) / norm


def pearson(a: FloatArray, b: FloatArray) -> float:
    """Return Pearson's correlation; 0 if one of the arrays is constant.

    Parameters
    ----------
    a, b : (N,) float arrays
        Values.
    """
    return Centred.of(a).pearson(Centred.of(b))
