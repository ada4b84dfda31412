"""The lags of the trials of one person, with the pseudo-pairs of the same trials.

Everything here takes arrays, so that films of other programs are compared by the same functions.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.courses.indices import CourseIndices
from analysis.courses.lag.lag_interval import lag_interval
from analysis.courses.lag.lagged_correlation import MAX_LAG_S, Lag, common_grid, find_lag, peak_of, profile_of
from analysis.courses.lag.movements import Movement
from analysis.courses.lag.pseudo_pairs import Null, compare

STILL = "still-target"
UNMEASURED = "target-not-measured"
WIDE = "wide-interval"
"""Why a lag is not among the indices although there is one."""
WIDEST_S = 0.5
"""A lag with a wider interval is not determined: it is not among the indices."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The two faces of one trial."""

    trial_id: str
    target: str
    """Trials of one target are no pseudo-pairs of each other."""
    follower: Movement
    leader: Movement | None
    """None without a course to follow."""
    reason: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class TrialLag:
    """The lag of one trial."""

    trial_id: str
    target: str
    lag: Lag
    interval_s: tuple[float, float] | None
    """A 95 % interval."""
    own_trials: Null
    """The same person in trials with another target."""

    @property
    def index_s(self) -> float | None:
        """The lag, if it is determined well enough for an index."""
        if self.interval_s is None or self.interval_s[1] - self.interval_s[0] > WIDEST_S:
            return None
        return self.lag.lag_s


def lag_indices(lag: TrialLag) -> CourseIndices:
    """Return the index of a lag, or why it has none."""
    index_s = lag.index_s
    return CourseIndices(lag_s=index_s, reason="" if index_s is not None else lag.lag.reason or WIDE)


@dataclass(frozen=True, slots=True)
class PairLag:
    """The lag of the face of a trial behind a course, its own or another one."""

    trial_id: str
    course: str
    """Name of the target, or id of the trial, whose course it is compared with."""
    is_real: bool
    is_null: bool
    """Whether it belongs to the null distribution."""
    lag: Lag


def trial_lags(
    pairs: Sequence[Pair], *, max_lag_s: float = MAX_LAG_S, intervals: bool = True
) -> tuple[list[TrialLag], list[PairLag]]:
    """Return the lag of each trial, and of all its pseudo-pairs.

    A pseudo-pair is the face of a trial with the course of another target, from the first trial that showed it. The
    null distribution of a trial are the faces of all trials with other targets, compared with the target of this trial.

    Parameters
    ----------
    pairs : sequence of Pair
        All trials of a person.
    max_lag_s : float
        The largest lag, in both directions.
    intervals : bool
        Whether to estimate intervals, which takes most of the time.
    """
    first = {pair.target: pair for pair in reversed(pairs) if pair.leader is not None}
    compared: dict[tuple[str, str], Lag] = {}
    for pair in pairs:
        for target, shown in sorted(first.items()):
            leader = pair.leader if target == pair.target else shown.leader
            if leader is not None:
                compared[pair.trial_id, target] = find_lag(pair.follower, leader, max_lag_s=max_lag_s)
    lags = [_trial(pair, pairs, compared, real_lag(pair, max_lag_s=max_lag_s, interval=intervals)) for pair in pairs]
    targets = {pair.trial_id: pair.target for pair in pairs}
    listed = [
        PairLag(trial_id, target, targets[trial_id] == target, targets[trial_id] != target, lag)
        for (trial_id, target), lag in compared.items()
    ]
    return lags, listed


def real_lag(
    pair: Pair, *, max_lag_s: float = MAX_LAG_S, interval: bool = True
) -> tuple[Lag, tuple[float, float] | None]:
    """Return the lag of a trial and its interval.

    Parameters
    ----------
    pair : Pair
        The trial.
    max_lag_s : float
        The largest lag, in both directions.
    interval : bool
        Whether to estimate the interval.
    """
    if pair.leader is None:
        return Lag(reason=pair.reason), None
    grid = common_grid(pair.follower, pair.leader, max_lag_s=max_lag_s)
    if grid is None:
        return Lag(reason="few-frames"), None
    lag = peak_of(profile_of(grid), grid)
    if lag.lag_s is None or not interval:
        return lag, None
    rng = np.random.default_rng(zlib.crc32(pair.trial_id.encode()))  # the same in every run and order
    return lag, lag_interval(grid, lag.lag_s, rng)


def _trial(
    pair: Pair,
    pairs: Sequence[Pair],
    compared: dict[tuple[str, str], Lag],
    real: tuple[Lag, tuple[float, float] | None],
) -> TrialLag:
    lag, interval = real
    null = list(_null(pair, pairs, compared)) if pair.leader is not None else []
    own = compare(lag.strength, null) if lag.correlation is not None or lag.reason == "no-movement" else Null()
    return TrialLag(pair.trial_id, pair.target, lag, interval, own)


def _null(pair: Pair, pairs: Sequence[Pair], compared: dict[tuple[str, str], Lag]) -> Iterator[float]:
    for other in pairs:
        if other.target != pair.target:
            lag = compared[other.trial_id, pair.target]
            if lag.reason != "few-frames":
                yield lag.strength
