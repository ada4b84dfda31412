"""Judge one metric on one panel: how well its scores identify the imitated target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.panels import Panel
from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.inference.estimate import Estimate
from analysis.tables.identification import auc_estimate, pair_estimates, rank1_estimate
from analysis.tables.similarity_table import SimilarityTable, similarity_table
from analysis.tables.statistics import Pooled, double_centred, icc_2_1, p_value, permutation_null


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The quality of one metric on one panel."""

    metric: str
    panel: str
    mimics: int
    rank1: Estimate
    """Mean over people (`estimates`)."""
    chance: float
    """Mean rank-1 when the labels of the imitations are permuted; one over the number of targets if all are alike."""
    p_value: float | None
    """None if all imitations have one label, so that nothing can be permuted."""
    auc: Estimate
    """Mean of the AUC of each pair of people, over people."""
    d_prime: float | None
    centred_rank1: float
    """After double centring."""
    centred_auc: float
    matching: FloatArray
    """All matching cells."""
    others: FloatArray
    """All other cells."""
    icc: float | None
    """ICC(2,1) between two takes of the same imitations, over all cells; None without second takes."""
    icc_matching: float | None
    """The same over matching cells: whether the score separates better from worse imitations."""
    variance_ratio: float | None
    """See `variance_ratio`; None where people show different expressions."""


def judge(panel: Panel, metric: Metric, model: FaceModel, *, rounds: int) -> Verdict:
    """Score every pair of the panel and compute the statistics.

    Parameters
    ----------
    panel : Panel
        The people and their comparisons.
    metric : Metric
        The metric to judge.
    model : FaceModel
        The fitted model.
    rounds : int
        Number of permutations. They are seeded, so the same panel gives the same verdict.

    Raises
    ------
    AnalysisError
        If no pair of the panel has a score.
    """
    tables = [similarity_table(pair.targets, pair.mimics, metric, model=model) for pair in panel.pairs]
    kept = [k for k, table in enumerate(tables) if table.scores.size]
    if not kept:
        raise AnalysisError(
            f"{panel.name}: no picture could be measured, or there is one person only; nothing to judge"
        )
    tables, people = [tables[k] for k in kept], [panel.pairs[k].people for k in kept]
    rank1, auc = estimates(tables, people)
    pooled = Pooled.of(tables)
    centred = Pooled.of([double_centred(table) for table in tables])
    several = any(len(set(table.imitated)) > 1 for table in tables)
    null = permutation_null(tables, np.random.default_rng(0), rounds=rounds) if several else None
    all_cells, matching_cells = repeated_cells(tables)
    return Verdict(
        metric=metric.name,
        panel=panel.name,
        mimics=sum(table.scores.shape[1] for table in tables),
        rank1=rank1,
        chance=1.0 / len(tables[0].targets) if null is None else float(null.mean()),
        p_value=None if null is None else p_value(null, pooled.rank1()),
        auc=auc,
        d_prime=pooled.d_prime(),
        centred_rank1=centred.rank1(),
        centred_auc=centred.auc(),
        matching=pooled.matching,
        others=pooled.others,
        icc=icc_2_1(all_cells) if len(all_cells) > 2 else None,
        icc_matching=icc_2_1(matching_cells) if len(matching_cells) > 2 else None,
        variance_ratio=variance_ratio(tables, people) if panel.crossed else None,
    )


def estimates(tables: Sequence[SimilarityTable], people: Sequence[tuple[str, str]]) -> tuple[Estimate, Estimate]:
    """Return rank-1 and AUC with their intervals over people.

    Mimics who are not target persons themselves, and people compared with themselves, are independent: the interval is
    that of further mimics of the same target persons. Otherwise each person is in many pairs.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        The comparisons of a panel.
    people : sequence
        Target person and mimic of each table.
    """
    mimics = [mimic for _, mimic in people]
    if all(target == mimic for target, mimic in people) or {target for target, _ in people}.isdisjoint(mimics):
        return rank1_estimate(tables, mimics), auc_estimate(tables, mimics)
    found = pair_estimates(dict(zip(people, tables, strict=True)))
    return found["rank1"], found["auc"]


def repeated_cells(tables: Sequence[SimilarityTable]) -> tuple[FloatArray, FloatArray]:
    """Return (N, 2) scores of first and second takes, of all and of matching cells.

    A row is one mimic with one target. Only mimics with exactly two takes in their table count.
    """
    cells, matching = [np.empty((0, 2))], [np.empty((0, 2))]
    for table in tables:
        for name in dict.fromkeys(table.imitated):
            columns = [k for k, imitated in enumerate(table.imitated) if imitated == name]
            if len(columns) == 2:
                both = table.scores[:, columns]
                cells.append(both)
                matching.append(both[[table.targets.index(name)]])
    return np.concatenate(cells), np.concatenate(matching)


def variance_ratio(tables: Sequence[SimilarityTable], people: Sequence[tuple[str, str]]) -> float:
    """Return the effect of the expression on the score relative to the person's.

    The reference of every target face is the score of another picture of the same person with the same expression. One
    change is that of another expression of the same person, the other that of the same expression of another person.
    The result is the mean square of the first divided by the mean square of the second.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        Every person's pictures against every person's, including the same person. All show the same expressions.
    people : sequence
        Target person and mimic of each table.
    """
    by_people = dict(zip(people, tables, strict=True))
    expressions, persons = [], []
    for (target, mimic), own in by_people.items():
        if target != mimic:
            continue
        others = [table for (first, second), table in by_people.items() if first == target and second != target]
        for row, name in enumerate(own.targets):
            if name not in own.imitated:
                continue
            start = own.scores[row, own.imitated.index(name)]
            expressions += [own.scores[row, k] - start for k, shown in enumerate(own.imitated) if shown != name]
            persons += [
                table.scores[row, table.imitated.index(name)] - start for table in others if name in table.imitated
            ]
    if not expressions or not persons:
        return float("nan")
    return float(np.mean(np.square(expressions)) / max(float(np.mean(np.square(persons))), 1e-15))
