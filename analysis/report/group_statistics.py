"""All participants together under one metric: how well the scores tell which target was imitated.

The measures and their intervals are those of `analysis.tables.statistics`; every cell is drawn, since a
threshold alone says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from analysis.face.arrays import FloatArray
from analysis.face.similarity.metrics import Metric
from analysis.report.face_pictures import data_uri
from analysis.tables.build import SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import (
    Interval,
    Pooled,
    auc,
    bootstrap,
    cells,
    d_prime,
    double_centred,
    icc_2_1,
    permutation_null,
    rank1,
)
from analysis.tables.table import CLAIMED_MATCHING, CLAIMED_OTHER
from analysis.tables.table_figure import picture

SEED = 0
ROUNDS = 1000
FEWEST_FOR_INTERVAL = 3
"""Bootstrap intervals over fewer participants say more about the number than about people."""
FEWEST_FOR_ICC = 3


@dataclass(frozen=True, slots=True)
class Distribution:
    """Some cells, summed up."""

    count: int
    smallest: float
    quartile: float
    median: float
    upper: float
    largest: float

    @staticmethod
    def of(values: FloatArray) -> Distribution | None:
        """Of at least one value."""
        return (
            Distribution(len(values), *(float(q) for q in np.quantile(values, (0, 0.25, 0.5, 0.75, 1))))
            if len(values)
            else None
        )


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """One metric over all participants that count."""

    metric: str
    formula: str
    participants: int
    mimics: int
    rank1: float
    expression_rank1: float | None
    """Mimics that resemble a target of the expression they imitated most; None where every target shows its own."""
    rank1_interval: Interval | None
    rank1_chance: float
    p_value: float
    auc: float
    d_prime: float
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
    """Every cell, as the address of an SVG."""


def group_facts(made: Sequence[SessionTables], metric: Metric) -> GroupFacts:
    """Sum up sessions under one metric; people are drawn again with replacement for the interval."""
    usable = [(one, table) for one in made if (table := _statistics_table(one, metric)).scores.size]
    tables, people = [table for _, table in usable], [(one.session.record.participant,) for one, _ in usable]
    participants = sorted({name for (name,) in people})
    matching, other = cells(tables)
    observed = rank1(tables) if tables else 0.0
    rng = np.random.default_rng(SEED)
    null = permutation_null(tables, rng, rounds=ROUNDS)
    enough = len(participants) >= FEWEST_FOR_INTERVAL
    repeated = _repeated(made, metric)
    return GroupFacts(
        metric=metric.name,
        formula=metric.formula,
        participants=len(participants),
        mimics=sum(table.scores.shape[1] for table in tables),
        rank1=observed,
        expression_rank1=_expression_rank1(tables),
        rank1_interval=bootstrap(tables, people, Pooled.rank1, rng) if enough else None,
        rank1_chance=float(null.mean()),
        p_value=float((1 + (null >= observed).sum()) / (1 + len(null))),
        auc=auc(tables),
        d_prime=d_prime(tables),
        centred_rank1=rank1([double_centred(table) for table in tables]) if tables else 0.0,
        matching=Distribution.of(matching),
        other=Distribution.of(other),
        above=int((matching > CLAIMED_MATCHING).sum()),
        below=int((other < CLAIMED_OTHER).sum()),
        icc=icc_2_1(repeated) if len(repeated) >= FEWEST_FOR_ICC else None,
        icc_items=len(repeated),
        figure=data_uri(
            picture(_cells_figure([(one.session.label, table) for one, table in usable], metric), "svg"),
            "image/svg+xml",
        ),
    )


def _statistics_table(one: SessionTables, metric: Metric) -> SimilarityTable:
    session = one.session
    columns = [mimic for mimic in session.mimics if mimic.trial.target in session.targets]
    value = {(s.target, s.trial): s.value for s in one.scores if s.metric == metric.name}
    scores = np.array([[value[target, mimic.trial.id] for mimic in columns] for target in session.targets], dtype=float)
    return SimilarityTable(
        targets=tuple(session.targets),
        imitated=tuple(mimic.trial.target for mimic in columns),
        scores=scores.reshape(len(session.targets), len(columns)),
        expressions={name: session.record.targets[name].expression for name in session.targets},
    )


def _expression_rank1(tables: Sequence[SimilarityTable]) -> float | None:
    if all(len(set(table.expressions.values())) == len(table.targets) for table in tables):
        return None
    right = [~table.others[table.scores.argmax(axis=0), np.arange(table.scores.shape[1])] for table in tables]
    return float(np.concatenate(right).mean())


def _repeated(made: Sequence[SessionTables], metric: Metric) -> FloatArray:
    """(items, 2) matching scores of the first and the last take of every target that was imitated more than once."""
    takes: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in made:
        for score in one.scores:
            if score.metric == metric.name and score.target == score.mimic:
                takes[one.session.label, score.target].append(score.value)
    return np.array([(values[0], values[-1]) for values in takes.values() if len(values) > 1]).reshape(-1, 2)


def _cells_figure(pairs: Sequence[tuple[str, SimilarityTable]], metric: Metric) -> Figure:
    """Every cell of every participant: matching ones as filled dots, others as rings."""
    figure = Figure(figsize=(7.2, 0.55 + 0.42 * max(len(pairs), 1)), layout="constrained")
    axes: Any = figure.add_subplot()
    rng = np.random.default_rng(SEED)
    for row, (_, table) in enumerate(pairs):
        other, own = table.scores[table.others], table.scores[table.matching]
        axes.plot(other, row + 0.14 + rng.uniform(-0.1, 0.1, other.size), "o", mfc="none", mec="#777777", ms=4.5)
        axes.plot(own, row - 0.2 + rng.uniform(-0.06, 0.06, own.size), "o", color="#1f4e79", ms=5.5)
    axes.set_yticks(range(len(pairs)), [label for label, _ in pairs])
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    axes.set_xlabel(f"score, metric {metric.name}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)
    return figure
