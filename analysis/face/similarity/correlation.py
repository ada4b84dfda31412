"""Correlations of arrays, which all metrics use."""

from __future__ import annotations

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


def pearson(a: FloatArray, b: FloatArray) -> float:
    """Return Pearson's correlation; 0 if one of the arrays is constant.

    Parameters
    ----------
    a, b : (N,) float arrays
        Values.
    """
    first, second = a - a.mean(), b - b.mean()
    for centred, values in ((first, a), (second, b)):
        if np.abs(centred).max() <= _ROUNDING * np.abs(values).max():
            return 0.0
    return cosine(first, second)
