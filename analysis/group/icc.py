"""Agreement of repeated imitations: ICC(2,1) with its interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from analysis.face.arrays import FloatArray
from analysis.group.factors import Cell, Sample
from analysis.group.results import Result
from analysis.inference.estimate import CONFIDENCE, Estimate
from analysis.tables.statistics import mean_squares

METHOD = "F interval (McGraw & Wong 1996), items as independent: too narrow"
FEWEST = 3
"""Smallest number of items."""


def icc_2_1(ratings: FloatArray) -> tuple[float, float, float]:
    """Return ICC(2,1) with the ends of its 95 % interval.

    Two-way random effects, absolute agreement, single rating [1]_; interval of [2]_, table 7.

    Parameters
    ----------
    ratings : (items, takes) float array
        At least two of each, not all equal.

    References
    ----------
    .. [1] Shrout & Fleiss, Psychological Bulletin 86 (1979), 420-428, case 2.
    .. [2] McGraw & Wong, Psychological Methods 1 (1996), 30-46.
    """
    n, k = ratings.shape
    rows, columns, error = mean_squares(ratings)
    error = max(error, 1e-300)
    value = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    a = k * value / (n * (1 - value)) if value < 1 else np.inf
    b = 1 + k * value * (n - 1) / (n * (1 - value)) if value < 1 else np.inf
    if not np.isfinite(a):
        return 1.0, 1.0, 1.0
    spread = (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    v = (a * columns + b * error) ** 2 / spread
    tail = (1 + CONFIDENCE) / 2
    upper, lower = float(stats.f.ppf(tail, n - 1, v)), float(stats.f.ppf(tail, v, n - 1))
    others = k * columns + (k * n - k - n) * error
    low = n * (rows - upper * error) / (upper * others + n * rows)
    high = n * (lower * rows - error) / (others + n * lower * rows)
    return float(value), float(low), float(high)


def repeated_takes(trials: pd.DataFrame, factors: list[str]) -> FloatArray:
    """Return the (items, takes) scores of targets that were imitated repeatedly.

    An item is one target of one participant with the same levels of all factors. Items with the most frequent number of
    measured takes count, and those with more by their first ones.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed, in the order they were made.
    factors : list of str
        Columns of the factors.
    """
    items = [rows.to_numpy(dtype=float) for _, rows in trials.groupby(["participant", "target", *factors])["score"]]
    counts = [len(one) for one in items if len(one) > 1]
    if not counts:
        return np.empty((0, 2))
    sizes, frequency = np.unique(counts, return_counts=True)
    takes = int(sizes[frequency.argmax()])
    return np.array([one[:takes] for one in items if len(one) >= takes])


def agreement(sample: Sample, cells: list[Cell]) -> Iterator[Result]:
    """Yield the ICC of every cell with repeated takes.

    Parameters
    ----------
    sample : Sample
        The trials.
    cells : list of Cell
        The cells.
    """
    names = [one.name for one in sample.factors]
    for cell in cells:
        ratings = repeated_takes(cell.of(sample.trials), names)
        items = len(ratings)
        if items < FEWEST or float(ratings.std()) < 1e-12:
            continue
        value, low, high = icc_2_1(ratings)
        estimate = Estimate(value, low, high, items, METHOD, f"items of {ratings.shape[1]} takes")
        yield Result("icc", "score", "repeated imitations of a target", "ICC(2,1)", estimate, ratings.size, cell=cell)
