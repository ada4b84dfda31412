"""How well scores tell which target was imitated, over one or many target x mimic tables.

Every measure is a distribution or comes with one: a threshold alone says nothing (`docs/similarity.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.tables.similarity_table import SimilarityTable


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """The cells of many tables in one list each; every measure takes how often each table counts."""

    hits: FloatArray
    """(M,) of each mimic: 1 where its highest target is the right one, 1/k where k targets tie for it, otherwise 0."""
    hit_table: IntArray
    """(M,) which table the mimic is in."""
    matching: FloatArray
    matching_table: IntArray
    others: FloatArray
    others_table: IntArray
    rank: IntArray
    """Of all matching and then all other cells: the place of its value among the different values."""
    tables: int

    @staticmethod
    def of(tables: Sequence[SimilarityTable]) -> Pooled:
        """Pool tables."""
        hits, matching, others = [], [], []
        for table in tables:
            right = table.matching
            hits.append(_hits(table, right))
            matching.append(table.scores[right])
            others.append(table.scores[table.others])
        pooled = [np.concatenate([*part, np.empty(0)]) for part in (hits, matching, others)]
        owners = [
            np.repeat(np.arange(len(tables)), [len(values) for values in part]) if part else np.empty(0, np.int64)
            for part in (hits, matching, others)
        ]
        _, rank = np.unique(np.concatenate(pooled[1:]), return_inverse=True)
        return Pooled(
            pooled[0], owners[0], pooled[1], owners[1], pooled[2], owners[2], np.asarray(rank, np.int64), len(tables)
        )

    def rank1(self, times: FloatArray | None = None) -> float:
        """As `rank1`; ``times`` (tables,) says how often each table counts."""
        weights = self._of(self.hit_table, times)
        return _mean(self.hits, weights) if weights.sum() > 0 else 0.0

    def auc(self, times: FloatArray | None = None) -> float:
        """As `auc`."""
        matching, others = self._of(self.matching_table, times), self._of(self.others_table, times)
        if not matching.sum() or not others.sum():
            return 0.5
        places = int(self.rank.max()) + 1
        right = np.bincount(self.rank[: len(self.matching)], matching, places)
        wrong = np.bincount(self.rank[len(self.matching) :], others, places)
        below = np.cumsum(wrong) - wrong / 2.0
        return float((right * below).sum() / (right.sum() * wrong.sum()))

    def d_prime(self, times: FloatArray | None = None) -> float:
        """As `d_prime`."""
        matching, others = self._of(self.matching_table, times), self._of(self.others_table, times)
        if not matching.sum() or not others.sum():
            return 0.0
        right, wrong = _mean(self.matching, matching), _mean(self.others, others)
        variance = _mean((self.matching - right) ** 2, matching) + _mean((self.others - wrong) ** 2, others)
        spread = float(np.sqrt(variance / 2.0))
        return (right - wrong) / spread if spread > 1e-12 else 0.0

    def _of(self, table: IntArray, times: FloatArray | None) -> FloatArray:
        return np.ones(len(table)) if times is None else np.asarray(times, dtype=np.float64)[table]


def rank1(tables: Sequence[SimilarityTable]) -> float:
    """Fraction of mimics whose highest-scoring target is the one that was imitated.

    A mimic with k equally high targets, the right one among them, counts 1/k.
    """
    return Pooled.of(tables).rank1()


def auc(tables: Sequence[SimilarityTable]) -> float:
    """Chance that a matching cell scores higher than another cell, ties counting half (area under the ROC curve)."""
    return Pooled.of(tables).auc()


def d_prime(tables: Sequence[SimilarityTable]) -> float:
    """Distance of the means of matching and other cells in units of their pooled standard deviation.

    ``(mean_m - mean_o) / sqrt((var_m + var_o) / 2)``, variances with n in the denominator; 0 where both are constant.
    """
    return Pooled.of(tables).d_prime()


def cells(tables: Sequence[SimilarityTable]) -> tuple[FloatArray, FloatArray]:
    """All matching cells and all other cells of the tables, each in one list."""
    pooled = Pooled.of(tables)
    return pooled.matching, pooled.others


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
    statistic: Callable[[Pooled, FloatArray], float],
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
    statistic
        `Pooled.rank1`, `Pooled.auc` or `Pooled.d_prime`.
    """
    names = sorted({name for group in people for name in group})
    number = {name: k for k, name in enumerate(names)}
    members = np.array([number[name] for group in people for name in group], dtype=np.int64)
    starts = np.cumsum([0, *(len(group) for group in people[:-1])])
    pooled = Pooled.of(tables)
    values = []
    for _ in range(rounds):
        drawn = np.bincount(rng.choice(len(names), size=len(names)), minlength=len(names))
        times = np.multiply.reduceat(drawn[members], starts).astype(np.float64)
        if times.any():
            values.append(statistic(pooled, times))
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


def _hits(table: SimilarityTable, right: BoolArray) -> FloatArray:
    if not table.scores.size:
        return np.empty(0)
    best = table.scores == table.scores.max(axis=0)
    return np.asarray((best & right).sum(axis=0) / best.sum(axis=0), dtype=np.float64)


def _mean(values: FloatArray, weights: FloatArray) -> float:
    return float((values * weights).sum() / weights.sum())
