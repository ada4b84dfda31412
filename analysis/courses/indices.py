"""Indices of a course: one number for each property of a reaction.

All of them compare the target's time with the baseline of the same trial, and use no other trial. Definitions and
sources are in ``docs/indices.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.courses.detection import NOISE_FACTOR, Limits
from analysis.courses.rise_fit import Rest, Rise, date_rise, fit_rise_from_rest
from analysis.face.arrays import FloatArray

SUSTAINED_S = 0.2
"""Time for which a movement stays above the threshold. It outlasts most traces of a blink."""
LARGEST_GAP_S = 0.5
"""Longer gaps between used frames are no part of an area, and no movement is sustained through one."""
SMOOTHED = 7
"""Frames of the running median of a peak, so that three wrong frames, as in an unmarked blink, are not it."""
PEAK_SHARE = 0.9
"""Share of the peak whose time is reported: on a plateau, noise alone decides where the largest value is."""
FEWEST = 5
"""Used frames that a baseline, and the time of the target, must have."""
NO_BASELINE, FEW_FRAMES = "no-baseline", "few-frames"
"""Why there are no indices: fewer than `FEWEST` used frames in the baseline, or in the time of the target."""
PLATEAU_SHARE = 0.8
"""The plateau of a movement ends where it falls below this share of its peak."""
END_SHARE = 0.5
"""A movement ends where it falls below this share of what it has reached; a later one has its own peak."""
METHOD = {
    "detection": f"rise of {NOISE_FACTOR:g} standard deviations of the baseline, and above learned limits, "
    f"for {SUSTAINED_S:g} s",
    "onset": "begin of the minimum-jerk rise: mean of all that explain the landmarks (six units), or the best one",
}
"""How a movement is found and dated, for files and pages."""
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
    """When the movement leaves rest; None if there is none."""
    peak_s: float | None = None
    """When `PEAK_SHARE` of the peak is reached; None if nothing rises."""
    peak: float | None = None
    """Largest rise above the baseline."""
    corrected_peak: float | None = None
    """The peak divided by the learned gain; None for measures without one."""
    area: float | None = None
    """Integral of the rise over the time of the target, s."""
    share_active: float | None = None
    """Share of the used frames above the threshold."""
    lag_s: float | None = None
    """Lag behind a moving target (`analysis.courses.lag`); only of the whole face."""
    reason: str = ""
    """Why there are no indices; empty if there are."""


def course_indices(  # noqa: PLR0913 (a course, and what is known about it)
    time_s: FloatArray,
    values: FloatArray,
    *,
    baseline_s: float,
    duration_s: float,
    limits: Limits | None = None,
    crosstalk: FloatArray | None = None,
    dating: FloatArray | None = None,
) -> CourseIndices:
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
    limits : Limits, optional
        When a rise is a movement; default: those of a measure without learned ones.
    crosstalk : (N,) float array, optional
        Expected part of other units (`analysis.courses.detection`), which is not a movement of this one.
    dating : (N,) float array, optional
        A course with less noise that moves at the same time (`analysis.courses.unit_movements`). It dates a movement.
    """
    before = values[(time_s >= baseline_s) & (time_s < 0.0)]
    during = (time_s >= 0.0) & (time_s <= duration_s)
    if len(before) < FEWEST:
        return CourseIndices(reason=NO_BASELINE)
    if during.sum() < FEWEST:
        return CourseIndices(reason=FEW_FRAMES)
    rest, noise = _at_rest(before)
    times, rise = time_s[during], values[during] - rest
    chosen = (time_s >= baseline_s) & (time_s <= duration_s)
    known = limits or Limits()
    limit = known.threshold(noise) + (0.0 if crosstalk is None else crosstalk[during])
    smooth = running_median(rise)
    peak = float(smooth.max())
    crossing = movement_crossing(times, rise, limit)
    movement = None
    if crossing is not None:
        movement = _movement(
            time_s[chosen], values[chosen] if dating is None else dating[chosen], crossing, is_cut_off=dating is None
        )
    return CourseIndices(
        baseline=rest,
        noise=noise,
        onset_s=None if movement is None else movement.rise.onset_s,
        peak_s=_peak_time(times, smooth, movement),
        peak=peak,
        corrected_peak=None if known.gain is None else peak / known.gain,
        area=_area(times, rise),
        share_active=float((rise >= limit).mean()),
    )


def moves(
    time_s: FloatArray,
    values: FloatArray,
    *,
    baseline_s: float,
    duration_s: float,
    limits: Limits,
    crosstalk: FloatArray,
) -> bool:
    """Return whether a measure moves while the target is shown.

    Parameters
    ----------
    time_s, values, baseline_s, duration_s, limits, crosstalk
        As in `course_indices`.
    """
    before = values[(time_s >= baseline_s) & (time_s < 0.0)]
    during = (time_s >= 0.0) & (time_s <= duration_s)
    if len(before) < FEWEST or during.sum() < FEWEST:
        return False
    rest, noise = _at_rest(before)
    limit = limits.threshold(noise) + crosstalk[during]
    return movement_crossing(time_s[during], values[during] - rest, limit) is not None


def _at_rest(values: FloatArray) -> tuple[float, float]:
    """Return level and noise of a baseline."""
    rest = float(np.median(values))
    return rest, _TO_SD * float(np.median(np.abs(values - rest)))


def movement_crossing(time_s: FloatArray, rise: FloatArray, limit: FloatArray | float) -> float | None:
    """Return when a rise first exceeds a threshold and stays above it, or None.

    This says that there is a movement. It begins before.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times, s.
    rise : (N,) float array
        Values above the baseline.
    limit : float or (N,) float array
        The threshold.
    """
    above = running_median(rise, 3) >= limit
    for first in np.flatnonzero(above & ~np.concatenate([[False], above[:-1]])).tolist():
        last = first
        while last + 1 < len(above) and above[last + 1] and time_s[last + 1] - time_s[last] <= LARGEST_GAP_S:
            last += 1
        if time_s[last] - time_s[first] >= SUSTAINED_S:
            return float(time_s[first])
    return None


@dataclass(frozen=True, slots=True)
class _Movement:
    rise: Rise
    end_s: float
    """End of its plateau."""


def _movement(time_s: FloatArray, values: FloatArray, crossing_s: float, *, is_cut_off: bool) -> _Movement:
    """Return the movement that crosses the threshold at a time.

    One that began before the target has an onset of 0.
    """
    smooth = running_median(values - float(np.median(values[time_s < 0.0])))
    end = _plateau_end(time_s, smooth, int(np.searchsorted(time_s, crossing_s)))
    times, course = time_s[: end + 1], values[: end + 1]
    if is_cut_off:
        rest = Rest.of(values[time_s < 0.0])
        rise = fit_rise_from_rest(times, course, rest=rest, earliest_s=0.0, latest_s=max(crossing_s, 0.0))
    else:
        rise = date_rise(times, course, latest_s=max(crossing_s, 0.0))
    return _Movement(rise, float(time_s[end]))


def _peak_time(time_s: FloatArray, smooth: FloatArray, movement: _Movement | None) -> float | None:
    """Return when `PEAK_SHARE` of the peak is reached.

    It is that of the fitted rise if the peak is on its plateau.
    """
    top = int(np.argmax(smooth))
    if smooth[top] <= 0.0:
        return None
    if movement is not None and time_s[top] <= movement.end_s:
        return movement.rise.reaches_s(PEAK_SHARE)
    return float(time_s[int(np.argmax(smooth >= PEAK_SHARE * smooth[top]))])


def _plateau_end(time_s: FloatArray, smooth: FloatArray, first: int) -> int:
    """Return the last sample of the plateau of the movement at a sample."""
    top = last = first
    while last + 1 < len(smooth) and time_s[last + 1] - time_s[last] <= LARGEST_GAP_S:
        last += 1
        if smooth[last] > smooth[top]:
            top = last
        elif smooth[last] < END_SHARE * smooth[top]:
            break
    low = np.flatnonzero(smooth[top : last + 1] < PLATEAU_SHARE * smooth[top])
    return top + int(low[0]) - 1 if len(low) else last


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


def _area(time_s: FloatArray, rise: FloatArray) -> float:
    """Return the trapezoidal integral without long gaps."""
    steps = np.diff(time_s)
    pieces = steps * (rise[1:] + rise[:-1]) / 2.0
    return float(pieces[steps <= LARGEST_GAP_S].sum())
