"""Draw the mean courses of conditions next to the courses of their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.courses.figures.condition_means import ConditionMean
from analysis.face.arrays import FloatArray
from analysis.figure_style import (
    BASELINE_COLOUR,
    QUIET,
    STRENGTH_LABEL,
    TIME_LABEL,
    WIDTH_MM,
    Sheet,
    figure_style,
    line_style,
    strength_limits,
)

_LEFT_MM, _RIGHT_MM, _BETWEEN_MM = 15.0, 3.0, 15.0
_PANEL_MM, _GAP_MM, _FOOT_MM, _HEAD_MM, _LEGEND_MM = 26.0, 8.0, 11.0, 5.0, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class MeasurePanels:
    """One measure in all conditions."""

    measure: str
    means: tuple[ConditionMean, ...]
    """One a condition, in the order of the legend."""
    targets: Mapping[str, Sequence[tuple[FloatArray, FloatArray]]]
    """Times and strengths of the targets of each condition; missing where they are not known."""


def draw_conditions(panels: Sequence[MeasurePanels], *, columns: int) -> Figure:
    """Draw target and participants' mean with its interval, a row for each measure.

    In a figure over one column, the target is above the participants.

    Parameters
    ----------
    panels : sequence of MeasurePanels
        Measures with the same conditions.
    columns : {1, 2}
        Columns of the journal.

    Returns
    -------
    matplotlib.figure.Figure
        A figure without a window.
    """
    width, is_wide = WIDTH_MM[columns], columns > 1
    groups = [one.group for one in panels[0].means]
    legend_rows = -(-len(groups) // (4 if is_wide else 2))
    top = 2.0 + _LEGEND_MM * legend_rows + _HEAD_MM
    rows = len(panels) if is_wide else 2 * len(panels)
    height = top + rows * _PANEL_MM + (rows - 1) * _GAP_MM + _FOOT_MM
    panel_width = (width - _LEFT_MM - _RIGHT_MM - _BETWEEN_MM) / 2 if is_wide else width - _LEFT_MM - _RIGHT_MM
    with figure_style():
        sheet = Sheet.of(width, height)
        for number, one in enumerate(panels):
            first = number if is_wide else 2 * number
            first_top = top + first * (_PANEL_MM + _GAP_MM)
            target = sheet.axes(_LEFT_MM, first_top, panel_width, _PANEL_MM)
            shift = (panel_width + _BETWEEN_MM, 0.0) if is_wide else (0.0, _PANEL_MM + _GAP_MM)
            people = sheet.axes(_LEFT_MM + shift[0], first_top + shift[1], panel_width, _PANEL_MM, sharex=target)
            _draw_targets(target, one)
            _draw_people(people, one)
            target.set_ylabel(f"{one.measure}\n{STRENGTH_LABEL}")
            people.set_ylabel("change from baseline" if is_wide else f"{one.measure}\nchange from baseline")
            if number == 0 or not is_wide:
                target.set_title("Target", loc="left", weight="bold", pad=3)
                people.set_title("Participants, mean and 95 % interval", loc="left", weight="bold", pad=3)
            is_last = number == len(panels) - 1
            people.set_xlabel(TIME_LABEL if is_last else "")
            target.set_xlabel(TIME_LABEL if is_last and is_wide else "")
        _legend(sheet, panels[0].means, columns=4 if is_wide else 2)
    return sheet.figure


def _draw_targets(axes: Axes, one: MeasurePanels) -> None:
    values: list[float] = []
    for number, mean in enumerate(one.means):
        for time_s, strength in one.targets.get(mean.group, ()):
            axes.plot(time_s, strength, **line_style(number))
            values += strength.tolist()
    if not values:
        axes.text(0.5, 0.5, "not known for these targets", ha="center", va="center", color=QUIET,
                  transform=axes.transAxes)  # fmt: skip
    axes.axhline(0.0, color=QUIET, linewidth=0.5)
    axes.set_ylim(strength_limits(values))
    axes.axvline(0.0, color=QUIET, linewidth=0.6)


def _draw_people(axes: Axes, one: MeasurePanels) -> None:
    axes.axhline(0.0, color=QUIET, linewidth=0.5)
    axes.axvline(0.0, color=QUIET, linewidth=0.6)
    low, high = -0.02, 0.1
    for number, mean in enumerate(one.means):
        style = line_style(number)
        lower, upper = mean.mean - mean.half_width, mean.mean + mean.half_width
        axes.fill_between(mean.time_s, lower, upper, color=style["color"], alpha=0.18, linewidth=0)
        axes.plot(mean.time_s, mean.mean, **style)
        drawn = np.concatenate([[low, high], *(part[np.isfinite(part)] for part in (lower, upper, mean.mean))])
        low, high = float(drawn.min()), float(drawn.max())
    axes.set_ylim(low - 0.03 * (high - low), high + 0.05 * (high - low))
    times = np.concatenate([mean.time_s[np.isfinite(mean.mean)] for mean in one.means])
    if len(times):
        axes.axvspan(float(times.min()), 0.0, color=BASELINE_COLOUR, linewidth=0, zorder=0)
        axes.set_xlim(float(times.min()), float(times.max()))


def _legend(sheet: Sheet, means: Sequence[ConditionMean], *, columns: int) -> None:
    """Name the conditions with their number of participants, above the panels."""
    step = (sheet.width_mm - _LEFT_MM) / columns
    for number, mean in enumerate(means):
        left, top = _LEFT_MM + step * (number % columns), 2.0 + _LEGEND_MM * (number // columns)
        key = sheet.axes(left, top, 7.0, 2.5)
        key.axis("off")
        key.plot([0, 1], [0.5, 0.5], **line_style(number))
        key.set_ylim(0, 1)
        sheet.text(left + 8.0, top + 1.25, f"{mean.group} (n = {mean.participants})", va="center")
