"""A table as a figure: numbers in a grid, matching cells on grey, as published.

The same table gives the same bytes.
"""

from __future__ import annotations

import io
from typing import Literal

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.table_text import cell_texts

GREY = "#d0d0d0"
CELL_IN = (0.95, 0.34)
"""Width and height of a cell, inches; names of over ten letters make the columns wider."""
LETTER_IN = 0.095


def draw_table(table: SimilarityTable, *, title: str, caption: str) -> Figure:
    """Draw a table.

    Parameters
    ----------
    table : SimilarityTable
        One column per target.
    title : str
        Above the table.
    caption : str
        Below the table; names the metric.

    Returns
    -------
    matplotlib.figure.Figure
        A figure without a window.
    """
    cells = cell_texts(table)
    count = len(cells)
    column_in = max(CELL_IN[0], LETTER_IN * max((len(name) for name in cells), default=0))
    width, height = column_in * (count + 1), CELL_IN[1] * (count + 2)
    figure = Figure(figsize=(width + 0.3, height + 0.75))
    axes = figure.add_axes(
        (0.15 / (width + 0.3), 0.45 / (height + 0.75), width / (width + 0.3), height / (height + 0.75))
    )
    axes.set_xlim(-1, count)
    axes.set_ylim(count, -2)
    axes.axis("off")
    axes.text(count / 2, -1.5, "Mimic", ha="center", va="center")
    axes.text(-0.95, -0.5, "Target", ha="left", va="center")
    for y, line in ((-2, 1.4), (0, 0.8), (count, 1.4)):
        axes.plot((-1, count), (y, y), color="black", linewidth=line, clip_on=False)
    axes.plot((0.1, count), (-1, -1), color="black", linewidth=0.5)
    for row, (target, texts) in enumerate(cells.items()):
        axes.text(row + 0.5, -0.5, target, ha="center", va="center")
        axes.text(-0.95, row + 0.5, target, ha="left", va="center")
        for column, (mimic, text) in enumerate(texts.items()):
            if target == mimic:
                axes.fill_between((column, column + 1), row, row + 1, color=GREY, linewidth=0)
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center")
    figure.text(0.5, 1 - 0.05 / (height + 0.75), title, ha="center", va="top", weight="bold")
    figure.text(0.5, 0.05 / (height + 0.75), caption, ha="center", va="bottom", fontsize=7, wrap=True)
    return figure


def figure_bytes(figure: Figure, kind: Literal["png", "svg"], *, dpi: int = 200) -> bytes:
    """Return the content of a figure file without date or random ids.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    kind : {"png", "svg"}
        The format.
    dpi : int
        Pixels per inch of a PNG.
    """
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "mimicry", "svg.fonttype": "path"}):
        if kind == "png":
            FigureCanvasAgg(figure).print_figure(file, format="png", dpi=dpi, metadata={"Software": None})
        else:
            from matplotlib.backends.backend_svg import FigureCanvasSVG

            FigureCanvasSVG(figure).print_figure(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()
