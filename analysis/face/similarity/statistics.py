"""How well scores tell which target was imitated, over one or many target x mimic tables.

Every measure is a distribution or comes with one: a threshold alone says nothing (`docs/similarity.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from analysis.face.model import FloatArray
from analysis.face.similarity.table import SimilarityTable


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap interval."""

    low: float
    high: float


def rank1(tables: Sequence[SimilarityTable]) -> float:
    """Fraction of mimics whose highest-scoring target is the one that was imitated.

    A mimic with k equally high targets, the right one among them, counts 1/k.
    """
    hits = np.concatenate([_hits(table) for table in tables])
    return float(hits.mean()) if len(hits) else 0.0


def auc(tables: Sequence[SimilarityTable]) -> float:
    """Chance that a matching cell scores higher than another cell, ties counting half (area under the ROC curve)."""
    matching, others = cells(tables)
    if not len(matching) or not len(others):
        return 0.5
    ranks = rankdata(np.concatenate((matching, others)))[: len(matching)]
    return float((ranks.mean() - (len(matching) + 1) / 2.0) / len(others))


def d_prime(tables: Sequence[SimilarityTable]) -> float:
    """Distance of the means of matching and other cells in units of their pooled standard deviation.

    ``(mean_m - mean_o) / sqrt((var_m + var_o) / 2)``, variances with n in the denominator; 0 where both are constant.
    """
    matching, others = cells(tables)
    if not len(matching) or not len(others):
        return 0.0
    spread = float(np.sqrt((matching.var() + others.var()) / 2.0))
    return float(matching.mean() - others.mean()) / spread if spread > 1e-12 else 0.0


def cells(tables: Sequence[SimilarityTable]) -> tuple[FloatArray, FloatArray]:
    """All matching cells and all other cells of the tables, each in one list."""
    matching = [table.scores[table.matching] for table in tables]
    others = [table.scores[~table.matching] for table in tables]
    return np.concatenate([*matching, np.empty(0)]), np.concatenate([*others, np.empty(0)])


def double_centred(table: SimilarityTable) -> SimilarityTable:
    """Take row and column means out: removes targets that all faces resemble, and faces that resemble all targets.

    It looks at the whole table, so a cell is no longer a property of two faces.
    """
    scores = table.scores
    centred = scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True) + scores.mean()
    return replace(table, scores=centred)


def permutation_null(tables: Sequence[SimilarityTable], rng: np.random.Generator, *, rounds: int = 1000) -> FloatArray:
    """(rounds,) rank-1 when it is forgotten, within each table, which column imitated which target."""
    null = np.empty(rounds)
    best = [
        (table.scores.argmax(axis=0), np.array([table.targets.index(n) for n in table.imitated])) for table in tables
    ]
    total = sum(len(right) for _, right in best)
    for k in range(rounds):
        null[k] = sum(int((chosen == rng.permutation(right)).sum()) for chosen, right in best) / max(total, 1)
    return null


def bootstrap(
    tables: Sequence[SimilarityTable],
    people: Sequence[tuple[str, ...]],
    statistic: Callable[[Sequence[SimilarityTable]], float],
    rng: np.random.Generator,
    *,
    rounds: int = 500,
    coverage: float = 0.95,
) -> Interval:
    """Percentile interval of a statistic when the people, not the cells, are drawn again with replacement.

    Parameters
    ----------
    people : sequence of tuple
        The people each table depends on; a table is in a drawn sample as often as the product of their draws.
    """
    names = sorted({name for group in people for name in group})
    values = []
    for _ in range(rounds):
        drawn = rng.choice(len(names), size=len(names))
        times = dict(zip(names, np.bincount(drawn, minlength=len(names)).tolist(), strict=True))
        sample: list[SimilarityTable] = []
        for table, group in zip(tables, people, strict=True):
            sample += [table] * int(np.prod([times[name] for name in group]))
        if sample:
            values.append(statistic(sample))
    tail = (1.0 - coverage) / 2.0
    return Interval(float(np.quantile(values, tail)), float(np.quantile(values, 1.0 - tail)))


def icc_2_1(ratings: FloatArray) -> float:
    """Intraclass correlation ICC(2,1), two-way random effects, absolute agreement, of an (items, takes) array.

    Shrout & Fleiss, Psychological Bulletin 86 (1979), 420-428, case 2: how far one take stands for the others.
    """
    n, k = ratings.shape
    grand = ratings.mean()
    rows = k * float(((ratings.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((ratings.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    rest = float(((ratings - grand) ** 2).sum()) - rows * (n - 1) - columns * (k - 1)
    error = rest / ((n - 1) * (k - 1))
    scale = rows + (k - 1) * error + k * (columns - error) / n
    return (rows - error) / scale if scale > 1e-12 else 0.0


def _hits(table: SimilarityTable) -> FloatArray:
    if not table.scores.size:
        return np.empty(0)
    best = table.scores == table.scores.max(axis=0)
    return np.asarray((best & table.matching).sum(axis=0) / best.sum(axis=0), dtype=np.float64)
