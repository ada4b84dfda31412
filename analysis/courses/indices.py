"""Indices of a course: one number for each property of a reaction.

All of them compare the target's time with the baseline of the same trial, and use no other trial. Definitions and
sources are in ``docs/indices.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray

NOISE_FACTOR = 3.0
"""Standard deviations of the baseline above which a value is a movement."""
LEAST_RISE = 0.05
"""Least rise of a movement: strengths cannot be below 0, so a face at rest can have a noise of exactly 0."""
SUSTAINED_S = 0.2
"""Time for which a movement stays above the threshold. It outlasts most traces of a blink."""
LARGEST_GAP_S = 0.5
"""Longer gaps between used frames are no part of an area, and no movement is sustained through one."""
SMOOTHED = 5
"""Frames of the running median of a peak, so that one wrong frame is not the peak."""
PEAK_SHARE = 0.9
"""Share of the peak whose time is reported: on a plateau, noise alone decides where the largest value is."""
FEWEST = 5
"""Used frames that a baseline, and the time of the target, must have."""
_TO_SD = 1.4826
"""Median absolute deviation to the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True)
class CourseIndices:
    """The indices of one measure in one trial. None: not defined."""

    baseline: float | None = None
    """Median of the baseline."""
    noise: float | None = None
    """Standard deviation of the baseline, from its median absolute deviation."""
    onset_s: float | None = None
    """When the movement begins; None if there is none."""
    peak_s: float | None = None
    """When `PEAK_SHARE` of the peak is reached first; None if nothing rises."""
    peak: float | None = None
    """Largest rise above the baseline."""
    area: float | None = None
    """Integral of the rise over the time of the target, s."""
    share_active: float | None = None
    """Share of the used frames above the threshold."""
    lag_s: float | None = None
    """Lag behind a moving target (`analysis.courses.lag`); only of the whole face."""


def course_indices(time_s: FloatArray, values: FloatArray, *, baseline_s: float, duration_s: float) -> CourseIndices:
    """Return the indices of a course.

    Parameters
    ----------
    time_s : (N,) float array
        Times of the used frames from the onset of the target, ascending.
    values : (N,) float array
        The measure in these frames.
    baseline_s : float
        Begin of the baseline; it ends at 0.
    duration_s : float
        How long the target was shown.
    """
    before = values[(time_s >= baseline_s) & (time_s < 0.0)]
    during = (time_s >= 0.0) & (time_s <= duration_s)
    if len(before) < FEWEST or during.sum() < FEWEST:
        return CourseIndices()
    rest = float(np.median(before))
    noise = _TO_SD * float(np.median(np.abs(before - rest)))
    times, rise = time_s[during], values[during] - rest
    limit = threshold(noise)
    smooth = running_median(rise)
    peak = float(smooth.max())
    reached = int(np.argmax(smooth >= PEAK_SHARE * peak)) if peak > 0.0 else None
    return CourseIndices(
        baseline=rest,
        noise=noise,
        onset_s=movement_onset(times, rise, limit),
        peak_s=None if reached is None else float(times[reached]),
        peak=peak,
        area=_area(times, rise),
        share_active=float((rise >= limit).mean()),
    )


def threshold(noise: float) -> float:
    """Return the rise above the baseline from which on a value is a movement."""
    return max(NOISE_FACTOR * noise, LEAST_RISE)


def movement_onset(time_s: FloatArray, rise: FloatArray, limit: float) -> float | None:
    """Return when a rise first exceeds a threshold and stays above it.

    None if it does not. The time is interpolated between the two frames around the crossing.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times, s.
    rise : (N,) float array
        Values above the baseline.
    limit : float
        The threshold.
    """
    above = running_median(rise, 3) >= limit
    for first in np.flatnonzero(above & ~np.concatenate([[False], above[:-1]])).tolist():
        last = first
        while last + 1 < len(above) and above[last + 1] and time_s[last + 1] - time_s[last] <= LARGEST_GAP_S:
            last += 1
        if time_s[last] - time_s[first] >= SUSTAINED_S:
            return _crossing(time_s, rise, first, limit)
    return None


def running_median(values: FloatArray, frames: int = SMOOTHED) -> FloatArray:
    """Return the median over some frames around each one; fewer at the ends.

    Parameters
    ----------
    values : (N,) float array
        Values.
    frames : int
        An odd number.
    """
    half = frames // 2
    padded = np.pad(values, half, constant_values=np.nan)
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, frames), axis=1))


def _crossing(time_s: FloatArray, rise: FloatArray, first: int, limit: float) -> float:
    if first == 0 or rise[first - 1] >= limit or rise[first] < limit:
        return float(time_s[first])
    part = (limit - rise[first - 1]) / (rise[first] - rise[first - 1])
    return float(time_s[first - 1] + part * (time_s[first] - time_s[first - 1]))


def _area(time_s: FloatArray, rise: FloatArray) -> float:
    """Return the trapezoidal integral without long gaps."""
    steps = np.diff(time_s)
    pieces = steps * (rise[1:] + rise[:-1]) / 2.0
    return float(pieces[steps <= LARGEST_GAP_S].sum())
