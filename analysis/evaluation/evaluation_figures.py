"""The figures of the evaluation. The same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.evaluation.curves import Curve
from analysis.evaluation.floor import Floor
from analysis.evaluation.judge import Verdict
from analysis.face.similarity.metrics import DEFAULT_METRIC

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's colours, distinguishable with any colour vision."""
_GREY = "#777777"
_SMALL = 8.0
_TITLE = 38
"""Most letters of a line of a title."""
_MOST_FLOORS = 8.0
"""Largest strength on the axis, in noise floors."""


def rank1_figure(panels: Mapping[str, Sequence[Verdict]]) -> Figure:
    """Draw rank-1 of every metric with its interval, one field a panel."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    metrics = [one.metric for one in next(iter(panels.values()))]
    figure = Figure(figsize=(3.3 * columns + 1.0, (0.24 * len(metrics) + 0.9) * rows), layout="constrained")
    fields = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (name, verdicts) in zip(fields, panels.items(), strict=False):
        for row, one in enumerate(verdicts):
            colour = COLOURS[0] if one.metric == DEFAULT_METRIC else _GREY
            if ends := one.rank1.interval:
                axes.plot(ends, (row, row), color=colour, lw=2, alpha=0.5)
            if one.rank1.value is not None:
                axes.plot(one.rank1.value, row, "o", color=colour, ms=5)
        axes.axvline(verdicts[0].chance, color="black", ls=":", lw=0.8)
        axes.set_title(fill(name, _TITLE), fontsize=_SMALL + 1)
        _plain(axes)
    for axes in fields[len(panels) :]:
        axes.axis("off")
    fields[0].set_yticks(range(len(metrics)), metrics)
    fields[0].set_ylim(len(metrics) - 0.5, -0.5)
    fields[0].set_xlim(0, 1.02)
    figure.supxlabel("rank-1 with its 95 % interval; dotted: chance", fontsize=_SMALL + 1)
    return figure


def distribution_figure(cells: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]]) -> Figure:
    """Draw histograms of matching and other cells by panel and metric."""
    metrics = list(next(iter(cells.values())))
    figure = Figure(figsize=(3.3 * len(metrics), 1.6 * len(cells) + 0.5), layout="constrained")
    fields = figure.subplots(len(cells), len(metrics), squeeze=False)
    for row, (panel, by_metric) in enumerate(cells.items()):
        for column, name in enumerate(metrics):
            axes, (matching, others) = fields[row, column], by_metric[name]
            both = np.concatenate((matching, others))
            edges = np.linspace(both.min(), max(both.max(), both.min() + 1e-9), 41)
            for values, colour, label in ((others, _GREY, "other cells"), (matching, COLOURS[0], "matching cells")):
                axes.hist(values, edges, density=True, color=colour, alpha=0.6, label=label)
            axes.set_yticks([])
            axes.set_title(f"{name}: {panel}", fontsize=_SMALL)
            _plain(axes)
    fields[0, 0].legend(fontsize=_SMALL - 1, frameon=False)
    return figure


def curve_figure(curves: Sequence[Curve]) -> Figure:
    """Draw rank-1 and mean cells of each condition."""
    columns = min(4, len(curves))
    blocks = -(-len(curves) // columns)
    figure = Figure(figsize=(2.9 * columns, 4.6 * blocks), layout="constrained")
    fields = figure.subplots(2 * blocks, columns, squeeze=False)
    for number, one in enumerate(curves):
        block, column = divmod(number, columns)
        _curve(fields[2 * block, column], fields[2 * block + 1, column], one, first=column == 0)
    for number in range(len(curves), blocks * columns):
        for axes in fields[-2:, number % columns]:
            axes.axis("off")
    handles, labels = fields[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=_SMALL + 1, frameon=False)
    return figure


def _curve(above: Axes, below: Axes, one: Curve, *, first: bool) -> None:
    values = np.array(one.condition.values)
    for number, (name, points) in enumerate(one.points.items()):
        colour = COLOURS[number]
        above.plot(values, [point.rank1 for point in points], "o-", color=colour, ms=3, lw=1.2, label=name)
        below.plot(values, [point.matching for point in points], "o-", color=colour, ms=3, lw=1.2)
        below.plot(values, [point.others for point in points], "--", color=colour, lw=1.0)
    above.plot(values, one.measured, ":", color="black", lw=1.0, label="share of pictures measured")
    for axes in (above, below):
        axes.axvline(one.condition.usual, color=_GREY, lw=0.5)
        if one.condition.logarithmic:
            axes.set_xscale("log")
            axes.set_xticks(values, [f"{value:g}" for value in values])
            axes.minorticks_off()
        _plain(axes)
    above.set_ylim(0, 1.03)
    below.set_ylim(-0.1, 1.03)
    above.set_title(one.condition.name, fontsize=_SMALL + 1)
    above.tick_params(labelbottom=False)
    below.set_xlabel(one.condition.unit, fontsize=_SMALL)
    if first:
        above.set_ylabel("rank-1", fontsize=_SMALL + 1)
        below.set_ylabel("score: matching (solid)\nand other cells (dashed)", fontsize=_SMALL + 1)


def floor_figure(floors: Sequence[Floor], shown: Sequence[Floor]) -> Figure:
    """Draw cumulative curves of the strength of faces relative to their noise floors."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.subplots()
    styles = [*((one, "-") for one in floors), *((one, "--") for one in shown)]
    for number, (one, style) in enumerate(styles):
        ordered = np.sort(one.strengths_mm / one.floors_mm)
        share = np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
        axes.step(ordered, share, style, where="post", color=COLOURS[number % len(COLOURS)], lw=1.4, label=one.name)
    axes.axvline(1.0, color="black", lw=0.8, ls=":")
    axes.set_xlabel("strength by the noise floor", fontsize=_SMALL + 1)
    axes.set_ylabel("share of the faces below", fontsize=_SMALL + 1)
    axes.legend(fontsize=_SMALL - 1, frameon=False)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, _MOST_FLOORS)
    _plain(axes)
    return figure


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=_SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, lw=0.5)
