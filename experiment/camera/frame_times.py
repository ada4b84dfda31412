"""Regularity of a camera, from the times of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

TimingVerdict = Literal["unknown", "steady", "slow", "dropping", "irregular"]

_SLOW = 0.9
"""Share of the nominal rate; a camera with a slower median rate exposes longer."""
_MISSED = 1.5
"""An interval longer than this many typical ones lacks a frame."""
_TOLERATED_LOSS = 0.02
_TOLERATED_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class CameraTiming:
    """Regularity of consecutive frames.

    ``slow``: regular at a lower rate; webcams halve their rate in the dark, since they expose longer. ``dropping``:
    frames are missing between regular ones. ``irregular``: neither, for example times of arrival on a busy computer.
    """

    verdict: TimingVerdict
    rate_hz: float
    """From the median interval, which lost frames do not change; 0 where unknown."""
    delivered_hz: float
    """Frames over time; 0 where unknown."""
    lost: int
    """Number of missing frames."""
    jitter_ms: float
    """Median absolute deviation of the intervals that span one frame."""
    longest_ms: float


def judge_times(times_s: Sequence[float], *, rate_hz: float) -> CameraTiming:
    """Judge the times of consecutive frames.

    Parameters
    ----------
    times_s : (N,) sequence of float
        In any order; with fewer than 8 the verdict is ``unknown``.
    rate_hz : float
        Nominal frame rate.
    """
    if len(times_s) < 8:
        return CameraTiming("unknown", 0.0, 0.0, 0, 0.0, 0.0)
    intervals_s = np.diff(np.sort(np.asarray(times_s, dtype=float)))
    typical_s = float(np.median(intervals_s))
    steps = np.maximum(1, np.rint(intervals_s / typical_s)) if typical_s > 0 else np.ones_like(intervals_s)
    lost = int(np.sum(steps[intervals_s > _MISSED * typical_s] - 1))
    single_s = intervals_s[steps == 1]
    jitter_s = float(np.median(np.abs(single_s - typical_s)))
    verdict: TimingVerdict = "steady"
    if jitter_s > _TOLERATED_JITTER * typical_s:
        verdict = "irregular"
    elif typical_s * rate_hz > 1 / _SLOW:
        verdict = "slow"
    elif lost > _TOLERATED_LOSS * len(times_s):
        verdict = "dropping"
    return CameraTiming(
        verdict,
        rate_hz=1 / typical_s if typical_s > 0 else 0.0,
        delivered_hz=float(len(intervals_s) / intervals_s.sum()) if intervals_s.sum() > 0 else 0.0,
        lost=lost,
        jitter_ms=1000 * jitter_s,
        longest_ms=1000 * float(intervals_s.max()),
    )
