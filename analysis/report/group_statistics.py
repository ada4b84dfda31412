"""All participants together under one metric.

How well the scores identify the imitated target.

The measures and their intervals are those of `analysis.tables.statistics`. Every cell is drawn, since a threshold alone
says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from analysis.face.arrays import FloatArray
from analysis.face.similarity.metrics import Metric
from analysis.report.face_pictures import data_uri
from analysis.tables.score_tables import SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import (
    Interval,
    Pooled,
    bootstrap,
    double_centred,
    expression_hits,
    icc_2_1,
    p_value,
    permutation_null,
    rank1,
)
from analysis.tables.table_figure import figure_bytes

SEED = 0
ROUNDS = 1000
FEWEST_FOR_INTERVAL = 3
"""Bootstrap intervals over fewer participants say more about the number than about people."""
FEWEST_FOR_ICC = 3


@dataclass(frozen=True, slots=True)
class Distribution:
    """Quartiles of some cells."""

    count: int
    smallest: float
    quartile: float
    median: float
    upper: float
    largest: float

    @staticmethod
    def of(values: FloatArray) -> Distribution | None:
        """Return the quartiles of some values; None without a value.

        Parameters
        ----------
        values : (N,) float array
            The cells.
        """
        if not len(values):
            return None
        return Distribution(len(values), *(float(q) for q in np.quantile(values, (0, 0.25, 0.5, 0.75, 1))))


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """One metric over all participants, pilot sessions left out."""

    metric: str
    formula: str
    participants: int
    mimics: int
    rank1: float
    expression_rank1: float | None
    """Fraction of mimics most similar to a target of the imitated expression; None if no two targets share one."""
    rank1_interval: Interval | None
    rank1_chance: float
    p_value: float
    auc: float
    d_prime: float | None
    """None where it is not defined."""
    centred_rank1: float
    matching: Distribution | None
    other: Distribution | None
    above: int
    """Matching cells above the published 0.98."""
    below: int
    """Other cells below the published 0.94."""
    icc: float | None
    """ICC(2,1) of the matching scores of repeated takes; None where too little was repeated."""
    icc_items: int
    figure: str
    """Every cell, as the ``data:`` address of an SVG."""


def group_facts(made: Sequence[SessionTables], metric: Metric) -> GroupFacts:
    """Summarize sessions under one metric.

    The interval is a bootstrap over participants.
    """
    tables: list[SimilarityTable] = []
    sessions = []
    for one in made:
        table = {own.name: table for own, table in one.trial_tables}[metric.name].with_own_target()
        if table.scores.size:
            tables.append(table)
            sessions.append(one.session)
    people = [(session.record.participant,) for session in sessions]
    participants = len(set(people))
    pooled = Pooled.of(tables)
    observed = pooled.rank1()
    rng = np.random.default_rng(SEED)
    null = permutation_null(tables, rng, rounds=ROUNDS)
    repeated = _repeated(tables)
    return GroupFacts(
        metric=metric.name,
        formula=metric.formula,
        participants=participants,
        mimics=sum(table.scores.shape[1] for table in tables),
        rank1=observed,
        expression_rank1=_expression_rank1(tables),
        rank1_interval=(
            bootstrap(tables, people, Pooled.rank1, rng=rng) if participants >= FEWEST_FOR_INTERVAL else None
        ),
        rank1_chance=float(null.mean()),
        p_value=p_value(null, observed),
        auc=pooled.auc(),
        d_prime=pooled.d_prime(),
        centred_rank1=rank1([double_centred(table) for table in tables]),
        matching=Distribution.of(pooled.matching),
        other=Distribution.of(pooled.others),
        above=sum(int(table.fits_published[table.matching].sum()) for table in tables),
        below=sum(int(table.fits_published[table.others].sum()) for table in tables),
        icc=icc_2_1(repeated) if len(repeated) >= FEWEST_FOR_ICC else None,
        icc_items=len(repeated),
        figure=data_uri(
            figure_bytes(_cells_figure([session.label for session in sessions], tables, metric), "svg"), "image/svg+xml"
        ),
    )


def _expression_rank1(tables: Sequence[SimilarityTable]) -> float | None:
    if not any(table.expressions_shared for table in tables):
        return None
    return float(np.concatenate([expression_hits(table) for table in tables]).mean())


def _repeated(tables: Sequence[SimilarityTable]) -> FloatArray:
    """Return the (items, 2) matching scores of first and last takes."""
    takes = [
        table.scores[table.targets.index(target), [own == target for own in table.imitated]]
        for table in tables
        for target in dict.fromkeys(table.imitated)
    ]
    return np.array([(scores[0], scores[-1]) for scores in takes if len(scores) > 1]).reshape(-1, 2)


def _cells_figure(labels: Sequence[str], tables: Sequence[SimilarityTable], metric: Metric) -> Figure:
    """Draw every cell of every session: matching cells as dots, others as rings."""
    figure = Figure(figsize=(7.2, 0.55 + 0.42 * max(len(tables), 1)), layout="constrained")
    axes: Any = figure.add_subplot()
    rng = np.random.default_rng(SEED)
    for row, table in enumerate(tables):
        other, own = table.scores[table.others], table.scores[table.matching]
        axes.plot(other, row + 0.14 + rng.uniform(-0.1, 0.1, other.size), "o", mfc="none", mec="#777777", ms=4.5)
        axes.plot(own, row - 0.2 + rng.uniform(-0.06, 0.06, own.size), "o", color="#1f4e79", ms=5.5)
    axes.set_yticks(range(len(tables)), labels)
    axes.set_ylim(max(len(tables), 1) - 0.5, -0.5)
    axes.set_xlabel(f"score, metric {metric.name}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)
    return figure
