"""Windowed lagged cross-correlation of two faces, and the lag at its peak.

A window of the leader's course is compared with windows of the follower's course that begin earlier or later. In each
window, the correlation is that of two moving vectors about their means: the covariance summed over all coordinates,
divided by the root of the product of both variances. Windows in which the leader does not move are left out. A
follower who does not move has a correlation near 0, because the variances contain that of the least movement.

Sign: a positive lag means that the follower moves after the leader.

References
----------
Boker, Rotondo, Xu & King (2002), Windowed cross-correlation and peak picking for the analysis of variability in the
association between behavioral time series, Psychological Methods 7(3), 338-355.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.courses.indices import FEWEST
from analysis.courses.lag.movements import Movement, on_grid
from analysis.face.arrays import BoolArray, FloatArray

STEP_S = 1 / 30
"""Distance of the times at which both courses are compared; the peak is interpolated between them."""
WINDOW_S = 2.0
"""Length of a window."""
SHORTEST_S = 1.0
"""Shortest course of a leader that is compared."""
INCREMENT = 3
"""Steps from one window to the next."""
MAX_LAG_S = 2.0
"""Default of the largest lag, in both directions."""
FEWEST_WINDOWS = 0.5
"""Share of the leader's windows that a lag needs: at the ends of the film, windows of the follower are missing."""


@dataclass(frozen=True, slots=True)
class Lag:
    """The lag of a follower behind a leader. None: not defined, see ``reason``."""

    lag_s: float | None = None
    correlation: float | None = None
    """At the peak: mean over the windows in which the leader moves."""
    windows: int = 0
    """Number of these windows."""
    share_active: float | None = None
    """Share of these windows in which the follower moves too, at the peak."""
    reason: str = ""
    """Reason for a missing lag: one of `REASONS`."""

    @property
    def strength(self) -> float:
        """Correlation at the peak; 0 without one. Pseudo-pairs are compared by it."""
        return self.correlation or 0.0


REASONS = {
    "few-frames": "fewer than five used frames, or less than a second, of one of the two faces",
    "leader-still": "the face to be followed does not move",
    "no-movement": "the following face does not move",
    "at-limit": "the correlation is largest at the largest lag that could be compared, so its peak is not known",
    "no-agreement": "no lag has a positive correlation",
}
"""Why a pair of faces has no lag."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The correlation at each lag."""

    lags_s: FloatArray
    """(L,) lags, ascending."""
    correlations: FloatArray
    """(L,) mean over the windows of the leader; NaN where too few windows can be compared."""
    windows: int
    share_active: FloatArray
    """(L,) share of the windows in which the follower moves."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Two courses at regular times.

    The follower's begins earlier and ends later by the largest lag.
    """

    follower: FloatArray
    """(T + 2 n, D)."""
    leader: FloatArray
    """(T, D)."""
    steps: int
    """n: the largest lag in steps."""
    least: tuple[float, float]
    """Least movement of follower and leader."""

    @property
    def window(self) -> int:
        """Steps of a window."""
        return min(round(WINDOW_S / STEP_S), len(self.leader))


def find_lag(follower: Movement, leader: Movement, *, max_lag_s: float = MAX_LAG_S) -> Lag:
    """Return the lag of a follower behind a leader.

    Parameters
    ----------
    follower, leader : Movement
        The two faces in the same coordinates, on one clock.
    max_lag_s : float
        The largest lag, in both directions.
    """
    grid = common_grid(follower, leader, max_lag_s=max_lag_s)
    return Lag(reason="few-frames") if grid is None else peak_of(profile_of(grid), grid)


def common_grid(follower: Movement, leader: Movement, *, max_lag_s: float) -> Grid | None:
    """Return two courses at regular times from the begin of the leader's.

    None if there are too few frames.

    Parameters
    ----------
    follower, leader : Movement
        The two faces in the same coordinates, on one clock.
    max_lag_s : float
        The largest lag, in both directions.
    """
    if len(leader.time_s) < FEWEST or len(follower.time_s) < FEWEST:
        return None
    begin_s, end_s = float(leader.time_s[0]), float(leader.time_s[-1])
    if end_s - begin_s < SHORTEST_S:
        return None
    length, steps = int((end_s - begin_s) / STEP_S) + 1, round(max_lag_s / STEP_S)
    times = np.asarray(begin_s + STEP_S * np.arange(-steps, length + steps), dtype=np.float64)
    return Grid(
        on_grid(follower, times),
        on_grid(leader, times[steps : steps + length]),
        steps,
        (follower.least, leader.least),
    )


def profile_of(grid: Grid) -> Profile:
    """Return the correlation at each lag.

    Parameters
    ----------
    grid : Grid
        The two courses.
    """
    (found,) = profiles_of(grid, grid.follower[None])
    return found


def profiles_of(grid: Grid, followers: FloatArray) -> Iterator[Profile]:
    """Yield the correlation at each lag for several followers of one leader.

    Parameters
    ----------
    grid : Grid
        The leader; its follower is not used. It can have the first coordinates only, if it does not move in the others.
    followers : (S, T + 2 n, D) float array
        The courses of the followers. NaN where the first of them has NaN.
    """
    width, lags = grid.window, 2 * grid.steps + 1
    starts = np.arange(0, len(grid.leader) - width + 1, INCREMENT)
    own = _windows(grid.leader[None], width)
    other = _windows(followers, width)
    floors = [least / 2 for least in grid.least]  # a step of this strength has at most half of it as deviation
    moving = starts[own.known[starts] & (own.variances[0, starts] >= floors[1] ** 2)]
    shifts = np.arange(lags)
    lags_s = np.asarray((shifts - grid.steps) * STEP_S, dtype=np.float64)
    if not len(moving):
        nothing = np.full(lags, np.nan)
        yield from (Profile(lags_s, nothing, 0, nothing) for _ in followers)
        return
    begins = moving[:, None] + shifts
    known = other.known[begins]
    counts = known.sum(axis=0)
    enough, counts = counts >= FEWEST_WINDOWS * len(moving), np.maximum(counts, 1)
    main = grid.leader.shape[1]
    means = other.means[..., :main] @ own.means[0, moving].T
    products = other.filled[..., :main] @ own.filled[0].T
    for one in range(len(followers)):
        # Row t, column k: the leader at step t with the follower k steps later.
        along = _diagonals(products[one], lags)
        sums = np.concatenate([np.zeros((1, lags)), along.cumsum(axis=0)])
        covariances = (sums[moving + width] - sums[moving]) / width - means[
            one, begins, np.arange(len(moving))[:, None]
        ]
        variances = other.variances[one, begins]
        scale = (variances + floors[0] ** 2) * (own.variances[0, moving] + floors[1] ** 2)[:, None]
        correlations = np.where(known, covariances / np.sqrt(scale), 0.0).sum(axis=0) / counts
        active = (known & (variances >= floors[0] ** 2)).sum(axis=0) / counts
        yield Profile(lags_s, np.where(enough, correlations, np.nan), len(moving), np.where(enough, active, np.nan))


def peak_of(profile: Profile, grid: Grid) -> Lag:
    """Return the lag at the largest correlation, interpolated by a parabola.

    Parameters
    ----------
    profile : Profile
        The correlation at each lag.
    grid : Grid
        The courses that it is of.
    """
    if not profile.windows:
        missing = not np.isfinite(grid.leader).all(axis=1).any()
        return Lag(reason="few-frames" if missing else "leader-still")
    known = np.flatnonzero(np.isfinite(profile.correlations))
    if len(known) < 3:
        return Lag(windows=profile.windows, reason="few-frames")
    if not np.nanmax(profile.share_active):
        return Lag(windows=profile.windows, share_active=0.0, reason="no-movement")
    best = int(known[np.argmax(profile.correlations[known])])
    height = float(profile.correlations[best])
    share = float(profile.share_active[best])
    if height <= 0.0:
        return Lag(windows=profile.windows, share_active=share, reason="no-agreement")
    if best - 1 not in known or best + 1 not in known:
        return Lag(None, height, profile.windows, share, reason="at-limit")
    before, after = profile.correlations[best - 1], profile.correlations[best + 1]
    bend = float(before - 2 * height + after)
    part = 0.0 if bend == 0.0 else 0.5 * float(before - after) / bend
    return Lag(float(profile.lags_s[best]) + part * STEP_S, height, profile.windows, share)


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """Courses without NaN, and their windows by the step at which each begins."""

    filled: FloatArray
    """(S, N, D)."""
    means: FloatArray
    """(S, W, D)."""
    variances: FloatArray
    """(S, W) summed over the coordinates."""
    known: BoolArray
    """(W,) whether the window has no gap."""


def _windows(courses: FloatArray, width: int) -> _Windows:
    """Return the windows of (S, N, D) courses that have the same gaps."""
    known = np.isfinite(courses[0]).all(axis=1)
    filled = np.where(known[:, None], courses, 0.0)
    sums, squares = _sums(filled), _sums(np.einsum("snd,snd->sn", filled, filled)[..., None])[..., 0]
    counts = np.concatenate([[0], known.cumsum()])
    means = (sums[:, width:] - sums[:, :-width]) / width
    variances = (squares[:, width:] - squares[:, :-width]) / width - np.einsum("swd,swd->sw", means, means)
    return _Windows(filled, means, np.maximum(variances, 0.0), counts[width:] - counts[:-width] == width)


def _sums(values: FloatArray) -> FloatArray:
    """Return the (S, N + 1, D) sums of all rows before each row."""
    return np.concatenate([np.zeros_like(values[:, :1]), values.cumsum(axis=1)], axis=1)


def _diagonals(products: FloatArray, lags: int) -> FloatArray:
    """Return the (T, L) elements ``[t + k, t]`` of a (T + L - 1, T) array."""
    down, right = products.strides
    return np.lib.stride_tricks.as_strided(products, (products.shape[1], lags), (down + right, down), writeable=False)
