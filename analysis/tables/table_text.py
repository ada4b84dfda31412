"""A table as CSV, Markdown, LaTeX and plain text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from math import isnan

from analysis.rounding import decimals_for
from analysis.tables.latex import latex_float, latex_text, room_for
from analysis.tables.similarity_table import PUBLISHED_MATCHING, PUBLISHED_OTHER, CellScore, SimilarityTable
from analysis.tables.statistics import expression_hits, hits

MISSING = "–"
"""Shown in Markdown and figures for a missing cell; in CSV the field is empty."""
_GREY, _PLAIN = "\x1b[30;48;5;250m", "\x1b[0m"
_COLUMN_PT, _PAGE_PT = 236.0, 490.0
"""Widths of a column and of both columns of common two-column classes (article 229 to 246, IEEEtran 252, ACM 241)."""
_LETTER_PT, _COLUMN_GAP_PT = 4.6, 5.0
_CHARACTER_PT = {"-": 6.7, ".": 2.4}
_DIGIT_PT = 4.3
_LEVEL_LETTERS = 6


def bids_label(text: str) -> str:
    """Return the letters and digits of a text, as BIDS requires of labels."""
    return re.sub(r"[^0-9A-Za-z]+", "", text)


def file_stem(participant: str, session: str | None, task: str, *, metric: str | None = None) -> str:
    """Return ``sub-01[_ses-a]_task-NAME[_metric-M]``.

    Parameters
    ----------
    participant, session, task
        As in the record; the task is shortened to letters and digits.
    metric : str, optional
        `Metric.label`.
    """
    parts = [f"sub-{participant}", f"ses-{session}" if session else "", f"task-{bids_label(task)}"]
    parts.append(f"metric-{bids_label(metric)}" if metric else "")
    return "_".join(filter(None, parts))


def decimals(table: SimilarityTable) -> int:
    """Return how many decimals to print: three, more for cells that are close."""
    spread = float(table.scores.max() - table.scores.min()) if table.scores.size else 0.0
    return decimals_for(spread, fewest=3, digits=3)


def cell_texts(table: SimilarityTable, *, missing: str = MISSING) -> dict[str, dict[str, str]]:
    """Return the printed cells by target, and for each target by mimic."""
    return {target: dict(row) for target, row in _cell_texts(table, missing).items()}


@lru_cache(maxsize=16)
def _cell_texts(table: SimilarityTable, missing: str) -> dict[str, dict[str, str]]:
    form = f"{{:.{decimals(table)}f}}".format
    return {
        target: {mimic: missing if isnan(score) else form(score) for mimic, score in row.items()}
        for target, row in table.rows.items()
    }


def cell_sentence(cell: CellScore, table: SimilarityTable) -> str:
    """Return ``0.981 (anger)`` or ``0.931 (target fear, mimic surprise)``."""
    where = cell.target if cell.target == cell.mimic else f"target {cell.target}, mimic {cell.mimic}"
    return f"{cell.score:.{decimals(table)}f} ({where})"


def finding(table: SimilarityTable) -> str:
    """Return the verdict on a table; show it only next to the metric's name."""
    if table.smallest_matching is None or table.largest_other is None:
        return "too few mimics could be measured to compare matching with other cells."
    holds = {True: "holds", False: "does not hold", None: "cannot be said, cells are missing"}
    counted = table.counted
    own = f"{hits(counted).sum():g} of {len(counted.imitated)} mimics score highest on their own target"
    if table.expressions_shared:
        own += f", {expression_hits(counted).sum():g} on a target of the expression they imitated"
    largest = "cell of another expression" if table.expressions_shared else "other cell"
    return (
        f"smallest matching cell {cell_sentence(table.smallest_matching, table)}, largest {largest} "
        f'{cell_sentence(table.largest_other, table)}; {own}; "> {PUBLISHED_MATCHING} / < {PUBLISHED_OTHER}" '
        f"{holds[table.published_pattern]}."
    )


def table_csv(table: SimilarityTable) -> str:
    """Return CSV: first column ``target``, a column per mimic, full precision."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = table.rows
    writer.writerow(["target", *next(iter(rows.values()), {})])
    for target, row in rows.items():
        writer.writerow([target, *("" if isnan(score) else score for score in row.values())])
    return text.getvalue()


def table_text(table: SimilarityTable, *, grey: bool = False) -> str:
    """Return fixed-width text; matching cells in brackets or, on a terminal, on grey."""
    cells = cell_texts(table)
    wide = max(decimals(table) + 6, *(len(name) + 2 for name in cells))
    corner = "target \\ mimic"
    first = max(len(corner), *(len(name) for name in cells)) + 1
    lines = [corner.ljust(first) + "".join(name.rjust(wide) for name in cells)]
    for target, row in cells.items():
        line = target.ljust(first)
        for mimic, text in row.items():
            if target != mimic:
                line += text.rjust(wide - 1) + " "
            elif grey:
                line += " " * (wide - len(text) - 2) + f"{_GREY} {text} {_PLAIN}"
            else:
                line += f"[{text}]".rjust(wide)
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def markdown_rows(header: Sequence[str], rows: Iterable[Sequence[str]], *, align: Sequence[str]) -> list[str]:
    """Return the lines of a Markdown table.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of sequence of str
        Texts of the cells.
    align : sequence of str
        For each column ``---`` (left) or ``---:`` (right).
    """
    lines = [f"| {' | '.join(cells)} |" for cells in (header, *rows)]
    return [lines[0], f"|{'|'.join(align)}|", *lines[1:]]


def table_markdown(table: SimilarityTable, *, title: str, caption: str, notes: tuple[str, ...] = ()) -> str:
    """Return Markdown with matching cells in bold.

    Parameters
    ----------
    table : SimilarityTable
        One column per target.
    title, caption : str
        Above the table; the caption names the metric.
    notes : tuple of str
        A list below the table.
    """
    cells = cell_texts(table)
    rows = [
        (target, *(f"**{text}**" if target == mimic else text for mimic, text in row.items()))
        for target, row in cells.items()
    ]
    header = ("target \\ mimic", *cells)
    lines = [f"**{title}.** {caption}", "", *markdown_rows(header, rows, align=["---", *["---:"] * len(cells)])]
    lines += ["", *(f"- {note}" for note in notes)]
    return "\n".join(lines).rstrip() + "\n"


def table_latex(table: SimilarityTable, *, caption: str, label: str) -> str:
    r"""Return a booktabs float for ``\input``, matching cells on grey.

    The table fits one column of a two-column page, or both columns (``table*``), or is scaled to them. Names stand
    upright above their columns if one of them has over six letters.

    Parameters
    ----------
    table : SimilarityTable
        One column per target.
    caption : str
        Names the metric.
    label : str
        For ``\ref``.
    """
    cells = cell_texts(table, missing="")
    count = len(cells)
    body = [
        rf"    & \multicolumn{{{count}}}{{c}}{{Mimic}} \\",
        rf"    \cmidrule(l){{2-{count + 1}}}",
        "    Target & " + " & ".join(_latex_headings(cells)) + r" \\",
        r"    \midrule",
    ]
    for target, row in cells.items():
        texts = {mimic: f"${text}$" if text else "--" for mimic, text in row.items()}
        texts[target] = rf"\cellcolor[gray]{{0.85}}{texts[target]}"
        body.append(f"    {latex_text(target)} & " + " & ".join(texts.values()) + r" \\")
    room = room_for(_latex_width_pt(cells), column=_COLUMN_PT, page=_PAGE_PT)
    gap_pt, columns = _COLUMN_GAP_PT / 2, "l" + "r" * count
    needs = r"% Needs \usepackage{booktabs,graphicx} and \usepackage[table]{xcolor} in the preamble."
    lines = latex_float(body, columns=columns, caption=caption, label=label, room=room, gap_pt=gap_pt)
    return "\n".join([needs, *lines]) + "\n"


def _latex_headings(names: Collection[str]) -> list[str]:
    texts = [latex_text(name) for name in names]
    return [rf"\rotatebox{{90}}{{{text}}}" for text in texts] if _are_turned(names) else texts


def _are_turned(names: Collection[str]) -> bool:
    return any(len(name) > _LEVEL_LETTERS for name in names)


def _latex_width_pt(cells: Mapping[str, Mapping[str, str]]) -> float:
    """Return the estimated width of the table in letters of 8 pt."""
    first = _LETTER_PT * max((len(name) for name in cells), default=0)
    texts = [text for row in cells.values() for text in row.values()]
    number_pt = max((sum(_CHARACTER_PT.get(letter, _DIGIT_PT) for letter in text) for text in texts), default=0.0)
    heading = 0 if _are_turned(cells) else max(map(len, cells), default=0)
    return first + len(cells) * (_COLUMN_GAP_PT + max(number_pt, _LETTER_PT * heading)) + _COLUMN_GAP_PT
