"""The figure of true and measured intensity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiment.simulation.study.recovery import Recovery

MEASURED, OTHERS = "#1f5f99", "#d1603d"


def draw_recovery(recoveries: Sequence[Recovery], file: Path) -> None:
    """Draw measured and strongest other intensity, one panel an emotion."""
    figure = Figure(figsize=(9.6, 6.6), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    for panel, one in zip(panels.flat, recoveries, strict=True):
        panel.plot((0, 1.15), (0, 1.15), color="#c0c0c0", linewidth=1)
        panel.scatter(one.true, one.others, s=11, color=OTHERS, marker="x", linewidth=0.8, label="strongest other")
        panel.scatter(one.true, one.measured, s=14, color=MEASURED, label="measured")
        panel.set_title(f"{one.emotion}:  r {one.correlation:.2f},  error {one.error:.2f}", fontsize=10)
        panel.set_xlim(0, 1.1)
        panel.set_ylim(-0.03, 1.25)
    panels.flat[0].legend(fontsize=8, loc="upper left", frameon=False)
    figure.supxlabel("true intensity")
    figure.supylabel("measured intensity")
    file.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_figure(str(file), dpi=130, metadata={"Software": None})
