"""Pseudo-pairs: what agreement arises between faces that did not belong together.

Two faces that move at about the same time correlate, also by chance. A real pair is compared with pairs of the same
courses in another arrangement, which keep every property of the courses but their belonging together.

References
----------
Moulder, Boker, Ramseyer & Tschacher (2018), Determining synchrony between behavioral time series, Psychological Methods
23(4), 757-773 (participant shuffling).
Phipson & Smyth (2010), Permutation P-values should never be zero, Statistical Applications in Genetics and Molecular
Biology 9(1), 39.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray, IntArray

PERMUTATIONS = 9999
"""Random arrangements of the trials of a person."""
QUANTILES = (0.5, 0.95)
"""Reported quantiles of a null distribution."""


@dataclass(frozen=True, slots=True)
class Null:
    """A real pair among its pseudo-pairs."""

    pairs: int = 0
    """Number of pseudo-pairs."""
    median: float | None = None
    high: float | None = None
    """The 0.95 quantile."""
    p: float | None = None
    """Share of pairs with a correlation as high, the real one among them; never 0. None without pseudo-pairs."""


def compare(real: float, pseudo: Sequence[float]) -> Null:
    """Return a real pair among its pseudo-pairs.

    Parameters
    ----------
    real : float
        Correlation of the real pair at its best lag; 0 without one.
    pseudo : sequence of float
        The same of the pseudo-pairs, each at its own best lag.
    """
    if not len(pseudo):
        return Null()
    values = np.asarray(pseudo, dtype=np.float64)
    median, high = np.quantile(values, QUANTILES).tolist()
    return Null(len(values), median, high, (1 + int((values >= real).sum())) / (1 + len(values)))


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All trials of a person compared with the same trials in random arrangements."""

    mean: float | None = None
    """Mean correlation of the real pairs."""
    null_median: float | None = None
    null_high: float | None = None
    p: float | None = None
    """None if every arrangement is the real one."""


def arrange(strengths: FloatArray, own: IntArray, rng: np.random.Generator) -> Arrangement:
    """Compare the trials of a person with random arrangements of their targets.

    Parameters
    ----------
    strengths : (K, Q) float array
        Correlation of the face of each trial with each of Q targets, at the best lag.
    own : (K,) int array
        The target of each trial.
    rng : numpy.random.Generator
        Random numbers of the arrangements.
    """
    if not len(own):
        return Arrangement()
    trials = np.arange(len(own))
    real = float(strengths[trials, own].mean())
    if len(set(own.tolist())) < 2:
        return Arrangement(real)
    shuffled = rng.permuted(np.tile(own, (PERMUTATIONS, 1)), axis=1)
    means = strengths[trials, shuffled].mean(axis=1)
    median, high = np.quantile(means, QUANTILES).tolist()
    return Arrangement(real, median, high, (1 + int((means >= real - 1e-12).sum())) / (1 + PERMUTATIONS))
