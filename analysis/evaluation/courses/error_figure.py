"""Picture of the errors of the onset by unit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.evaluation.courses.calibrating import CLEAR
from analysis.evaluation.courses.conditions import ACTIONS
from analysis.evaluation.courses.judging import clear
from analysis.evaluation.courses.measuring import MeasuredFilm, movement_errors

_RANGE_MS, _GOAL_MS = 200.0, 80.0
_SPREAD = 0.16


def write_error_figure(films: Sequence[MeasuredFilm], path: Path) -> None:
    """Draw each error of the onset; errors out of range are drawn at its end.

    Parameters
    ----------
    films : sequence of MeasuredFilm
        Usual films.
    path : Path
        The picture.
    """
    from matplotlib.figure import Figure

    errors = clear(movement_errors(list(films)))
    figure = Figure(figsize=(7.0, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(-_GOAL_MS, _GOAL_MS, color="0.93", lw=0)
    axes.axvline(0.0, color="0.6", lw=0.8)
    for row, measure in enumerate(ACTIONS):
        found = [(one.onset_ms, one.strength) for one in errors if one.measure == measure and one.onset_ms is not None]
        values = np.clip([value for value, _ in found], -_RANGE_MS, _RANGE_MS)
        heights = row + np.linspace(-_SPREAD, _SPREAD, max(len(found), 1))[: len(found)]
        axes.scatter(values, heights, c=[strength for _, strength in found], s=16, cmap="viridis", vmin=CLEAR, vmax=1.0)
        if found:
            axes.plot([np.median(values)] * 2, [row - 0.32, row + 0.32], color="black", lw=1.6)
    axes.set_yticks(range(len(ACTIONS)), list(ACTIONS))
    axes.invert_yaxis()
    axes.set_xlim(-1.04 * _RANGE_MS, 1.04 * _RANGE_MS)
    axes.set_xlabel("measured minus true onset, ms (grey: 80 ms; ends: larger errors; line: median)")
    figure.colorbar(axes.collections[-1], ax=axes, label="true strength")
    figure.savefig(path, dpi=110)
