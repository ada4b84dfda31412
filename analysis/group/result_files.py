"""Write the statistics of a study as CSV, JSON, Markdown and LaTeX."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.group.analyse import StudyStatistics
from analysis.group.factors import ALL, Sample
from analysis.group.means import CONFUSIONS, MEANS
from analysis.group.result_tables import TextTable, confusion_tables, mean_tables, p_text, statistic_tables
from analysis.group.results import STATISTICS
from analysis.group.study_files import csv_of
from analysis.inference.estimate import Estimate
from analysis.tables.column import Column
from analysis.tables.latex import latex_float, latex_text, room_for
from analysis.tables.output_files import put, put_json
from analysis.tables.table_text import markdown_rows
from analysis.terminal import many

_WIDEST_IN_COLUMN = 46
"""Characters of a row that fit into one column of a two-column page."""
_WIDEST_ON_PAGE = 105
_LONGEST_ON_PAGE = 40
"""Rows of a float; longer tables are divided."""


def write_statistics(
    found: StudyStatistics, folder: Path, *, sessions: Sequence[str] = (), warnings: Sequence[str] = ()
) -> list[Path]:
    """Write all statistics into a folder; return the files.

    Parameters
    ----------
    found : StudyStatistics
        The statistics.
    folder : Path
        The folder.
    sessions : sequence of str
        Labels of all sessions of the data set.
    warnings : sequence of str
        Sentences about the whole data set.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    tables: Mapping[str, tuple[pd.DataFrame, Mapping[str, Column]]] = {
        "means": (found.means, MEANS),
        "confusions": (found.confusions, CONFUSIONS),
        "statistics": (found.statistics, STATISTICS),
    }
    written = []
    for name, (frame, columns) in tables.items():
        written.append(put(folder / f"{name}.csv", csv_of(frame)))
        written.append(put_json(folder / f"{name}.json", {key: one.as_json() for key, one in columns.items()}))
    whole = {
        "sessions": list(sessions),
        "warnings": list(warnings),
        "samples": [_sample_json(one) for one in found.samples],
        **{name: _records(frame) for name, (frame, _) in tables.items()},
    }
    written.append(put_json(folder / "group.json", whole))
    written.append(put(folder / "group.md", markdown(found, warnings=warnings)))
    written.append(put(folder / "group.tex", latex(found)))
    return written


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return records


def _sample_json(sample: Sample) -> dict[str, Any]:
    return {
        "task": sample.task,
        "target_set": sample.target_set,
        "metric": sample.metric,
        "participants": sample.participants,
        "trials": len(sample.trials),
        "targets": sample.targets,
        "excluded": dict(sample.excluded),
        "factors": {one.name: list(one.levels) for one in sample.factors},
    }


def sample_sentence(sample: Sample) -> str:
    """Return task, metric, numbers and exclusions of a sample."""
    left_out = sum(sample.excluded.values())
    reasons = ", ".join(f"{name} {count}" for name, count in sample.excluded.items())
    of_set = f", set of targets {sample.target_set}" if sample.target_set > 1 else ""
    return (
        f"{sample.task}{of_set}, metric {sample.metric}: {sample.participants} participants, "
        f"{len(sample.trials)} trials, {sample.targets} targets; {many(left_out, 'trial')} left out"
        + (f" ({reasons})" if reasons else "")
    )


def summary_lines(found: StudyStatistics) -> Iterator[str]:
    """Yield what the terminal shows: a few lines for each sample."""
    if not found.samples:
        yield "no trial can be analysed; the column excluded of trials.csv says why"
    for sample in found.samples:
        yield sample_sentence(sample)
        for factor in sample.factors:
            yield f"  {factor.name}: {', '.join(factor.levels)}"
        own = {"task": sample.task, "metric": sample.metric, "cell": ALL}
        for row in found.rows(analysis="rank1", **own).to_dict("records"):
            if row["target_set"] == sample.target_set:
                yield f"  {row['outcome']}: {_estimate(row).text()}; chance {1 / sample.targets:.2f}"
        for row in found.rows(analysis="lmm", **own).to_dict("records"):
            if row["factor"] and row["target_set"] == sample.target_set:
                yield f"  {row['effect']}: {_estimate(row).text(decimals=3)}; p = {p_text(row['p'])}"


def _estimate(row: Mapping[Any, Any]) -> Estimate:
    def or_none(value: Any) -> float | None:
        return None if pd.isna(value) else float(value)

    ends = or_none(row["low"]), or_none(row["high"])
    return Estimate(or_none(row["value"]), *ends, int(row["n"]), str(row["method"]), str(row["unit"]))


def text_tables(found: StudyStatistics, sample: Sample) -> Iterator[TextTable]:
    """Yield all tables of one sample of a study."""
    yield from mean_tables(found, sample)
    yield from statistic_tables(found, sample)
    yield from confusion_tables(found, sample)


def markdown(found: StudyStatistics, *, warnings: Sequence[str] = ()) -> str:
    """Return all tables as Markdown.

    Parameters
    ----------
    found : StudyStatistics
        The statistics.
    warnings : sequence of str
        Sentences about the whole data set.
    """
    lines = ["# All participants", "", *(f"- Warning: {one}" for one in warnings)]
    for sample in found.samples:
        lines += ["", f"## {sample_sentence(sample)}", ""]
        for table in text_tables(found, sample):
            align = ["---:" if is_number else "---" for is_number in table.align]
            lines += [f"### {table.title}", "", table.caption, ""]
            lines += [*markdown_rows(table.header, table.rows, align=align), ""]
    return "\n".join(lines).rstrip() + "\n"


def latex(found: StudyStatistics) -> str:
    r"""Return all tables as LaTeX floats for ``\input``; wide ones span both columns."""
    lines = [r"% Needs \usepackage{booktabs,graphicx} in the preamble."]
    for number, sample in enumerate(found.samples, start=1):
        for table in text_tables(found, sample):
            label = f"tab:group:{number}:{table.key}"
            parts = -(-len(table.rows) // _LONGEST_ON_PAGE)
            for part in range(max(parts, 1)):
                rows = table.rows[part * _LONGEST_ON_PAGE : (part + 1) * _LONGEST_ON_PAGE]
                caption = f"{table.caption} Part {part + 1} of {parts}." if parts > 1 else table.caption
                own = replace(table, rows=rows, caption=caption)
                lines += ["", *_latex_float(own, label=f"{label}:{part + 1}" if part else label)]
    return "\n".join(lines) + "\n"


def _latex_float(table: TextTable, *, label: str) -> list[str]:
    columns = zip(table.header, *table.rows, strict=True)
    width = sum(max(map(len, column)) + 2 for column in columns)
    header, *rows = ("    " + " & ".join(map(_latex_cell, row)) + r" \\" for row in (table.header, *table.rows))
    return latex_float(
        [header, r"    \midrule", *rows],
        columns="".join("r" if is_number else "l" for is_number in table.align),
        caption=table.caption,
        label=label,
        room=room_for(width, column=_WIDEST_IN_COLUMN, page=_WIDEST_ON_PAGE),
        gap_pt=4,
    )


def _latex_cell(text: str) -> str:
    return latex_text(text).replace("−", "$-$").replace("< .", "$<$ .")
