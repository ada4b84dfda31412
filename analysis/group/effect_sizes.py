"""Differences of paired and independent means, with effect sizes and intervals.

Intervals of effect sizes invert the noncentral t distribution [1]_. They are exact for normal differences, and for
Hedges' g of independent groups if both have the same variance.

References
----------
.. [1] Steiger & Fouladi, in Harlow et al., What if there were no significance tests? (1997), 221-257.
.. [2] Lakens, Frontiers in Psychology 4 (2013), 863: names and formulas of dz and g_av.
.. [3] Algina & Keselman, Educational and Psychological Measurement 63 (2003), 537-553: interval for paired means.
.. [4] Hedges, Journal of Educational Statistics 6 (1981), 107-128: correction of the bias.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtri, stdtrit

from analysis.face.arrays import FloatArray
from analysis.group.results import Test
from analysis.inference.estimate import CONFIDENCE, Estimate

NONCENTRAL = "noncentral t"
CONSTANT = 1e-12
"""A standard deviation below this is 0: no test."""
LARGEST_T = 30.0
_TAIL = (1.0 - CONFIDENCE) / 2.0


@dataclass(frozen=True, slots=True)
class Named:
    """A number of a comparison."""

    statistic: str
    estimate: Estimate
    test: Test | None = None


def paired(after: FloatArray, before: FloatArray) -> Iterator[Named]:
    """Yield mean difference, dz and Hedges' g_av of paired means.

    Parameters
    ----------
    after, before : (N,) float array
        Means of the same participants; at least two.
    """
    difference = after - before
    n = len(difference)
    spread = float(difference.std(ddof=1)) if n > 1 else 0.0
    if n < 2 or spread < CONSTANT:
        yield Named("mean difference", _without(difference, n))
        return
    mean = float(difference.mean())
    error, df = spread / np.sqrt(n), n - 1
    t = mean / error
    reach = float(stdtrit(df, 1 - _TAIL)) * error
    test = Test.of_t(t, df)
    yield Named("mean difference", Estimate(mean, mean - reach, mean + reach, n, "paired t interval"), test)
    low, high = noncentrality_interval(t, df)
    root = np.sqrt(n)
    yield Named("dz", Estimate(mean / spread, low / root, high / root, n, NONCENTRAL))
    average = float(np.sqrt((after.var(ddof=1) + before.var(ddof=1)) / 2))
    if average > CONSTANT:
        scale = hedges_correction(df) * error / average
        yield Named("Hedges' g_av", Estimate(t * scale, low * scale, high * scale, n, f"{NONCENTRAL}, scaled"))


def independent(first: FloatArray, second: FloatArray) -> Iterator[Named]:
    """Yield mean difference (Welch) and Hedges' g of two groups, first minus second.

    Parameters
    ----------
    first, second : (N,) float array
        Means of the participants of each group.
    """
    sizes = len(first), len(second)
    n = sum(sizes)
    both = np.array([first.var(ddof=1), second.var(ddof=1)]) if min(sizes) > 1 else np.zeros(2)
    if min(sizes) < 2 or both.sum() < CONSTANT**2:
        yield Named("mean difference", _without(np.array([first.mean() - second.mean()]), n))
        return
    mean = float(first.mean() - second.mean())
    parts = both / np.array(sizes)
    error = float(np.sqrt(parts.sum()))
    df = float(parts.sum() ** 2 / (parts**2 / (np.array(sizes) - 1)).sum())
    reach = float(stdtrit(df, 1 - _TAIL)) * error
    t = mean / error
    test = Test.of_t(t, df)
    yield Named("mean difference", Estimate(mean, mean - reach, mean + reach, n, "Welch's t interval"), test)
    pooled = float(np.sqrt((both * (np.array(sizes) - 1)).sum() / (n - 2)))
    root = float(np.sqrt(1 / sizes[0] + 1 / sizes[1]))
    low, high = noncentrality_interval(mean / (pooled * root), n - 2)
    scale = hedges_correction(n - 2)
    yield Named("Hedges' g", Estimate(scale * mean / pooled, scale * low * root, scale * high * root, n, NONCENTRAL))


def _without(difference: FloatArray, n: int) -> Estimate:
    why = "no interval: one participant" if n < 2 else "no interval and no test: too few values, or all are equal"
    return Estimate(float(difference.mean()) if len(difference) else None, None, None, n, why)


def hedges_correction(df: float) -> float:
    """Return the factor that removes the bias of a standardized mean difference."""
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)) if df > 1 else 1.0


def noncentrality_interval(t: float, df: float) -> tuple[float, float]:
    """Return the 95 % interval of the noncentrality that t is an estimate of.

    Above `LARGEST_T` the distribution is not computed accurately by any library, and the normal approximation is used.
    """
    error = float(np.sqrt(1.0 + t * t / (2.0 * df)))
    if abs(t) > LARGEST_T:
        reach = float(ndtri(1 - _TAIL)) * error
        return t - reach, t + reach

    from scipy import stats  # `scipy.stats` takes a second to load
    from scipy.optimize import brentq

    def solve(tail: float, direction: float) -> float:
        inner, outer = t, t + direction * error
        while (float(stats.nct.cdf(t, df, outer)) - tail) * direction > 0:
            inner, outer = outer, outer + direction * error
        ends = min(inner, outer), max(inner, outer)
        return float(brentq(lambda nc: float(stats.nct.cdf(t, df, nc)) - tail, ends[0], ends[1], xtol=1e-10))

    return solve(1 - _TAIL, -1.0), solve(_TAIL, 1.0)
