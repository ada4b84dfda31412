"""A table as CSV (for programs), Markdown (for people), LaTeX (for papers) and plain text (for the terminal)."""

from __future__ import annotations

import csv
import io
import re

from analysis.tables.table import ParticipantTable

MISSING = "–"
"""What Markdown and LaTeX show where there is no value; in CSV the field is empty."""
_GREY, _PLAIN = "\x1b[30;48;5;250m", "\x1b[0m"
_LATEX = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def bids_label(text: str) -> str:
    """``text`` with everything but letters and digits taken out, as BIDS wants labels."""
    return re.sub(r"[^0-9A-Za-z]+", "", text)


def stem(participant: str, session: str | None, task: str, metric: str | None = None) -> str:
    """``sub-01[_ses-a]_task-NAME[_metric-M]``."""
    parts = [f"sub-{participant}", f"ses-{session}" if session else "", f"task-{bids_label(task)}"]
    return "_".join([part for part in parts if part] + ([f"metric-{bids_label(metric)}"] if metric else []))


def table_csv(table: ParticipantTable) -> str:
    """First column ``target``, one column per mimic in the order of the rows; full precision."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["target", *table.targets])
    for target in table.targets:
        row = (table.cells.get((target, mimic)) for mimic in table.targets)
        writer.writerow([target, *("" if value is None else repr(float(value)) for value in row)])
    return text.getvalue()


def table_text(table: ParticipantTable, *, grey: bool = False) -> str:
    """Fixed-width text; matching cells in brackets or, on a terminal, on grey."""
    wide = max(table.decimals + 6, *(len(name) + 2 for name in table.targets))
    corner = "target \\ mimic"
    first = max(len(corner), *(len(name) for name in table.targets)) + 1
    lines = [corner.ljust(first) + "".join(name.rjust(wide) for name in table.targets)]
    for target in table.targets:
        line = target.ljust(first)
        for mimic in table.targets:
            text = table.text(target, mimic) or MISSING
            if target != mimic:
                line += text.rjust(wide - 1) + " "
            elif grey:
                line += " " * (wide - len(text) - 2) + f"{_GREY} {text} {_PLAIN}"
            else:
                line += f"[{text}]".rjust(wide)
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def table_markdown(table: ParticipantTable, *, caption: str, notes: tuple[str, ...] = ()) -> str:
    """Matching cells in bold; the notes as a list below."""
    lines = [f"**{table.title}.** {caption}", "", "| target \\ mimic | " + " | ".join(table.targets) + " |"]
    lines.append("|---|" + "---:|" * len(table.targets))
    for target in table.targets:
        cells = []
        for mimic in table.targets:
            text = table.text(target, mimic) or MISSING
            cells.append(f"**{text}**" if target == mimic else text)
        lines.append(f"| {target} | " + " | ".join(cells) + " |")
    lines += ["", *(f"- {note}" for note in notes)]
    return "\n".join(lines).rstrip() + "\n"


def table_latex(table: ParticipantTable, *, caption: str, label: str) -> str:
    r"""A ``table`` float in the manner of booktabs, matching cells on grey; to be ``\input`` into a paper."""
    count = len(table.targets)
    lines = [
        r"% Needs \usepackage{booktabs} and \usepackage[table]{xcolor} in the preamble.",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_escape(f'{table.title}. {caption}')}}}",
        rf"  \label{{{label}}}",
        rf"  \begin{{tabular}}{{l{'r' * count}}}",
        r"    \toprule",
        rf"    & \multicolumn{{{count}}}{{c}}{{Mimic}} \\",
        rf"    \cmidrule(l){{2-{count + 1}}}",
        "    Target & " + " & ".join(_escape(name) for name in table.targets) + r" \\",
        r"    \midrule",
    ]
    for target in table.targets:
        cells = []
        for mimic in table.targets:
            value = table.text(target, mimic)
            text = "--" if value is None else f"${value}$"
            cells.append(rf"\cellcolor[gray]{{0.85}}{text}" if target == mimic else text)
        lines.append(f"    {_escape(target)} & " + " & ".join(cells) + r" \\")
    lines += [r"    \bottomrule", r"  \end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
