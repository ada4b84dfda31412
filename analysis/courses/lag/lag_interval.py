"""Interval of a lag: resampled residuals, corrected for few stretches.

The follower's course is the leader's, delayed by the lag and scaled in each coordinate, plus a remainder. The remainder
is resampled in blocks, which keeps its autocorrelation, and the lag is estimated again [1]_. Windows that overlap are
not independent, so they are not what is resampled.

A course of four seconds has only eight blocks, and the fit takes two numbers of each coordinate from them. So resampled
lags spread too little, and their quantiles are those of a normal distribution where a t-distribution is due. Both are
corrected: the deviations of the resampled lags are divided by the root of the share of the degrees of freedom that is
left, and multiplied by the ratio of the two quantiles [2]_.

References
----------
.. [1] Künsch (1989), The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17(3),
   1217-1241.
.. [2] Davison & Hinkley (1997), Bootstrap methods and their application, chapters 2.4 and 6.3 (residuals are scaled by
   their degrees of freedom; studentised quantiles).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.courses.lag.lagged_correlation import STEP_S, Grid, peak_of, profiles_of
from analysis.face.arrays import BoolArray, FloatArray, IntArray

BLOCK_S = 0.5
"""Length of a block."""
FEWEST_BLOCKS = 6
"""Blocks are shorter in a course that would have fewer."""
SAMPLES = 200
"""Number of resampled courses."""
LEVEL = 0.95
FOUND = 0.9
"""Share of the resampled courses that must have a lag."""
_FITTED = 2
"""Fitted numbers of each coordinate: level and gain."""
_MAIN = 0.999
"""Share of the leader's variance that is compared with the resampled courses."""
_TOGETHER = 25
"""Courses that are computed at the same time."""


def lag_interval(grid: Grid, lag_s: float, rng: np.random.Generator) -> tuple[float, float] | None:
    """Return the 95 % interval of a lag.

    None if many resampled courses have no lag: it is then not determined.

    Parameters
    ----------
    grid : Grid
        The two courses.
    lag_s : float
        The estimated lag.
    rng : numpy.random.Generator
        Random numbers of the blocks.
    """
    length = len(grid.leader)
    shift = grid.steps + round(lag_s / STEP_S)
    delayed = grid.follower[shift : shift + length]
    known: BoolArray = np.asarray(np.isfinite(np.hstack([delayed, grid.leader])).all(axis=1))
    block = min(round(BLOCK_S / STEP_S), int(known.sum()) // FEWEST_BLOCKS)
    if block < 2:
        return None
    turned, main = _turned(grid, known)
    delayed = turned.follower[shift : shift + length]
    fitted = _fit(main[known], delayed[known])
    rest = delayed[known] - fitted
    kept = np.flatnonzero(known) + shift
    found = []
    for many in _chunks(SAMPLES):
        followers = np.repeat(turned.follower[None], many, axis=0)
        followers[:, kept] = fitted + rest[_blocks(len(rest), block, many, rng)]
        found += [peak_of(profile, turned).lag_s for profile in profiles_of(turned, followers)]
    lags = np.array([lag for lag in found if lag is not None])
    if len(lags) < FOUND * SAMPLES:
        return None
    # The fitted course has its best lag at a whole step, the estimate between two steps.
    errors = small_sample_factor(len(rest) / block) * (lags - np.median(lags))
    low, high = np.quantile(errors, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return lag_s + float(low), lag_s + float(high)


def small_sample_factor(blocks: float) -> float:
    """Return how much wider an interval is than the quantiles of the resampled lags.

    Parameters
    ----------
    blocks : float
        Number of blocks of the course, more than 2.
    """
    free = blocks - _FITTED
    level = (1 + LEVEL) / 2
    return math.sqrt(blocks / free) * float(stdtrit(free, level) / ndtri(level))


def _turned(grid: Grid, known: BoolArray) -> tuple[Grid, FloatArray]:
    """Return both courses along the leader's main directions, and its main course.

    The follower keeps all coordinates, the leader those in which it moves. No correlation changes, but there is less to
    compute.
    """
    centred = grid.leader - grid.leader[known].mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred[known])
    share = np.cumsum(sizes**2) / max(float((sizes**2).sum()), 1e-12)
    kept = 1 + int(np.searchsorted(share, _MAIN))
    leader = grid.leader @ directions.T
    return replace(grid, leader=leader[:, :kept], follower=grid.follower @ directions.T), leader[:, 0]


def _fit(main: FloatArray, follower: FloatArray) -> FloatArray:
    """Return the leader's main course, scaled to the follower's coordinates."""
    main = main - main.mean()
    gains = main @ (follower - follower.mean(axis=0)) / max(float(main @ main), 1e-12)
    return np.asarray(follower.mean(axis=0) + np.outer(main, gains))


def _chunks(total: int) -> Iterator[int]:
    for begin in range(0, total, _TOGETHER):
        yield min(_TOGETHER, total - begin)


def _blocks(rows: int, block: int, samples: int, rng: np.random.Generator) -> IntArray:
    """Return (samples, rows) indices of rows in random blocks, around the end."""
    starts = rng.integers(0, rows, size=(samples, -(-rows // block)))
    drawn = (starts[..., None] + np.arange(block)).reshape(samples, -1)[:, :rows]
    return np.asarray(drawn % rows)
