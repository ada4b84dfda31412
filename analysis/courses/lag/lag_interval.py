"""Interval of a lag: resampled residuals.

The follower's course is the leader's, delayed by the lag and scaled in each coordinate, plus a remainder. The remainder
is resampled in blocks, which keeps its autocorrelation, and the lag is estimated again. Windows that overlap are not
independent, so they are not what is resampled.

References
----------
Künsch (1989), The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17(3),
1217-1241.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.courses.lag.lagged_correlation import STEP_S, Grid, peak_of, profile_of
from analysis.face.arrays import FloatArray

BLOCK_S = 0.5
"""Length of a block."""
SAMPLES = 200
"""Number of resampled courses."""
LEVEL = 0.95
FOUND = 0.9
"""Share of the resampled courses that must have a lag."""


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
    known = np.isfinite(delayed).all(axis=1) & np.isfinite(grid.leader).all(axis=1)
    if known.sum() < 2 * round(BLOCK_S / STEP_S):
        return None
    fitted = _fit(grid.leader[known], delayed[known])
    rest = delayed[known] - fitted
    found = []
    for _ in range(SAMPLES):
        course = grid.follower.copy()
        course[shift : shift + length][known] = fitted + _resampled(rest, rng)
        again = replace(grid, follower=course)
        lag = peak_of(profile_of(again), again).lag_s
        if lag is not None:
            found.append(lag)
    if len(found) < FOUND * SAMPLES:
        return None
    # The fitted course has its best lag at a whole step, the estimate between two steps.
    errors = np.array(found) - float(np.median(found))
    low, high = np.quantile(errors, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return lag_s + float(low), lag_s + float(high)


def _fit(leader: FloatArray, follower: FloatArray) -> FloatArray:
    """Return the leader's main course, scaled to the follower's coordinates."""
    centred = leader - leader.mean(axis=0)
    main = np.linalg.svd(centred, full_matrices=False)[0][:, 0]
    main = main - main.mean()
    gains = main @ (follower - follower.mean(axis=0)) / max(float(main @ main), 1e-12)
    return np.asarray(follower.mean(axis=0) + np.outer(main, gains))


def _resampled(rest: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return as many rows in random blocks, around the end."""
    block = round(BLOCK_S / STEP_S)
    starts = rng.integers(0, len(rest), size=-(-len(rest) // block))
    rows = (starts[:, None] + np.arange(block)).ravel()[: len(rest)] % len(rest)
    return np.asarray(rest[rows])
