"""Judge intervals and likelihood ratios on people who were not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.evaluation.uncertainty.learn_uncertainty import weights_of
from analysis.evaluation.uncertainty.repeated_scores import RepeatedScores
from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.similarity.uncertainty import LearnedUncertainty, Uncertainty
from analysis.inference.intervals import mean_by_t

ALL = "all"
RATIO_BINS = (0.0, 0.1, 0.5, 1.0, 2.0, 10.0, np.inf)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of intervals that contain the truth."""

    condition: str
    scores: str
    """``all``, ``matching`` or ``other``."""
    number: int
    share: float
    share_low: float
    share_high: float
    """95 % interval of the share over people, by Student's t."""
    width: float
    """Median width of the intervals."""
    retake: float
    """Root mean square difference of a score from its truth."""


@dataclass(frozen=True, slots=True)
class RatioBin:
    """Likelihood ratios between two limits."""

    low: float
    high: float
    number: int
    stated: float
    """Geometric mean of the likelihood ratios."""
    observed: float
    """Share of all matching scores in the bin, divided by the share of all other scores."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quality of likelihood ratios."""

    people: str
    number: int
    cllr: float
    """Cost of the log likelihood ratio, 0 perfect to 1 without information (Brümmer & du Preez 2006, eq. 2)."""
    against_matching: float
    """Share of matching scores with a ratio below 1."""
    for_other: float
    """Share of other scores with a ratio above 1."""
    bins: tuple[RatioBin, ...]


def uncertainties(data: RepeatedScores, name: str, learned: LearnedUncertainty) -> list[Uncertainty]:
    """Return the uncertainty of every score of a metric.

    Parameters
    ----------
    data : RepeatedScores
        The scores.
    name : str
        The metric.
    learned : LearnedUncertainty
        What was learned about it.
    """
    scores = data.scores[name].tolist()
    return [learned.uncertainty(score, pair) for score, pair in zip(scores, data.pair.tolist(), strict=True)]


def coverages(data: RepeatedScores, name: str, learned: LearnedUncertainty) -> list[Coverage]:
    """Return the coverage in each condition, of all scores and by kind.

    Over all conditions, good sessions count as much as all the others together; matching scores count as much as the
    others.

    Parameters
    ----------
    data : RepeatedScores
        Scores with their truths.
    name : str
        The metric.
    learned : LearnedUncertainty
        What was learned about it, from other people.
    """
    found = uncertainties(data, name, learned)
    low, high = np.array([one.low for one in found]), np.array([one.high for one in found])
    truth = data.truths[name]
    inside, error = (low <= truth) & (truth <= high), truth - data.scores[name]
    weights, condition = weights_of(data), np.array(data.condition)
    judged = []
    for where in (ALL, *data.conditions):
        here = np.ones(len(truth), dtype=bool) if where == ALL else condition == where
        for kind, rows in ((ALL, here), ("matching", here & data.matching), ("other", here & ~data.matching)):
            if not rows.any():
                continue
            share, (least, most) = _over_people(inside[rows], weights[rows], data.mimic[rows])
            judged.append(
                Coverage(
                    where,
                    kind,
                    int(rows.sum()),
                    share,
                    least,
                    most,
                    width=float(np.median((high - low)[rows])),
                    retake=float(np.sqrt(np.average(error[rows] ** 2, weights=weights[rows]))),
                )
            )
    return judged


def _over_people(inside: BoolArray, weights: FloatArray, people: IntArray) -> tuple[float, tuple[float, float]]:
    """Return the weighted share and its interval over people."""
    shares = [float(np.average(inside[people == one], weights=weights[people == one])) for one in np.unique(people)]
    found = mean_by_t(shares, unit="people")
    low, high = found.interval or (0.0, 1.0)
    return float(np.average(inside, weights=weights)), (max(low, 0.0), min(high, 1.0))


def evidence(ratios: Sequence[float], matching: BoolArray, *, people: str) -> Evidence:
    """Judge likelihood ratios; both hypotheses have equal weight.

    Parameters
    ----------
    ratios : sequence of float
        One for each score.
    matching : (N,) bool array
        Whether the target was imitated.
    people : str
        Whose scores these are.
    """
    ratio = np.asarray(ratios, dtype=float)
    own, other = ratio[matching], ratio[~matching]
    bins = []
    for low, high in pairwise(RATIO_BINS):
        a, b = ((one >= low) & (one < high) for one in (own, other))
        if a.any() or b.any():
            both = np.concatenate([own[a], other[b]])
            observed = float(a.mean() / b.mean()) if b.any() else float("inf")
            bins.append(RatioBin(low, high, len(both), float(np.exp(np.log(both).mean())), observed))
    cllr = 0.5 * float(np.log2(1.0 + 1.0 / own).mean() + np.log2(1.0 + other).mean())
    return Evidence(people, len(ratio), cllr, float((own < 1.0).mean()), float((other > 1.0).mean()), tuple(bins))
