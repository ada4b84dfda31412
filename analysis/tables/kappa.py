"""Agreement of two raters, beyond what they would reach by chance.

Trials of one participant are alike, so they are not independent observations: the interval counts participants where
it knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.face.arrays import FloatArray
from analysis.tables.statistics import Interval

_LEAST_CLUSTERS = 5
"""With fewer participants their differences say too little; the interval then takes trials as independent."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree."""

    trials: int
    participants: int
    observed: float
    """Share of trials with the same category."""
    expected: float
    """Share by chance: both raters keep the frequencies of their categories."""
    kappa: float | None
    """Cohen's kappa; None if both raters used one and the same category only."""
    interval: Interval | None
    """95 % interval of kappa; None where kappa is not defined, or has no spread because all categories agree."""
    is_clustered: bool
    """Whether the interval counts participants; if not, it takes the trials as independent."""


def cohens_kappa(first: Sequence[str], second: Sequence[str], participants: Sequence[str] = ()) -> Agreement:
    """Return Cohen's kappa of two raters with its 95 % interval.

    Without participants the variance is that of Fleiss, Cohen and Everitt [2]_, eq. 13: the mean square of the
    influence of a trial on kappa, divided by the number of trials. With at least five participants, the influences are
    added for each participant first [3]_, and the interval is that of Student's t.

    Parameters
    ----------
    first, second : sequence of str
        The category that each rater chose, trial by trial.
    participants : sequence of str, optional
        Who is seen in each trial.

    Raises
    ------
    ValueError
        If the sequences are empty or have different lengths.

    References
    ----------
    .. [1] Cohen, Educational and Psychological Measurement 20 (1960), 37-46.
    .. [2] Fleiss, Cohen & Everitt, Psychological Bulletin 72 (1969), 323-327.
    .. [3] Liang & Zeger, Biometrika 73 (1986), 13-22.
    """
    if not first or len({len(first), len(second), len(participants) or len(first)}) > 1:
        raise ValueError(f"{len(first)}, {len(second)} and {len(participants)} values of the same trials")
    names = sorted({*first, *second})
    place = {name: number for number, name in enumerate(names)}
    rows, columns = (np.array([place[name] for name in side]) for side in (first, second))
    of_first, of_second = (np.bincount(side, minlength=len(names)) / len(first) for side in (rows, columns))
    agrees = (rows == columns).astype(np.float64)
    observed, expected = float(agrees.mean()), float(of_first @ of_second)
    clusters = len(set(participants))
    is_clustered = clusters >= _LEAST_CLUSTERS
    if len(names) == 1:
        return Agreement(len(first), clusters, observed, expected, None, None, is_clustered)
    rest = 1.0 - expected
    chance = of_second[rows] + of_first[columns] - 2.0 * expected
    influence = (agrees - observed) / rest - (1.0 - observed) / rest**2 * chance
    kappa = (observed - expected) / rest
    half = _half_width(influence, participants if is_clustered else ())
    interval = Interval(max(kappa - half, -1.0), min(kappa + half, 1.0)) if half > 0.0 else None
    return Agreement(len(first), clusters, observed, expected, kappa, interval, is_clustered)


def _half_width(influence: FloatArray, participants: Sequence[str]) -> float:
    """Return half the width of a 95 % interval.

    Parameters
    ----------
    influence : (N,) float array
        Influence of each trial; its mean is 0.
    participants : sequence of str
        Whose trials they are; empty: the trials are independent.
    """
    count = len(influence)
    if not participants:
        return float(ndtri(0.975)) * float(np.sqrt((influence**2).sum())) / count
    _, owner = np.unique(list(participants), return_inverse=True)
    sums = np.bincount(owner, influence)
    people = len(sums)
    variance = float((sums**2).sum()) * people / (people - 1) / count**2
    return float(stdtrit(people - 1, 0.975)) * float(np.sqrt(variance))
