"""Correlations that every metric is made of. Pure functions of arrays."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray

_NOTHING = 1e-200
_ROUNDING = 1e-14
"""A list that differs from its mean by less, relative to its largest number, is constant."""


def cosine(a: FloatArray, b: FloatArray, weights: FloatArray | None = None) -> float:
    """Correlation about zero: ``sum(w a b) / sqrt(sum(w a^2) sum(w b^2))``, between -1 and 1.

    Zero is "no movement", so movements are compared about zero and not about their mean. It is 0 where either of the
    two is zero throughout: no movement resembles nothing.

    Parameters
    ----------
    a, b : (N,) float arrays
    weights : (N,) float array, optional
        Non-negative.
    """
    w = np.ones(len(a)) if weights is None else weights
    norm = float(np.sqrt((w * a * a).sum())) * float(np.sqrt((w * b * b).sum()))
    return float((w * a * b).sum()) / norm if norm > _NOTHING else 0.0


def pearson(a: FloatArray, b: FloatArray) -> float:
    """Pearson's correlation of two (N,) arrays; 0 where either of them is constant."""
    first, second = a - a.mean(), b - b.mean()
    if any(np.abs(rest).max() <= _ROUNDING * np.abs(all_).max() for rest, all_ in ((first, a), (second, b))):
        return 0.0
    return cosine(first, second)
