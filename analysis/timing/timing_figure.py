"""The timing of one session as a figure.

Time between flips, between camera frames, from key press to kept frame.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from analysis.face.arrays import FloatArray
from experiment.record.session_timing import SessionTiming

GOOD, BAD, INK, QUIET = "#2f6f4f", "#b3261e", "#1f2933", "#5f6873"
SIZE_IN = (11.0, 7.8)
_LEFT, _MIDDLE, _RIGHT = 0.085, 0.83, 0.985
"""Edges of the two columns, as shares of the width; between them is `_GAP`."""
_GAP = 0.02
_TOPS, _HEIGHT = (0.865, 0.575, 0.285), 0.215
"""Upper edges of the three rows and their height, as shares of the height of the figure."""
_LEAST_RANGE = 0.1
"""Share of a period that an axis shows to both sides of it, at least."""
_LEAST_BAR = 0.3
"""Half the range of a distribution, at least, as a share of the axis."""
_LEAST_KEY_MS = 1.0
"""Range of the axis of key presses to both sides of zero, at least."""
_BINS = 40


def draw_timing(timing: SessionTiming) -> Figure:
    """Draw flips, camera frames and key presses, and their distributions.

    Trials are bands, red where they fail. Grey lines are the expected values: one refresh, one camera interval, half a
    camera interval to both sides of the key press.
    """
    figure = Figure(figsize=SIZE_IN)  # fixed places: a layout that adapts takes most of the time of a report
    rows = [_row(figure, top) for top in _TOPS]
    for (time, share), draw in zip(rows, (_flips, _camera, _keys), strict=True):
        draw(time, share, timing)
    begin_s = min((trial.begin_s for trial in timing.trials), default=0.0)
    end_s = max((trial.end_s for trial in timing.trials), default=begin_s + 1.0)
    if len(timing.camera_s):
        begin_s, end_s = min(begin_s, float(timing.camera_s[0])), max(end_s, float(timing.camera_s[-1]))
    room_s = 0.02 * max(end_s - begin_s, 1.0)
    for number, (time, share) in enumerate(rows):
        for trial in timing.trials:
            colour = GOOD if trial.passes else BAD
            time.axvspan(trial.begin_s, trial.end_s, color=colour, alpha=0.10 if trial.passes else 0.22, linewidth=0)
        time.set_xlim(begin_s - room_s, end_s + room_s)
        share.set_xlim(0, 100)
        share.set_ylim(time.get_ylim())
        for axis in (time, share):
            axis.spines[["top", "right"]].set_visible(False)
            axis.tick_params(labelsize=8, labelbottom=number == len(rows) - 1)
        time.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        share.tick_params(labelleft=False)
    rows[-1][0].set_xlabel("seconds since the start of the session", fontsize=9)
    rows[-1][1].set_xlabel("share, %", fontsize=9)
    passed = len(timing.trials) - len(timing.failed)
    paced = ", paced by the computer's clock (not certified)" if timing.software_paced else ""
    figure.text(
        _LEFT,
        0.985,
        f"Timing of {timing.place.label}, task {timing.task}: {passed} of {len(timing.trials)} trials pass",
        fontsize=12,
        weight="bold",
        va="top",
    )
    figure.text(
        _LEFT,
        0.95,
        f"display {timing.verdict or 'not judged'}{paced}; key times from: {timing.keys_stamped_by or 'not known'}",
        fontsize=10,
        va="top",
    )
    return figure


def _row(figure: Figure, top: float) -> tuple[Axes, Axes]:
    """Return the axes over time and of the distribution."""
    bottom = top - _HEIGHT
    time = figure.add_axes((_LEFT, bottom, _MIDDLE - _LEFT, _HEIGHT))
    share = figure.add_axes((_MIDDLE + _GAP, bottom, _RIGHT - _MIDDLE - _GAP, _HEIGHT))
    return time, share


def _flips(time: Axes, share: Axes, timing: SessionTiming) -> None:
    none = [np.empty(0)]
    at_s = np.concatenate(none + [trial.flips_s[1:] for trial in timing.trials])
    between_ms = np.concatenate(none + [1000 * np.diff(trial.flips_s) for trial in timing.trials])
    _intervals(time, at_s, between_ms, period_ms=timing.flip_period_ms)
    missed = sum(trial.recorded.missed_frames for trial in timing.trials)
    _label(time, "Time between flips", "ms", _facts(between_ms, f"{missed} frames missed in trials"))
    _distribution(share, between_ms, time)


def _camera(time: Axes, share: Axes, timing: SessionTiming) -> None:
    at_s, between_ms = timing.camera_intervals_ms
    gaps = _intervals(time, at_s, between_ms, period_ms=timing.camera_period_ms)
    _label(time, "Time between camera frames", "ms", _facts(between_ms, f"{gaps} gaps"))
    _distribution(share, between_ms, time)


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
    bars = "bars: half the camera interval around it"
    low, high = time.get_ylim()
    time.set_ylim(min(low, -_LEAST_KEY_MS), max(high, _LEAST_KEY_MS))
    _label(time, "Key press or hold to kept frame", "ms", _facts(np.abs(np.array(distances)), bars))
    _distribution(share, np.array(distances), time)


def _label(time: Axes, quantity: str, unit: str, facts: str) -> None:
    time.set_ylabel(unit, fontsize=9)
    time.text(0, 1.17, quantity, transform=time.transAxes, fontsize=9.5, weight="bold", va="bottom")
    time.text(0, 1.03, facts, transform=time.transAxes, fontsize=8.5, color=QUIET, va="bottom")


def _facts(values: FloatArray, more: str) -> str:
    if not len(values):
        return more
    middle, most = np.quantile(values, [0.5, 0.99])
    return f"median {middle:.2f} ms, 99 % below {most:.2f}, largest {values.max():.2f}; {more}"


def _distribution(axis: Axes, values: FloatArray, time: Axes) -> None:
    """Draw the distribution of values; equal values are a bar that can be seen."""
    if len(values):
        low, high = time.get_ylim()
        middle, half = (values.max() + values.min()) / 2, (values.max() - values.min()) / 2
        half = max(half, _LEAST_BAR * (high - low))
        counts, edges = np.histogram(values, bins=_BINS, range=(float(middle - half), float(middle + half)))
        axis.stairs(100 * counts / len(values), edges, orientation="horizontal", fill=True, color=INK)
