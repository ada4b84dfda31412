"""Means of cells: target x mimic tables, rank-1, confusions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.group.contrasts import participant_means
from analysis.group.factors import Cell, Sample
from analysis.group.results import STATISTICS, Result
from analysis.inference.intervals import bounded_mean, mean_by_t
from analysis.tables.column import Column

MEANS = {
    **{name: STATISTICS[name] for name in ("metric", "task", "target_set", "cell", "pools_over")},
    "target": Column("Target that imitations are compared with: the row of the table."),
    "mimic": Column("Target that was imitated: the column of the table."),
    "mean": Column("Mean over participants of each participant's mean score.", "number"),
    "sd": Column("Standard deviation of these means over participants; empty for one participant.", "number"),
    "participants": Column("Number of participants.", "integer"),
    "trials": Column("Number of trials.", "integer"),
}
CONFUSIONS = {
    **{name: STATISTICS[name] for name in ("metric", "task", "target_set", "cell", "pools_over")},
    "imitated": Column("Expression that was imitated."),
    "best": Column("Expression of the target with the highest score."),
    "share": Column("Share of the imitations of this expression; ties are divided equally.", "number"),
    "trials": Column("Number of imitations of this expression.", "integer"),
}


def mean_rows(sample: Sample, cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """Yield mean and SD of every target and mimic in every cell.

    Parameters
    ----------
    sample : Sample
        The trials.
    cells : sequence of Cell
        The cells.
    """
    order = list(dict.fromkeys(sample.scores["target"]))
    for cell in cells:
        scores = cell.of(sample.scores)
        people = scores.groupby(["target", "mimic", "participant"])["score"].agg(["mean", "size"])
        grouped = people.groupby(level=["target", "mimic"])
        table = pd.DataFrame(
            {
                "mean": grouped["mean"].mean(),
                "sd": grouped["mean"].std(ddof=1),
                "participants": grouped["mean"].size(),
                "trials": grouped["size"].sum(),
            }
        )
        for target in order:
            for mimic in order:
                if (target, mimic) in table.index:
                    yield {
                        **_about(sample, cell),
                        "target": target,
                        "mimic": mimic,
                        **table.loc[(target, mimic)].to_dict(),
                    }


def confusion_rows(sample: Sample, cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """Yield the share of each best expression for each imitated expression.

    Parameters
    ----------
    sample : Sample
        The trials.
    cells : sequence of Cell
        The cells.
    """
    names = sample.trials[["target", "expression"]].drop_duplicates().set_index("target")["expression"]
    order = list(dict.fromkeys(sample.scores["target"].map(names).dropna()))
    for cell in cells:
        trials = cell.of(sample.trials)
        for imitated in order:
            rows = trials.loc[trials["expression"] == imitated, "best_target"]
            shares: dict[str, float] = dict.fromkeys(order, 0.0)
            for best in rows:
                tied = best.split("+") if best not in names.index else [best]
                for target in tied:
                    expression = str(names.get(target, target))
                    shares[expression] = shares.get(expression, 0.0) + 1 / len(tied)
            for best, count in shares.items():
                if len(rows):
                    yield {
                        **_about(sample, cell),
                        "imitated": imitated,
                        "best": best,
                        "share": count / len(rows),
                        "trials": len(rows),
                    }


def _about(sample: Sample, cell: Cell) -> dict[str, Any]:
    return {
        "metric": sample.metric,
        "task": sample.task,
        "target_set": sample.target_set,
        "cell": cell.name,
        "pools_over": cell.pooled_text,
    }


def cell_results(sample: Sample, cells: Sequence[Cell]) -> Iterator[Result]:
    """Yield mean score and rank-1 of every cell, and rank-1 by expression.

    Parameters
    ----------
    sample : Sample
        The trials.
    cells : sequence of Cell
        The cells.
    """
    shared = sample.trials["expression"].nunique() < sample.trials["target"].nunique()
    for cell in cells:
        trials = cell.of(sample.trials)
        if trials.empty:
            continue
        count = len(trials)
        scores = np.asarray(participant_means(trials), np.float64)
        yield Result("mean", "score", "score with the own target", "mean", mean_by_t(scores), count, cell=cell)
        for outcome in ("rank1", *(("rank1_expression",) if shared else ())):
            hits = np.asarray(trials.groupby("participant")[outcome].mean(), np.float64)
            chance = 1 / sample.targets if outcome == "rank1" else None
            words = "own target scores highest" if outcome == "rank1" else "a target of the expression scores highest"
            yield Result("rank1", outcome, words, "share", bounded_mean(hits), count, cell=cell, chance=chance)
        for expression, rows in trials.groupby("expression", sort=False):
            hits = np.asarray(rows.groupby("participant")["rank1"].mean(), np.float64)
            yield Result(
                "rank1-by-expression",
                "rank1",
                str(expression),
                "share",
                bounded_mean(hits),
                len(rows),
                cell=cell,
                chance=1 / sample.targets,
            )
