"""The timing of one session as a figure.

Time between flips, between camera frames, from key press to kept frame.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.face.arrays import FloatArray
from experiment.record.session_timing import SessionTiming

GOOD, BAD, INK, QUIET = "#2f6f4f", "#b3261e", "#1f2933", "#8a94a0"
SIZE_IN = (11.0, 7.4)
_LEAST_RANGE = 0.1
"""Share of a period that an axis shows to both sides of it, at least."""
_LEAST_BAR = 0.05
"""Half the range of a distribution, at least, as a share of its middle."""


def draw_timing(timing: SessionTiming) -> Figure:
    """Draw flips, camera frames and key presses, and their distributions.

    Trials are bands, red where they fail; those that were excluded by hand have none. Grey lines are the expected
    values: one refresh, one camera interval, half a camera interval to both sides of the key press.
    """
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    axes = figure.subplots(3, 2, sharex="col", sharey="row", width_ratios=(5, 1))
    _flips(axes[0, 0], axes[0, 1], timing)
    _camera(axes[1, 0], axes[1, 1], timing)
    _keys(axes[2, 0], axes[2, 1], timing)
    for row in axes:
        for trial in timing.counted:
            colour = GOOD if trial.passes else BAD
            row[0].axvspan(trial.begin_s, trial.end_s, color=colour, alpha=0.10 if trial.passes else 0.22, linewidth=0)
        for axis in row:
            axis.spines[["top", "right"]].set_visible(False)
            axis.tick_params(labelsize=8)
    axes[2, 0].set_xlabel("seconds since the start of the session")
    axes[2, 1].set_xlabel("share")
    counted = len(timing.counted)
    paced = ", paced by the computer's clock (not certified)" if timing.software_paced else ""
    figure.suptitle(
        f"Timing of {timing.place.label}, task {timing.task}: {counted - len(timing.failed)} of {counted} trials pass\n"
        f"display {timing.verdict or 'not judged'}{paced}; key times from: {timing.keys_stamped_by or 'not said'}",
        fontsize=11,
    )
    return figure


def _flips(time: Axes, share: Axes, timing: SessionTiming) -> None:
    none = [np.empty(0)]
    at_s = np.concatenate(none + [trial.flips_s[1:] for trial in timing.trials])
    between_ms = np.concatenate(none + [1000 * np.diff(trial.flips_s) for trial in timing.trials])
    _intervals(time, at_s, between_ms, period_ms=timing.flip_period_ms)
    missed = sum(trial.recorded.missed_frames for trial in timing.trials)
    _label(time, "between flips, ms", _facts(between_ms, f"{missed} frames missed in trials"))
    _distribution(share, between_ms)


def _camera(time: Axes, share: Axes, timing: SessionTiming) -> None:
    at_s, between_ms = timing.camera_intervals_ms
    gaps = _intervals(time, at_s, between_ms, period_ms=timing.camera_period_ms)
    _label(time, "between camera\nframes, ms", _facts(between_ms, f"{gaps} gaps"))
    _distribution(share, between_ms)


def _intervals(time: Axes, at_s: FloatArray, between_ms: FloatArray, *, period_ms: float) -> int:
    """Draw dots, and crosses for more than one and a half periods.

    Return the number of crosses.
    """
    long = between_ms > 1.5 * period_ms
    time.axhline(period_ms, color=QUIET, linewidth=0.8)
    time.plot(at_s[~long], between_ms[~long], ".", color=INK, markersize=1.5, rasterized=True)
    time.plot(at_s[long], between_ms[long], "x", color=BAD, markersize=5)
    low, high = time.get_ylim()  # not the digits of a display that is exact
    time.set_ylim(min(low, (1 - _LEAST_RANGE) * period_ms), max(high, (1 + _LEAST_RANGE) * period_ms))
    return int(long.sum())


def _keys(time: Axes, share: Axes, timing: SessionTiming) -> None:
    half_ms = timing.camera_period_ms / 2
    for edge_ms in (-half_ms, half_ms):
        time.axhline(edge_ms, color=QUIET, linewidth=0.8)
    time.axhline(0, color=QUIET, linewidth=0.5, linestyle=":")
    distances = []
    for trial in timing.trials:
        recorded = trial.recorded
        if recorded.anchor_s is None or recorded.anchor_to_frame_ms is None:
            continue
        distances.append(recorded.anchor_to_frame_ms)
        colour = INK if trial.passes else BAD
        time.plot(recorded.anchor_s, recorded.anchor_to_frame_ms, "o", color=colour, markersize=4)
        if (half := recorded.half_interval_ms) is not None:
            time.vlines(recorded.anchor_s, -half, half, color=colour, linewidth=0.8)
    bars = "bars: half the interval around the key press or hold"
    _label(time, "key press or hold\nto kept frame, ms", _facts(np.abs(np.array(distances)), bars))
    _distribution(share, np.array(distances))


def _label(time: Axes, quantity: str, facts: str) -> None:
    time.set_ylabel(quantity)
    time.set_title(facts, fontsize=8, loc="right")


def _facts(values: FloatArray, more: str) -> str:
    if not len(values):
        return more
    middle, most = np.quantile(values, [0.5, 0.99])
    return f"median {middle:.2f} ms, 99 % below {most:.2f}, largest {values.max():.2f}; {more}"


def _distribution(axis: Axes, values: FloatArray) -> None:
    if len(values):
        weights = np.full(len(values), 1 / len(values))
        middle, half = (values.max() + values.min()) / 2, (values.max() - values.min()) / 2
        half = max(half, _LEAST_BAR * abs(middle))  # equal values are a bar that can be seen
        span = (float(middle - half), float(middle + half))
        axis.hist(values, bins=40, range=span, weights=weights, orientation="horizontal", color=INK)
