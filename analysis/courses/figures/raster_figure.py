"""Draw all trials as a raster: a row a trial, a colour for the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import Stroke, withStroke

from analysis.courses.figures.condition_means import BinnedTrial, stacked
from analysis.face.arrays import FloatArray
from analysis.figure_style import TIME_LABEL, WIDTH_MM, Sheet, figure_style

Order = Literal["participant", "onset"]
_COLOURS = "cividis"
"""Its lightness rises evenly, so that it can be read in grey, and it looks alike with any colour vision."""
_LEFT_MM, _BAR_MM, _HEAD_MM, _GAP_MM, _FOOT_MM = 15.0, 20.0, 6.0, 7.0, 10.0
_ROW_MM = (0.08, 1.6)
"""Least and largest height of a row."""
_LEAST_MM, _MOST_MM = 24.0, 190.0
"""Least and largest height of all rows together."""
_LABEL_MM = 2.6
"""Least distance between the names of two participants."""
_SHARE = 0.995
"""Share of the values inside the colour scale; the others have the colour of its end."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The trials of one condition, from top to bottom."""

    name: str
    trials: tuple[BinnedTrial, ...]


def draw_raster(
    trials: Sequence[BinnedTrial], measure: int, *, label: str, width_s: float, columns: int, order: Order
) -> Figure:
    """Draw one measure in all trials, one panel for each condition.

    Parameters
    ----------
    trials : sequence of BinnedTrial
        The trials.
    measure : int
        Number of the measure.
    label : str
        Its name.
    width_s : float
        Width of the bins.
    columns : {1, 2}
        Columns of the journal.
    order : {"participant", "onset"}
        How the rows of a condition are sorted. Trials without an onset are last.

    Returns
    -------
    matplotlib.figure.Figure
        A figure without a window.
    """
    blocks = _blocks(trials, measure, order)
    row_mm = min(max(_MOST_MM / max(len(trials), 1), _ROW_MM[0]), _ROW_MM[1])
    heights = [max(len(block.trials) * row_mm, _LEAST_MM / len(blocks)) for block in blocks]
    width = WIDTH_MM[columns]
    height = _HEAD_MM + sum(heights) + _GAP_MM * (len(blocks) - 1) + _FOOT_MM
    norm, extend = _colour_scale([stacked(block.trials, measure, width_s=width_s)[1] for block in blocks])
    span = _time_span(trials, width_s)
    with figure_style():
        sheet = Sheet.of(width, height)
        top, axes = _HEAD_MM, None
        for block, block_mm in zip(blocks, heights, strict=True):
            axes = sheet.axes(_LEFT_MM, top, width - _LEFT_MM - _BAR_MM - 4.0, block_mm)
            edges_s, values = stacked(block.trials, measure, width_s=width_s)
            axes.patch.set(facecolor="white", hatch="//////", edgecolor="#b0b0b0", linewidth=0)
            rows = np.arange(len(block.trials) + 1)
            mesh = axes.pcolormesh(edges_s, rows, values, cmap=_COLOURS, norm=norm, rasterized=True)
            axes.set(ylim=(len(block.trials), 0), xlim=span)
            axes.set_title(f"{block.name} ({len(block.trials)} trials)", loc="left", weight="bold", pad=3)
            _mark(axes, block, measure, row_mm=row_mm)
            _name_rows(axes, block, order, row_mm=row_mm)
            is_last = block is blocks[-1]
            axes.tick_params(labelbottom=is_last)
            axes.set_xlabel(TIME_LABEL if is_last else "")
            top += block_mm + _GAP_MM
        bar_mm = min(sum(heights) + _GAP_MM * (len(blocks) - 1), 45.0)
        bar = sheet.axes(width - _BAR_MM + 0.5, _HEAD_MM, 2.5, bar_mm)
        colours = sheet.figure.colorbar(mesh, cax=bar, extend=extend)
        colours.set_label(f"{label},\nchange from baseline")
        colours.outline.set_linewidth(0.5)
    return sheet.figure


def _blocks(trials: Sequence[BinnedTrial], measure: int, order: Order) -> list[_Block]:
    """Return the conditions with their sorted trials."""

    def place(one: BinnedTrial) -> tuple[bool, float, str]:
        onset_s = one.onsets_s[measure] if order == "onset" else 0.0
        return (onset_s is None, 0.0 if onset_s is None else onset_s, one.participant)

    groups = sorted({one.group for one in trials})
    return [_Block(name, tuple(sorted((one for one in trials if one.group == name), key=place))) for name in groups]


def _colour_scale(values: Sequence[FloatArray]) -> tuple[Normalize, Literal["neither", "min", "max", "both"]]:
    """Return a scale for most values, and at which ends some are beyond it."""
    found = np.concatenate([one[np.isfinite(one)] for one in values]) if values else np.zeros(0)
    if not len(found):
        return Normalize(0.0, 0.1), "neither"
    low, high = np.quantile(found, [1.0 - _SHARE, _SHARE])
    least = 0.0 if low > -0.05 else float(np.floor(low / 0.05) * 0.05)
    most = max(0.1, float(np.ceil(high / 0.05) * 0.05))
    below, above = found.min() < least - 0.05, found.max() > most + 0.05
    return Normalize(least, most), "both" if below and above else "min" if below else "max" if above else "neither"


def _time_span(trials: Sequence[BinnedTrial], width_s: float) -> tuple[float, float]:
    filled = [one for one in trials if one.values.shape[1]]
    first = min((one.first_bin for one in filled), default=0)
    last = max((one.first_bin + one.values.shape[1] for one in filled), default=1)
    return first * width_s, last * width_s


def _mark(axes: Axes, block: _Block, measure: int, *, row_mm: float) -> None:
    """Mark the time of the target, and the onsets."""
    axes.axvline(0.0, color="white", linewidth=0.9, path_effects=[withStroke(linewidth=1.9, foreground="black")])
    ends = {round(one.duration_s, 1) for one in block.trials}
    if len(ends) == 1:
        axes.axvline(ends.pop(), color="white", linewidth=0.9, linestyle=(0, (2, 2)),
                     path_effects=[withStroke(linewidth=1.9, foreground="black")])  # fmt: skip
    onsets = [(row, one.onsets_s[measure]) for row, one in enumerate(block.trials)]
    found = [(row, onset_s) for row, onset_s in onsets if onset_s is not None]
    outline = [Stroke(linewidth=2.2, foreground="black"), Stroke(linewidth=1.2, foreground="white")]
    inset = 0.12 if row_mm > 1.0 else 0.0
    axes.vlines(
        [onset_s for _, onset_s in found],
        [row + inset for row, _ in found],
        [row + 1 - inset for row, _ in found],
        color="white",
        path_effects=outline if row_mm > 0.5 else [Stroke(linewidth=0.7, foreground="white")],
    )


def _name_rows(axes: Axes, block: _Block, order: Order, *, row_mm: float) -> None:
    """Name the participants, where there is room for it."""
    axes.tick_params(left=False)
    if order == "onset":
        axes.set_yticks([])
        axes.set_ylabel("sorted by onset")
        return
    owners = [one.participant for one in block.trials]
    begins = [row for row, owner in enumerate(owners) if row == 0 or owners[row - 1] != owner]
    ticks, names, last_mm = [], [], -_LABEL_MM
    for begin, end in zip(begins, [*begins[1:], len(owners)], strict=True):
        if begin and (end - begin) * row_mm > 1.0:
            axes.axhline(begin, color="white", linewidth=0.6)
        middle = (begin + end) / 2
        if middle * row_mm - last_mm >= _LABEL_MM:
            ticks.append(middle)
            names.append(owners[begin])
            last_mm = middle * row_mm
    axes.set_yticks(ticks, names)
    if len(owners) * row_mm > 14.0:
        axes.set_ylabel("participant")
