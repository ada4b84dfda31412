"""The figure of `docs/measurement.md`: recovery of each unit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.face.bench.recovery import HOW

_COLOURS = {"calibrated": "#1b5e8c", "refitted": "#4fb0c6", "joint": "#d98c21", "alone": "#9a9a9a"}


def draw_recovery(facts: Mapping[str, Any], file: Path) -> None:
    """Draw the correlation of each unit with the truth, for each source of identity."""
    units = sorted(facts["calibrated"]["unit_correlation"].items(), key=lambda unit: unit[1])
    names = [name for name, _ in units]
    figure = Figure(figsize=(7.0, 8.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for how in reversed(HOW):
        values = [facts[how]["unit_correlation"][name] for name in names]
        axes.plot(values, range(len(names)), "o", color=_COLOURS[how], markersize=5, label=how)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlim(-0.25, 1.0)
    axes.axvline(0.0, color="0.6", linewidth=0.8)
    axes.grid(axis="x", color="0.9")
    axes.set_xlabel("correlation of the fitted with the true coefficient")
    axes.set_title(
        f"{facts['pictures']} pictures of {facts['actors']} drawn people, heads turned by up to 20 degrees", fontsize=9
    )
    axes.legend(loc="lower right", title="identity", reverse=True)
    axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
