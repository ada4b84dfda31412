"""The look of the figures, sizes in millimetres, and their files.

Conditions and measures differ in colour and in line style, so that figures can be read in grey and with any colour
vision. Colours: Okabe & Ito 2008, Color Universal Design. Text stays text in PDF and SVG.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

FigureFormat = Literal["pdf", "svg", "png"]
FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)
WIDTH_MM = {1: 85.0, 2: 178.0}
"""Width of a figure over one and two columns of a journal."""
PNG_DPI = 300
BASELINE_COLOUR = "#e8e8e8"
QUIET = "#555555"
COLOUR_SCALE = "viridis"
"""Colours from low to high values; the lightness rises evenly."""
STRENGTH_LABEL = "strength, 0–1"
TIME_LABEL = "time from onset of the target, s"
_MM_PER_IN = 25.4
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LINES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"],
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.labelsize": 7.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "hatch.linewidth": 0.4,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "mimicry",
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Use the style of all figures while one is drawn or written."""
    with matplotlib.rc_context(_STYLE):
        yield


def line_style(number: int) -> dict[str, Any]:
    """Return colour and dashes of a line; no two of the first 28 are alike.

    Parameters
    ----------
    number : int
        From 0.
    """
    return {"color": _COLOURS[number % len(_COLOURS)], "linestyle": _LINES[number % len(_LINES)]}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure whose axes are placed in millimetres from its upper left corner."""

    figure: Figure
    width_mm: float
    height_mm: float

    @staticmethod
    def of(width_mm: float, height_mm: float) -> Sheet:
        """Return an empty sheet.

        Parameters
        ----------
        width_mm, height_mm : float
            Its size.
        """
        size = (width_mm / _MM_PER_IN, height_mm / _MM_PER_IN)
        return Sheet(Figure(figsize=size), width_mm, height_mm)

    def axes(self, left_mm: float, top_mm: float, width_mm: float, height_mm: float, **options: Any) -> Axes:
        """Return new axes.

        Parameters
        ----------
        left_mm, top_mm, width_mm, height_mm : float
            The box of their data.
        **options
            As in `matplotlib.figure.Figure.add_axes`.
        """
        box = (
            left_mm / self.width_mm,
            1.0 - (top_mm + height_mm) / self.height_mm,
            width_mm / self.width_mm,
            height_mm / self.height_mm,
        )
        return self.figure.add_axes(box, **options)

    def text(self, left_mm: float, top_mm: float, text: str, **options: Any) -> None:
        """Write a text, whose upper left corner is given.

        Parameters
        ----------
        left_mm, top_mm : float
            The corner.
        text : str
            The text.
        **options
            As in `matplotlib.figure.Figure.text`.
        """
        place = {"va": "top", "ha": "left", **options}
        self.figure.text(left_mm / self.width_mm, 1.0 - top_mm / self.height_mm, text, **place)


def file_content(figure: Figure, kind: FigureFormat, *, dpi: int = PNG_DPI) -> bytes:
    """Return the content of a figure's file, without a date.

    Parameters
    ----------
    figure : Figure
        What to write.
    kind : {"pdf", "svg", "png"}
        The format.
    dpi : int
        Resolution of a PNG, and of pictures in the others.
    """
    file = io.BytesIO()
    with figure_style():
        if kind == "png":
            FigureCanvasAgg(figure).print_figure(file, format=kind, dpi=dpi, metadata={"Software": None})
        elif kind == "svg":
            from matplotlib.backends.backend_svg import FigureCanvasSVG

            FigureCanvasSVG(figure).print_figure(file, format=kind, dpi=dpi, metadata={"Date": None, "Creator": None})
        else:
            from matplotlib.backends.backend_pdf import FigureCanvasPdf  # it takes a tenth of a second to load

            facts = {"CreationDate": None, "Creator": None, "Producer": None}
            FigureCanvasPdf(figure).print_figure(file, format=kind, dpi=dpi, metadata=facts)
    return file.getvalue()


def strength_limits(values: Sequence[float]) -> tuple[float, float]:
    """Return limits of an axis: a little beyond the values, at least up to 0.1.

    Parameters
    ----------
    values : sequence of float
        The smallest and largest values that are drawn; NaN are left out.
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *known]), max([0.1, *known])
    return low - 0.03 * (high - low), high + 0.08 * (high - low)
