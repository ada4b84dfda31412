"""Date the begin of a movement: fit a smooth rise to its samples.

A threshold is crossed late, and later on a slow or weak rise. Here the whole rise is used. The model of a course from
the baseline to the end of the plateau is ::

    x(t) = b + a m((t - t0) / T),      m(u) = 10 u^3 - 15 u^4 + 6 u^5,      0 <= u <= 1        (1)

with the minimum-jerk function ``m`` [1]_, 0 before the onset ``t0`` and 1 after ``t0 + T``. The parameters are those of
least squares. ``b`` and ``a`` follow from ``t0`` and ``T``, which are found on a grid, then on a finer one with robust
weights [2]_. Samples that are missing, as in a blink, do not matter.

A strength is never below 0. At rest, noise is therefore cut off at 0, but not during a rise, which makes the foot of
the rise look too flat and its onset late. So the rise is fitted again with the mean of values that are cut off [3]_ ::

    E x(t) = s (z Phi(z) + phi(z)),      z = (b + a m((t - t0) / T)) / s                                    (2)

with the noise ``s``, and ``Phi`` and ``phi`` of the normal distribution. Without values of 0 at rest, equation 1
is kept.

The least squares of a weak rise have a long flat valley: a long rise that begins early explains it nearly as well as a
short one that begins late. `date_rise` therefore does not take the best pair of ``t0`` and ``T``, but the mean of
``t0`` over all pairs, each with its probability for normal noise and a weak prior distribution of ``T``.

References
----------
.. [1] Flash & Hogan (1985), The coordination of arm movements, J. Neurosci. 5(7), 1688-1703, eq. 11.
.. [2] Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35 (1964), 73-101.
.. [3] Tobin, Estimation of relationships for limited dependent variables, Econometrica 26 (1958), 24-36.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.face.arrays import FloatArray

SHORTEST_S, LONGEST_S = 0.05, 3.0
"""Range of the duration of a rise."""
_DURATIONS, _STEP_S = 24, 0.025
"""Number of durations of the first grid, and the step of the middle of a rise."""
_FINER, _ROUNDS, _REACH = 9, 4, 1.5
"""Steps of each finer grid, the number of them, and how far they reach, in steps of the grid before."""
_HUBER = 2.0
_TO_SD = 1.4826
_TINY = 1e-12
_MOST_ZEROS, _MOST_STEPS = 0.9, 60
_SCALES = (0.05, 0.2, 0.05, 0.01)
"""Typical changes of middle, logarithm of the duration, amplitude and level."""
_PROGRESS = np.linspace(0.0, 1.0, 1001)
_USUAL_S, _FACTOR = 0.5, 1.8
"""Median and geometric standard deviation of the prior distribution of the duration of a rise."""
_DATING_S, _DATING_DURATIONS = 0.01, np.geomspace(0.08, 2.0, 33)
"""Step of the onset and durations over which the mean is taken."""
_CORRELATION = 1.5
"""Errors of successive frames are a little alike: the variance of their mean is larger by this factor."""


@dataclass(frozen=True, slots=True)
class Rise:
    """The fitted rise."""

    onset_s: float
    """``t0``"""
    duration_s: float
    """``T``"""
    amplitude: float
    """``a``"""

    def reaches_s(self, share: float) -> float:
        """Return when a share of the amplitude is reached."""
        return self.onset_s + self.duration_s * float(np.interp(share, rise_shares(_PROGRESS), _PROGRESS))


def fit_rise(time_s: FloatArray, values: FloatArray, *, earliest_s: float, latest_s: float) -> Rise:
    """Fit equation 1.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times, s, from the baseline to the end of the plateau.
    values : (N,) float array
        The measure.
    earliest_s, latest_s : float
        Range of the onset.
    """
    weights = np.ones(len(time_s))
    limits = (earliest_s, latest_s)
    middles = np.arange(earliest_s, min(float(time_s[-1]), latest_s + LONGEST_S / 2.0) + _STEP_S, _STEP_S)
    durations = np.geomspace(SHORTEST_S, LONGEST_S, _DURATIONS)
    step_s, ratio = _STEP_S, float(durations[1] / durations[0])
    best = _best(time_s, values, weights, _Grid(middles, durations, limits))
    for _ in range(_ROUNDS):
        weights = _robust_weights(time_s, values, best)
        around = np.linspace(-_REACH, _REACH, _FINER)
        middles = best.onset_s + best.duration_s / 2.0 + step_s * around
        durations = np.clip(best.duration_s * ratio**around, SHORTEST_S, LONGEST_S)
        best = _best(time_s, values, weights, _Grid(middles, durations, limits))
        finer = 2.0 * _REACH / (_FINER - 1)
        step_s, ratio = step_s * finer, ratio**finer
    return best


@dataclass(frozen=True, slots=True)
class Rest:
    """A face at rest whose noise is cut off at 0."""

    level: float
    """``b`` of equation 2; may be below 0."""
    noise: float
    """``s``"""

    @classmethod
    def of(cls, values: FloatArray) -> Rest | None:
        """Return what explains the mean of values and how many are 0.

        None if none is 0, or all are.

        A value is often the mean of two sides, which is 0 only if both are. So the share of zeros of one side is taken
        to be the root of that of the values.

        Parameters
        ----------
        values : (N,) float array
            Values at rest.
        """
        zeros, mean = float(np.mean(values <= _TINY)), float(values.mean())
        if zeros == 0.0 or mean <= 0.0:
            return None
        z = -float(ndtri(min(np.sqrt(zeros), _MOST_ZEROS)))
        noise = mean / float(_cut_off(np.array(z)))
        return cls(z * noise, noise)


def fit_rise_from_rest(
    time_s: FloatArray, values: FloatArray, *, rest: Rest | None, earliest_s: float, latest_s: float
) -> Rise:
    """Fit equation 2; equation 1 if nothing was cut off.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times, s, from the baseline to the end of the plateau.
    values : (N,) float array
        The measure.
    rest : Rest or None
        The baseline.
    earliest_s, latest_s : float
        Range of the onset.
    """
    from scipy.optimize import least_squares  # it takes a fifth of a second to load

    first = fit_rise(time_s, values, earliest_s=earliest_s, latest_s=latest_s)
    if rest is None or first.amplitude <= 0.0:
        return first
    roots = np.sqrt(_robust_weights(time_s, values, first))

    def remainders(guess: FloatArray) -> FloatArray:
        middle_s, log_duration, amplitude, level = guess
        duration_s = np.exp(log_duration)
        shares = rise_shares((time_s - middle_s) / duration_s + 0.5)
        explained = rest.noise * _cut_off((level + amplitude * shares) / rest.noise)
        return np.asarray(roots * (explained - values))

    start = [first.onset_s + first.duration_s / 2.0, np.log(first.duration_s), first.amplitude, rest.level]
    found = least_squares(remainders, start, x_scale=_SCALES, max_nfev=_MOST_STEPS).x
    duration_s = float(np.clip(np.exp(found[1]), SHORTEST_S, LONGEST_S))
    return Rise(float(np.clip(found[0] - duration_s / 2.0, earliest_s, latest_s)), duration_s, float(found[2]))


def date_rise(time_s: FloatArray, values: FloatArray, *, latest_s: float) -> Rise:
    """Return the rise of a course with normal noise, with the mean of its onset.

    The onset is between 0 and the latest one. Duration and amplitude are the most probable ones for it.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times, s, from the baseline to the end of the plateau.
    values : (N,) float array
        The measure; its noise must not be cut off at 0.
    latest_s : float
        The latest onset.
    """
    first = fit_rise(time_s, values, earliest_s=0.0, latest_s=latest_s)
    weights = _robust_weights(time_s, values, first)
    rest = values - first.amplitude * rise_shares((time_s - first.onset_s) / first.duration_s)
    noise = _TO_SD * float(np.median(np.abs(rest - np.median(rest))))
    onsets = np.arange(max(0.0, latest_s - float(_DATING_DURATIONS[-1])), latest_s + _DATING_S / 2.0, _DATING_S)
    shares = rise_shares((time_s - onsets[:, None, None]) / _DATING_DURATIONS[:, None])
    amplitude, gained = _explained(weights, values, shares)
    prior = (np.log(_DATING_DURATIONS / _USUAL_S) / np.log(_FACTOR)) ** 2 / 2.0
    score = np.maximum(gained, 0.0) / (2.0 * _CORRELATION * max(noise**2, _TINY)) - prior
    chance = np.exp(score - score.max())
    onset_s = float(chance.sum(axis=1) @ onsets / chance.sum())
    row = int(np.argmin(np.abs(onsets - onset_s)))
    column = int(np.argmax(chance[row]))
    return Rise(onset_s, float(_DATING_DURATIONS[column]), float(amplitude[row, column]))


def _cut_off(z: FloatArray) -> FloatArray:
    """Return the mean of N(z, 1) with negative values set to 0."""
    return np.asarray(z * ndtr(z) + np.exp(-z * z / 2.0) / np.sqrt(2.0 * np.pi))


def rise_shares(progress: FloatArray) -> FloatArray:
    """Return ``m`` of equation 1; 0 before the rise and 1 after it.

    Parameters
    ----------
    progress : float array
        Shares of the duration.
    """
    u = np.clip(progress, 0.0, 1.0)
    shares: FloatArray = u * u * u * (10.0 + u * (6.0 * u - 15.0))
    return shares


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Rises by the middle of their time, which hardly depends on their duration."""

    middles_s: FloatArray
    durations_s: FloatArray
    limits_s: tuple[float, float]
    """Range of the onset."""

    @property
    def onsets_s(self) -> FloatArray:
        """(M, D) onsets of the rises."""
        onsets: FloatArray = np.clip(self.middles_s[:, None] - self.durations_s / 2.0, *self.limits_s)
        return onsets


def _best(time_s: FloatArray, values: FloatArray, weights: FloatArray, grid: _Grid) -> Rise:
    """Return the best rise of a grid, with amplitude and baseline by least squares."""
    onsets = grid.onsets_s
    shares = rise_shares((time_s - onsets[:, :, None]) / grid.durations_s[:, None])
    amplitude, gained = _explained(weights, values, shares)
    first, second = np.unravel_index(int(np.argmax(gained)), gained.shape)
    return Rise(float(onsets[first, second]), float(grid.durations_s[second]), float(amplitude[first, second]))


def _explained(weights: FloatArray, values: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (M, D) amplitudes of rises, and the sum of squares that each explains.

    The latter is -1 for an amplitude that is not above 0.
    """
    total = weights.sum()
    mean_value = (weights @ values) / total
    mean_share = shares @ weights / total
    centred = values - mean_value
    product = shares @ (weights * centred)
    variance = (shares * shares) @ weights - total * mean_share**2
    amplitude = np.where(variance > _TINY, product / np.maximum(variance, _TINY), 0.0)
    return amplitude, np.where(amplitude > 0.0, amplitude * product, -1.0)


def _robust_weights(time_s: FloatArray, values: FloatArray, rise: Rise) -> FloatArray:
    rest = values - rise.amplitude * rise_shares((time_s - rise.onset_s) / rise.duration_s)
    away = np.abs(rest - np.median(rest))
    limit = _HUBER * _TO_SD * float(np.median(away))
    weights: FloatArray = np.minimum(1.0, limit / np.maximum(away, _TINY)) if limit > 0 else np.ones(len(away))
    return weights
