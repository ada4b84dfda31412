"""Agreement of repeated imitations: ICC(2,1) with an interval over participants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtri, stdtrit

from analysis.face.arrays import FloatArray
from analysis.group.factors import Cell, Sample
from analysis.group.results import Result
from analysis.inference.estimate import CONFIDENCE, Estimate
from analysis.tables.statistics import icc_2_1, mean_squares

METHOD = "variances between and within participants (MOVER)"
FEWEST = 3
"""Smallest number of items, and of participants for an interval."""
TOO_FEW = f"no interval: fewer than {FEWEST} participants"
_TAIL = (1 - CONFIDENCE) / 2


class Takes(NamedTuple):
    """Scores of targets that were imitated repeatedly."""

    ratings: FloatArray
    """(items, takes) scores."""
    people: list[str]
    """(items,) participant of each item."""


def repeated_takes(trials: pd.DataFrame, factors: list[str]) -> Takes:
    """Return the scores of targets that were imitated repeatedly.

    An item is one target of one participant with the same levels of all factors. Items with the most frequent number of
    measured takes count, and those with more by their first ones.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed, in the order they were made.
    factors : list of str
        Columns of the factors.
    """
    items = [
        (str(key[0]), rows.to_numpy(dtype=float))
        for key, rows in trials.groupby(["participant", "target", *factors])["score"]
    ]
    counts = [len(one) for _, one in items if len(one) > 1]
    if not counts:
        return Takes(np.empty((0, 2)), [])
    sizes, frequency = np.unique(counts, return_counts=True)
    takes = int(sizes[frequency.argmax()])
    kept = [(person, one[:takes]) for person, one in items if len(one) >= takes]
    return Takes(np.array([one for _, one in kept]), [person for person, _ in kept])


def interval_over_participants(takes: Takes) -> tuple[float, float]:
    """Return the 95 % interval of ICC(2,1) for other people and the same targets.

    Items of one participant are not independent, so the F interval of textbooks [1]_ is too narrow. Here the variance
    of items is the sum of two: that between the means of participants, and that within them. Each has a chi-squared
    interval. The variances within participants, of items and of takes, also have one from their spread over
    participants, and the wider end counts. The ends are combined by the method of variance estimates recovery [2]_ on
    the scale of the logarithm of the ratio of both variances. ``scripts/evaluate statistics`` measures the coverage.

    Parameters
    ----------
    takes : Takes
        Items of at least three participants, not all equal.

    References
    ----------
    .. [1] McGraw & Wong, Psychological Methods 1 (1996), 30-46.
    .. [2] Zou & Donner, Statistics in Medicine 27 (2008), 1693-1702.
    """
    ratings, k = takes.ratings, takes.ratings.shape[1]
    owner = np.unique(takes.people, return_inverse=True)[1]
    count = np.bincount(owner)
    people, items = len(count), ratings.mean(axis=1)
    means = np.bincount(owner, items) / count
    inside = np.bincount(owner, (items - means[owner]) ** 2) / count
    noise = np.bincount(owner, ratings.var(axis=1, ddof=1)) / count
    between = float(means.var(ddof=1))
    within, error = float(inside.mean()), max(float(noise.mean()), 1e-300)
    stable = max(between + within, 1e-300)
    between_ends = _chi2_ends(between, people - 1)
    items_over = max((people - 1) * (len(items) / people - 1), 1)
    within_ends = _chi2_ends(within, min(items_over, _degrees(inside)))
    log_ends = stdtrit(people - 1, 1 - _TAIL) * noise.std(ddof=1) / np.sqrt(people) / error
    error_ends = _chi2_ends(error, len(items) * (k - 1))
    least, most = min(error_ends[0], error * np.exp(-log_ends)), max(error_ends[1], error * np.exp(log_ends))
    low = stable - np.hypot(between - between_ends[0], within - within_ends[0])
    high = stable + np.hypot(between_ends[1] - between, within_ends[1] - within)
    down = np.hypot(np.log(stable / low), np.log(most / error))
    up = np.hypot(np.log(high / stable), np.log(error / least))
    of_mean = mean_squares(ratings)[2] / error / k
    value = icc_2_1(ratings)
    lower, upper = (max(stable / error * float(np.exp(step)) - of_mean, 0) for step in (-down, up))
    return min(lower / (lower + 1), value), max(upper / (upper + 1), value)


def _degrees(values: FloatArray) -> float:
    """Return the degrees of freedom of a mean of variances, from their spread."""
    spread = float(values.var(ddof=1)) / len(values)
    return float(2 * values.mean() ** 2 / max(spread, 1e-300))


def _chi2_ends(variance: float, degrees: float) -> tuple[float, float]:
    """Return the ends of the interval of a variance; 0 and 0 where it is 0."""
    if variance <= 0:
        return 0.0, 0.0
    low, high = (float(chdtri(degrees, tail)) for tail in (_TAIL, 1 - _TAIL))
    return variance * degrees / low, variance * degrees / max(high, 1e-12)


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
        takes = repeated_takes(cell.of(sample.trials), names)
        items, people = len(takes.ratings), len(set(takes.people))
        if items < FEWEST or float(takes.ratings.std()) < 1e-12:
            continue
        value = icc_2_1(takes.ratings)
        low, high = interval_over_participants(takes) if people >= FEWEST else (None, None)
        estimate = Estimate(value, low, high, people, METHOD if people >= FEWEST else TOO_FEW)
        what = "repeated imitations of a target"
        note = f"{items} targets of participants, {takes.ratings.shape[1]} takes each"
        yield Result("icc", "score", what, "ICC(2,1)", estimate, takes.ratings.size, cell=cell, note=note)
