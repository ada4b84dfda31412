"""The files of a figure of a paper: each format, and its caption as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from analysis.figure_style import FigureFormat, file_content
from analysis.tables.output_files import put


def put_figure(figure: Figure, caption: str, base: Path, formats: Sequence[FigureFormat]) -> list[Path]:
    """Write a figure in all formats with its caption, and return the files.

    Parameters
    ----------
    figure : Figure
        The figure.
    caption : str
        Its caption.
    base : Path
        Folder and name of the files, without their endings.
    formats : sequence of {"pdf", "svg", "png"}
        The formats.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    files = [put(base.with_name(f"{base.name}.{kind}"), file_content(figure, kind)) for kind in formats]
    return [*files, put(base.with_name(f"{base.name}.txt"), caption + "\n")]
