"""Target x mimic tables as heat maps.

A cell is the mean over participants of each participant's mean. Lightness follows the score, so that the figure can be
read in grey and with any colour vision; cells on the diagonal are framed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.errors import DataSetError
from analysis.figure_style import COLOUR_SCALE, WIDTH_MM, Sheet, figure_style
from analysis.group.factors import ordered_levels
from analysis.group.result_tables import number_text
from analysis.rounding import decimals_for
from analysis.terminal import many

MOST_TARGETS, MOST_LEVELS = 30, 6
_BAR_MM, _TITLE_MM, _GAP_MM, _AXIS_MM = 20.0, 6.0, 4.0, 5.0
_LETTER_MM = 1.35
_PT_PER_MM, _LABEL_PT = 2.8346, 6.5
_LARGEST_CELL_MM, _SMALLEST_NUMBER_CELL_MM = 16.0, 6.5
_NUMBER_WIDTH = 0.62
"""Width of a digit as a share of the size of its letters."""


def mean_table(scores: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    """Return the mean scores, targets in rows and imitated targets in columns.

    Parameters
    ----------
    scores : pandas.DataFrame
        Rows of the long table of scores, of one metric.
    targets : sequence of str
        Rows and columns, in order.
    """
    own = scores.groupby(["participant", "target", "mimic"], sort=False)["score"].mean().reset_index()
    table = own.pivot_table("score", index="target", columns="mimic", aggfunc="mean")
    return table.reindex(index=list(targets), columns=list(targets))


def shown_targets(scores: pd.DataFrame) -> list[str]:
    """Return the imitated targets in the order of the table.

    Raises
    ------
    DataSetError
        If there are too many, or one name stands for several sets of pictures.
    """
    sets = scores[["task", "target_set"]].drop_duplicates()
    if len(sets) > 1:
        raise DataSetError(
            "the sessions show several sets of targets, which are never pooled; choose some with --participant and "
            "--session"
        )
    imitated = set(scores["mimic"])
    names = [str(name) for name in dict.fromkeys(scores["target"]) if name in imitated]
    if len(names) > MOST_TARGETS:
        raise DataSetError(f"{len(names)} targets; a heat map shows {MOST_TARGETS} at most")
    return names


def draw_heat_maps(scores: pd.DataFrame, *, by: str | None = None, columns: int = 2) -> Figure:
    """Draw one heat map, or one for each level of a condition, with one colour scale.

    Parameters
    ----------
    scores : pandas.DataFrame
        Rows of the long table of scores, of one metric and kind, without exclusions.
    by : str, optional
        Column of the levels.
    columns : int
        Columns of the journal, 1 or 2.

    Raises
    ------
    DataSetError
        If there are too many targets or levels.
    """
    names = shown_targets(scores)
    levels = ("",) if by is None else ordered_levels(scores, by)
    if len(levels) > MOST_LEVELS:
        raise DataSetError(f"{by} has {len(levels)} values; a figure shows {MOST_LEVELS} heat maps at most")
    tables = [mean_table(scores if by is None else scores[scores[by].astype(str) == level], names) for level in levels]
    values = np.concatenate([table.to_numpy(dtype=float).ravel() for table in tables])
    scale = Normalize(float(np.nanmin(values)), float(np.nanmax(values)))
    label_mm = _LETTER_MM * max(map(len, names)) + 2.0
    in_row = 1 if len(levels) == 1 else columns
    width_mm = WIDTH_MM[columns]
    panel_mm = (width_mm - _BAR_MM - _AXIS_MM - in_row * label_mm - (in_row - 1) * _GAP_MM) / in_row
    panel_mm = min(panel_mm, _LARGEST_CELL_MM * len(names))
    used_mm = _AXIS_MM + in_row * (label_mm + panel_mm) + (in_row - 1) * _GAP_MM + _BAR_MM
    left_mm = _AXIS_MM + (width_mm - used_mm) / 2
    block_mm = _TITLE_MM + panel_mm + label_mm + _GAP_MM
    rows = math.ceil(len(levels) / in_row)
    with figure_style():
        sheet = Sheet.of(width_mm, rows * block_mm + 2.0)
        for number, (level, table) in enumerate(zip(levels, tables, strict=True)):
            row, column = divmod(number, in_row)
            left = left_mm + label_mm + column * (panel_mm + label_mm + _GAP_MM)
            axes = sheet.axes(left, _TITLE_MM + row * block_mm, panel_mm, panel_mm)
            _draw(axes, table, scale, cell_mm=panel_mm / len(names))
            axes.set_title(f"{by}: {level or 'none'}" if by else "", pad=4)
            axes.set_xlabel("imitated target")
            axes.set_ylabel("compared with target")
        bar_left = left_mm + in_row * label_mm + in_row * panel_mm + (in_row - 1) * _GAP_MM + 2.0
        bar = sheet.axes(bar_left, _TITLE_MM, 2.0, panel_mm)
        label = f"similarity ({scores['metric'].iloc[0]})"
        sheet.figure.colorbar(ScalarMappable(scale, COLOUR_SCALE), cax=bar, label=label)
    return sheet.figure


def heat_map_caption(scores: pd.DataFrame, *, by: str | None) -> str:
    """Return the caption of `draw_heat_maps`.

    Parameters
    ----------
    scores : pandas.DataFrame
        What was drawn.
    by : str, optional
        Column of the levels.
    """
    trials = scores.drop_duplicates(["participant", "session", "trial_id", "attempt"])
    people = trials["participant"].nunique()
    levels = f" by {by}" if by else ""
    return (
        f"Mean similarity ({scores['metric'].iloc[0]}) of each imitation to each target{levels}. A cell is the "
        f"mean over {many(people, 'participant')} of the means of their trials ({many(len(trials), 'trial')} in all). "
        "Framed: imitations of this very target. Empty: no trial. Excluded trials and pilot sessions are left out."
    )


def _draw(axes: Axes, table: pd.DataFrame, scale: Normalize, *, cell_mm: float) -> None:
    cells = table.to_numpy(dtype=float)
    count = len(cells)
    axes.imshow(cells, cmap=COLOUR_SCALE, norm=scale, aspect="equal", interpolation="nearest")
    names = [str(name) for name in table.index]
    axes.set_xticks(range(count), names, rotation=90)
    axes.set_yticks(range(count), names)
    axes.tick_params(length=0, labelsize=min(_LABEL_PT, 0.95 * _PT_PER_MM * cell_mm))
    axes.spines[:].set_visible(False)
    decimals = decimals_for((scale.vmax or 0.0) - (scale.vmin or 0.0), fewest=2, digits=2)
    longest = max(len(number_text(float(value), decimals)) for value in cells.ravel())
    size_pt = min(_LABEL_PT, _PT_PER_MM * cell_mm * 0.95 / (_NUMBER_WIDTH * longest))
    for row in range(count):
        axes.add_patch(Rectangle((row - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=1.2))
        for column in range(count):
            value = cells[row, column]
            if cell_mm >= _SMALLEST_NUMBER_CELL_MM and np.isfinite(value):
                light = float(np.dot(colormaps[COLOUR_SCALE](scale(value))[:3], [0.2126, 0.7152, 0.0722]))
                text = number_text(float(value), decimals)
                ink = "white" if light < 0.45 else "black"
                axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=size_pt)
