"""Confidence intervals that hold for few participants.

Two kinds of means need two methods. `bounded_mean` is for numbers with a smallest and a largest possible value, such as
a share of hits. It assumes nothing about their distribution and holds where all participants have the largest value.
`mean_by_t` is for numbers without bounds, such as differences and standardized scores. `jackknife` is for statistics
that are not means. ``scripts/evaluate statistics`` measures the coverage of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import betaincinv, stdtrit  # quantiles; `scipy.stats` takes a third of a second to load

from analysis.face.arrays import FloatArray
from analysis.inference.estimate import CONFIDENCE, Estimate

BOUNDED_METHOD = "Gaffke's interval for bounded means"
T_METHOD = "t interval"
PAIRS_METHOD = "Gaffke's interval for bounded means, over people who are each in many pairs"
JACKKNIFE_METHOD = "jackknife over units, t interval"
ONE_UNIT = "no interval: one unit"
_TAIL = (1.0 - CONFIDENCE) / 2.0
_DRAWS, _MOST_NUMBERS = 40_000, 8_000_000
_FEWEST_DRAWS = 4_000
_EQUAL = 1e-12
_PAIR_WEIGHT = 0.75
"""Dirichlet weight of a person in pairs; chosen by simulation (``scripts/evaluate statistics``)."""


def bounded_mean(
    values: FloatArray | Sequence[float],
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    unit: str = "participants",
    seed: int = 0,
) -> Estimate:
    """Return the mean of numbers between two bounds, with an interval.

    The lower end is the 2.5 % quantile of ``sum_i w_i x_i + w_0 low`` over random weights ``w`` with a flat Dirichlet
    distribution, the upper end the 97.5 % quantile of ``sum_i w_i x_i + w_0 high`` [1]_. For zeros and ones this is the
    interval of Clopper and Pearson [2]_. The interval is wide for few values, as nothing is assumed about them.

    Parameters
    ----------
    values : (N,) float array
        One number for each participant; at least one.
    bounds : (low, high)
        Smallest and largest possible value.
    unit : str
        What the values belong to.
    seed : int
        Seed of the random weights.

    Returns
    -------
    Estimate
        Not defined without a value.

    References
    ----------
    .. [1] Gaffke, Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable,
       Mathematical Methods of Statistics 14 (2005), 451-467.
    .. [2] Clopper & Pearson, Biometrika 26 (1934), 404-413.
    """
    x = np.asarray(values, dtype=np.float64)
    if not len(x):
        return Estimate(None, None, None, 0, "no value", unit)
    smallest, largest = bounds
    share = (x - smallest) / (largest - smallest)
    low, high = _gaffke(np.clip(share, 0.0, 1.0), seed)
    width = largest - smallest
    return Estimate(float(x.mean()), smallest + width * low, smallest + width * high, len(x), BOUNDED_METHOD, unit)


def mean_of_pairs(values: FloatArray, *, unit: str = "people") -> Estimate:
    """Return the mean of shares of ordered pairs of people, with an interval.

    Each person is in many pairs, as the first and as the second, so pairs are not independent. The interval is that of
    `bounded_mean` over the mean of all pairs of each person, with two changes: deviations from the overall mean are
    multiplied by ``2 sqrt(a)``, and people have Dirichlet weights of ``a = 0.75`` instead of 1. The first is the error
    of a mean of pairs [1]_, the second widens the interval where all pairs have the same value.

    Parameters
    ----------
    values : (N, N) float array
        Share, 0 to 1, of the pair (first, second); NaN where there is none.
    unit : str
        What rows and columns are.

    Returns
    -------
    Estimate
        The mean over the second person of the mean over the first. Not defined without a value.

    References
    ----------
    .. [1] Hoeffding, A class of statistics with asymptotically normal distribution, Annals of Mathematical Statistics
       19 (1948), 293-325.
    """
    second = values[:, ~np.isnan(values).all(axis=0)]
    if not second.size:
        return Estimate(None, None, None, 0, "no value", unit)
    mean = float(np.nanmean(second, axis=0).mean())
    either = np.concatenate([values, values.T], axis=1)
    own = np.nanmean(either[~np.isnan(either).all(axis=1)], axis=1)
    low, high = _gaffke(mean + 2.0 * np.sqrt(_PAIR_WEIGHT) * (own - own.mean()), 0, weight=_PAIR_WEIGHT)
    return Estimate(mean, min(low, mean), max(high, mean), len(own), PAIRS_METHOD, unit)


def mean_by_t(values: FloatArray | Sequence[float], *, unit: str = "participants") -> Estimate:
    """Return the mean of numbers without bounds, with Student's t interval.

    Parameters
    ----------
    values : (N,) float array
        One number for each participant.
    unit : str
        What the values belong to.

    Returns
    -------
    Estimate
        Not defined without a value; without an interval for one value.
    """
    x = np.asarray(values, dtype=np.float64)
    if not len(x):
        return Estimate(None, None, None, 0, "no value", unit)
    if len(x) == 1:
        return Estimate(float(x[0]), None, None, 1, ONE_UNIT, unit)
    return _by_t(float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x))), len(x), T_METHOD, unit=unit)


def jackknife(
    count: int,
    statistic: Callable[[FloatArray], float | None],
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    unit: str = "participants",
) -> Estimate:
    """Return a statistic of independent units, with a jackknife interval.

    The standard error is that of the statistic with each unit left out in turn [1]_; the interval is the statistic plus
    and minus Student's t with N - 1 degrees of freedom times the error, cut at the bounds.

    Parameters
    ----------
    count : int
        Number of units.
    statistic : callable
        The statistic for (N,) weights of the units, 0 or 1; None where it is not defined.
    bounds : (low, high)
        Smallest and largest possible value.
    unit : str
        What the units are.

    Returns
    -------
    Estimate
        Without an interval for one unit, or where the statistic is not defined with one unit left out.

    References
    ----------
    .. [1] Tukey, Annals of Mathematical Statistics 29 (1958), 614.
    """
    whole = statistic(np.ones(count)) if count else None
    if whole is None:
        return Estimate(None, None, None, count, "not defined for these values", unit)
    if count == 1:
        return Estimate(whole, None, None, 1, ONE_UNIT, unit)
    without = [statistic(1.0 - np.eye(count)[k]) for k in range(count)]
    found = np.array([value for value in without if value is not None])
    if len(found) < count:
        return Estimate(whole, None, None, count, "no interval: not defined with one unit left out", unit)
    error = float(np.sqrt((count - 1) / count * ((found - found.mean()) ** 2).sum()))
    one = _by_t(whole, error, count, JACKKNIFE_METHOD, unit=unit)
    assert one.low is not None
    assert one.high is not None
    return Estimate(whole, max(one.low, bounds[0]), min(one.high, bounds[1]), count, JACKKNIFE_METHOD, unit)


def _by_t(value: float, error: float, count: int, method: str, *, unit: str) -> Estimate:
    reach = float(stdtrit(count - 1, 1.0 - _TAIL)) * error
    return Estimate(value, value - reach, value + reach, count, method, unit)


def _gaffke(share: FloatArray, seed: int, *, weight: float = 1.0) -> tuple[float, float]:
    """Return the interval of a mean of (N,) values from 0 to 1."""
    count = len(share)
    ones = int((share >= 1.0 - _EQUAL).sum())
    if weight == 1.0 and ones + int((share <= _EQUAL).sum()) == count:
        low = float(betaincinv(ones, count - ones + 1, _TAIL)) if ones else 0.0
        return low, float(betaincinv(ones + 1, count - ones, 1.0 - _TAIL)) if ones < count else 1.0
    draws = int(np.clip(_MOST_NUMBERS // count, _FEWEST_DRAWS, _DRAWS))
    rng = np.random.default_rng(seed)
    weights = np.concatenate([rng.gamma(weight, size=(draws, count)), rng.standard_exponential((draws, 1))], axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    sums = weights[:, :count] @ share
    low, high = float(np.quantile(sums, _TAIL)), float(np.quantile(sums + weights[:, count], 1.0 - _TAIL))
    return max(0.0, low), min(1.0, high)
