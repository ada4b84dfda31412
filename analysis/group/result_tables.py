"""Means and statistics as tables of texts, for Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import pandas as pd

from analysis.group.analyse import StudyStatistics
from analysis.group.factors import Sample
from analysis.group.results import ANALYSES
from analysis.rounding import decimals_for

MISSING = ""
_NAMES = {
    "mean": "Mean scores",
    "rank1": "Rank-1",
    "rank1-by-expression": "Rank-1 by expression",
    "contrast": "Contrasts",
    "ancova": "Analysis of covariance",
    "lmm": "Linear mixed model of the scores",
    "glmm": "Logistic mixed model of rank-1",
    "learning": "Learning",
    "icc": "Agreement of repeated imitations",
}


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts."""

    key: str
    """Part of a LaTeX label."""
    title: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[bool, ...]
    """For each column whether it has numbers."""


def number_text(value: object, decimals: int = 3) -> str:
    """Return a number with a true minus sign; empty if it is missing."""
    if value is None or not isinstance(value, (int, float)) or isnan(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")


def p_text(value: object) -> str:
    """Return a p with three decimals, or ``< .001``; empty if it is missing."""
    if not isinstance(value, float) or isnan(value):
        return MISSING
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def mean_tables(found: StudyStatistics, sample: Sample) -> Iterator[TextTable]:
    """Yield a target x mimic table, mean (SD), for every cell of a sample."""
    means = _of(found.means, sample)
    order = list(dict.fromkeys(means["target"]))
    for number, (cell, rows) in enumerate(means.groupby("cell", sort=False)):
        values = _by(rows, "target", "mimic")
        mimics = [name for name in order if any((target, name) in values for target in order)]
        people = int(rows["participants"].max())
        pooled = str(rows["pools_over"].iloc[0])
        decimals = decimals_for(float(rows["mean"].max() - rows["mean"].min()), fewest=2, digits=2)
        caption = (
            f"Mean (SD) over participants of the score of each imitation (column) with each target (row), metric "
            f"{sample.metric}. Task {sample.task}, cell {cell}, n = {people} participants, "
            f"{int(rows.loc[rows['target'] == rows['mimic'], 'trials'].sum())} trials."
        )
        yield TextTable(
            f"means-{number}",
            f"Target x mimic, {cell}",
            caption + (f" Pooled over {pooled}." if pooled else ""),
            ("target \\ mimic", *mimics),
            tuple(
                (target, *(_mean_text(values.get((target, mimic)), decimals) for mimic in mimics)) for target in order
            ),
            (False, *(True for _ in mimics)),
        )


def _mean_text(row: Mapping[Any, Any] | None, decimals: int) -> str:
    if row is None:
        return MISSING
    spread = number_text(row["sd"], decimals)
    return number_text(row["mean"], decimals) + (f" ({spread})" if spread else "")


def confusion_tables(found: StudyStatistics, sample: Sample) -> Iterator[TextTable]:
    """Yield the confusion matrix of every cell of a sample."""
    for number, (cell, rows) in enumerate(_of(found.confusions, sample).groupby("cell", sort=False)):
        values = _by(rows, "imitated", "best")
        imitated, best = list(dict.fromkeys(rows["imitated"])), list(dict.fromkeys(rows["best"]))
        yield TextTable(
            f"confusions-{number}",
            f"Confusions, {cell}",
            f"Share of imitations of an expression (row) that are most similar to each expression (column), metric "
            f"{sample.metric}. Ties are divided equally. Task {sample.task}, cell {cell}.",
            ("imitated \\ best", *best, "trials"),
            tuple(
                (
                    row,
                    *(
                        number_text(values[row, column]["share"], 2) if (row, column) in values else ""
                        for column in best
                    ),
                    str(values[row, best[0]]["trials"]),
                )
                for row in imitated
            ),
            (False, *(True for _ in best), True),
        )


def statistic_tables(found: StudyStatistics, sample: Sample) -> Iterator[TextTable]:
    """Yield a table for each kind of analysis of a sample."""
    statistics = _of(found.statistics, sample)
    for analysis, rows in statistics.groupby("analysis", sort=False):
        methods = "; ".join(dict.fromkeys(str(one) for one in rows["method"]))
        notes = "; ".join(dict.fromkeys(str(one) for one in rows["note"] if one))
        has_test = bool(rows["p"].notna().any())
        header = ("cell", "effect", "number", "value", "95 % interval", "n")
        yield TextTable(
            str(analysis),
            _NAMES[str(analysis)],
            f"{ANALYSES[str(analysis)].capitalize()}. Task {sample.task}, metric {sample.metric}. Method: {methods}."
            + (f" Notes: {notes}." if notes else ""),
            (*header, "test", "p", "p (Holm)") if has_test else header,
            tuple(_statistic_cells(row, has_test=has_test) for row in rows.to_dict("records")),
            (False, False, False, True, True, True, *((True, True, True) if has_test else ())),
        )


def _statistic_cells(row: Mapping[Any, Any], *, has_test: bool) -> tuple[str, ...]:
    width = abs(row["value"]) if isnan(row["low"]) else row["high"] - row["low"]
    decimals = decimals_for(width, fewest=4 if row["statistic"] == "slope" else 3, digits=2)
    low, high = number_text(row["low"], decimals), number_text(row["high"], decimals)
    cells = (
        str(row["cell"]),
        str(row["effect"]),
        str(row["statistic"]),
        number_text(row["value"], decimals),
        f"{low} to {high}" if low else MISSING,
        str(row["n"]),
    )
    if not has_test:
        return cells
    value, df = number_text(row["test_value"], 2), number_text(row["df"], 1).removesuffix(".0")
    return (*cells, f"{row['test']}({df}) = {value}" if value else MISSING, p_text(row["p"]), p_text(row["p_holm"]))


def _by(rows: pd.DataFrame, first: str, second: str) -> dict[tuple[Any, Any], dict[Any, Any]]:
    """Return the rows by the values of two columns."""
    return {(row[first], row[second]): row for row in rows.to_dict("records")}


def _of(frame: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    same = (frame["task"] == sample.task) & (frame["target_set"] == sample.target_set)
    return frame[same & (frame["metric"] == sample.metric)]
