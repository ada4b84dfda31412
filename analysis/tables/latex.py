"""Tables for LaTeX: escaped texts and booktabs floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Room = Literal["column", "page", "scaled"]
"""What a table needs: one column of a two-column page, both columns, or both columns and scaling."""
_ESCAPED = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def latex_text(text: str) -> str:
    """Return a text with the special characters of LaTeX escaped."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def room_for(width: float, *, column: float, page: float) -> Room:
    """Return what a table of this width needs.

    Parameters
    ----------
    width : float
        Width of the table.
    column, page : float
        Widths of one column and of both, in the same unit.
    """
    return "column" if width <= column else "page" if width <= page else "scaled"


def latex_float(body: Sequence[str], *, columns: str, caption: str, label: str, room: Room, gap_pt: float) -> list[str]:
    r"""Return the lines of a float for ``\input``; wide ones span both columns.

    Parameters
    ----------
    body : sequence of str
        Lines of the head, ``\midrule`` and the rows.
    columns : str
        Argument of ``tabular``, such as ``lrr``.
    caption : str
        Plain text.
    label : str
        For ``\ref``.
    room : {"column", "page", "scaled"}
        Result of `room_for`.
    gap_pt : float
        Half the distance of two columns of the table (``\tabcolsep``).
    """
    name = "table" if room == "column" else "table*"
    begin, end = ([r"  \resizebox{\textwidth}{!}{%"], "}") if room == "scaled" else ([], "")
    return [
        rf"\begin{{{name}}}",
        r"  \centering",
        r"  \setlength{\belowcaptionskip}{4pt}",
        rf"  \caption{{{latex_text(caption)}}}",
        rf"  \label{{{label}}}",
        r"  \footnotesize",
        rf"  \setlength{{\tabcolsep}}{{{gap_pt:g}pt}}",
        *begin,
        rf"  \begin{{tabular}}{{{columns}}}",
        r"    \toprule",
        *body,
        r"    \bottomrule",
        r"  \end{tabular}" + end,
        rf"\end{{{name}}}",
    ]
