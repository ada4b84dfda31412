"""How well scores identify the imitated target, over one or many tables.

Every measure is a distribution or comes with one: a threshold alone says nothing (`docs/similarity.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.inference.estimate import NOT_DEFINED
from analysis.tables.similarity_table import SimilarityTable

CONSTANT = 1e-12
"""Scores that differ by less are equal."""


def d_prime_text(value: float | None) -> str:
    """Return a d' with two decimals, or that it is not defined."""
    return NOT_DEFINED if value is None else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """The cells of many tables in one list each; every measure can weight the tables."""

    hits: FloatArray
    """(M,) `hits` of each mimic."""
    hit_table: IntArray
    """(M,) number of the mimic's table."""
    matching: FloatArray
    """(A,) scores of the matching cells."""
    matching_table: IntArray
    """(A,) number of the cell's table."""
    others: FloatArray
    """(B,) scores of the cells with another expression."""
    others_table: IntArray
    """(B,) number of the cell's table."""
    rank: IntArray
    """(A + B,) rank of each matching and then each other cell among the different values."""
    tables: int

    @staticmethod
    def of(tables: Sequence[SimilarityTable]) -> Pooled:
        """Pool tables."""
        hit, hit_table = _joined([hits(table) for table in tables])
        matching, matching_table = _joined([table.scores[table.matching] for table in tables])
        others, others_table = _joined([table.scores[table.others] for table in tables])
        _, rank = np.unique(np.concatenate([matching, others]), return_inverse=True)
        return Pooled(
            hits=hit,
            hit_table=hit_table,
            matching=matching,
            matching_table=matching_table,
            others=others,
            others_table=others_table,
            rank=np.asarray(rank, np.int64),
            tables=len(tables),
        )

    def rank1(self, times: FloatArray | None = None) -> float:
        """Return `rank1` of the pooled tables.

        Parameters
        ----------
        times : (tables,) float array, optional
            How often each table counts; default: once.
        """
        weights = self._of(self.hit_table, times)
        return _mean(self.hits, weights) if weights.sum() > 0 else 0.0

    def auc(self, times: FloatArray | None = None) -> float:
        """Return the chance that a matching cell exceeds another cell; ties count half.

        This is the area under the ROC curve.

        Parameters
        ----------
        times : (tables,) float array, optional
            How often each table counts; default: once.
        """
        matching, others = self._of(self.matching_table, times), self._of(self.others_table, times)
        if not matching.sum() or not others.sum():
            return 0.5
        places = int(self.rank.max()) + 1
        right = np.bincount(self.rank[: len(self.matching)], matching, places)
        wrong = np.bincount(self.rank[len(self.matching) :], others, places)
        below = np.cumsum(wrong) - wrong / 2.0
        return float((right * below).sum() / (right.sum() * wrong.sum()))

    def d_prime(self, times: FloatArray | None = None) -> float | None:
        """Return the distance of matching and other cells in pooled standard deviations.

        ``(mean_m - mean_o) / sqrt((var_m + var_o) / 2)``, variances with n in the denominator. It is not defined (None)
        without cells of both kinds, and where both kinds are constant.

        Parameters
        ----------
        times : (tables,) float array, optional
            How often each table counts; default: once.
        """
        matching, others = self._of(self.matching_table, times), self._of(self.others_table, times)
        if not matching.sum() or not others.sum():
            return None
        right, wrong = _mean(self.matching, matching), _mean(self.others, others)
        variance = _mean((self.matching - right) ** 2, matching) + _mean((self.others - wrong) ** 2, others)
        spread = float(np.sqrt(variance / 2.0))
        return (right - wrong) / spread if spread > CONSTANT else None

    def _of(self, table: IntArray, times: FloatArray | None) -> FloatArray:
        return np.ones(len(table)) if times is None else np.asarray(times, dtype=np.float64)[table]


def best_targets(table: SimilarityTable) -> FloatArray:
    """Return (T, M) 1 for the best target of each mimic, 1/k for k equal ones, else 0."""
    return best_shares(table.scores)


def best_shares(scores: FloatArray) -> FloatArray:
    """Return 1 for the best target, 1/k for k equal ones, else 0.

    Every rank-1 of the program is a mean of these values.

    Parameters
    ----------
    scores : (T,) or (T, M) float array
        Scores of one mimic, or of several, with every target.
    """
    best = scores >= scores.max(axis=0, initial=-np.inf) - CONSTANT
    shares: FloatArray = best / np.maximum(best.sum(axis=0), 1)
    return shares


def hits(table: SimilarityTable) -> FloatArray:
    """Return (M,) 1 if a mimic's own target is the best, 1/k in a tie of k, else 0."""
    own: FloatArray = (best_targets(table) * table.matching).sum(axis=0)
    return own


def expression_hits(table: SimilarityTable) -> FloatArray:
    """Return (M,) `hits` that count every target of the imitated expression."""
    same: FloatArray = (best_targets(table) * ~table.others).sum(axis=0)
    return same


def rank1(tables: Sequence[SimilarityTable]) -> float:
    """Return the fraction of mimics that score highest with their own target."""
    return Pooled.of(tables).rank1()


def double_centred(table: SimilarityTable) -> SimilarityTable:
    """Subtract row and column means, so that generally similar faces lose their lead.

    Every cell then depends on the whole table, not on two faces alone.
    """
    scores = table.scores
    centred = scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True) + scores.mean()
    return replace(table, scores=centred)


def permutation_null(tables: Sequence[SimilarityTable], rng: np.random.Generator, *, rounds: int = 1000) -> FloatArray:
    """Return rank-1 by chance: imitated targets are shuffled within each table.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        Every imitated target is among the rows.
    rng : numpy.random.Generator
        Draws the permutations.
    rounds : int
        How many.

    Returns
    -------
    (rounds,) float array
        The distribution of rank-1 by chance.
    """
    own = [np.array([table.targets.index(name) for name in table.imitated], int) for table in tables]
    best = [best_targets(table) for table in tables]
    total = max(sum(map(len, own)), 1)
    null = np.empty(rounds)
    for k in range(rounds):
        shuffled = (
            shares[rng.permutation(right), np.arange(len(right))] for shares, right in zip(best, own, strict=True)
        )
        null[k] = sum(float(values.sum()) for values in shuffled) / total
    return null


def p_value(null: FloatArray, observed: float) -> float:
    """Return the share of results, the observed one among them, that reach it.

    Parameters
    ----------
    null : (rounds,) float array
        Results by chance, see `permutation_null`.
    observed : float
        The result.
    """
    return float((1 + (null >= observed - CONSTANT).sum()) / (1 + len(null)))


def icc_2_1(ratings: FloatArray) -> float:
    """Return ICC(2,1): how well one take represents the others.

    Intraclass correlation, two-way random effects, absolute agreement, single rating [1]_.

    Parameters
    ----------
    ratings : (items, takes) float array
        At least two of each.

    Returns
    -------
    float
        At most 1; 0 where all ratings are equal.

    References
    ----------
    .. [1] Shrout & Fleiss, Psychological Bulletin 86 (1979), 420-428, case 2.
    """
    n, k = ratings.shape
    rows, columns, error = mean_squares(ratings)
    scale = rows + (k - 1) * error + k * (columns - error) / n
    return (rows - error) / scale if scale > 1e-12 else 0.0


def mean_squares(ratings: FloatArray) -> tuple[float, float, float]:
    """Return the mean squares of items, takes and error of a two-way design.

    Parameters
    ----------
    ratings : (items, takes) float array
        At least two of each.
    """
    n, k = ratings.shape
    grand = ratings.mean()
    rows = k * float(((ratings.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((ratings.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    rest = float(((ratings - grand) ** 2).sum()) - rows * (n - 1) - columns * (k - 1)
    return rows, columns, rest / ((n - 1) * (k - 1))


def _joined(parts: Sequence[FloatArray]) -> tuple[FloatArray, IntArray]:
    """Return the values of all parts, and for each the number of its part."""
    lengths = np.array([len(part) for part in parts], np.int64)
    return np.concatenate([*parts, np.empty(0)]), np.repeat(np.arange(len(parts)), lengths)


def _mean(values: FloatArray, weights: FloatArray) -> float:
    return float((values * weights).sum() / weights.sum())
