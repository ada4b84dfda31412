"""Power of a protocol's design, by resampling measured scores of drawn people.

The effect D is a difference of mean scores, in standard deviations between participants of their mean scores
(`ScorePool.spread`). It is added to the measured scores of one level, so every participant has the same effect.
People whose effects differ need more participants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from analysis.face.arrays import FloatArray
from experiment.protocol.plan import SessionPlan, Target, Trial
from experiment.simulation.study.score_pool import ScorePool

ALPHA = 0.05
WANTED_POWER = 0.8
Comparison = Literal["paired", "groups", "covariance"]
_CONSTANT = 1e-18
"""A variance below this is 0."""
_NUMBERS = 4_000_000
"""Scores that are in memory together."""


@dataclass(frozen=True, slots=True)
class StudyDesign:
    """What a study compares, from its protocol."""

    comparison: Comparison
    words: str
    """What is compared, for a sentence."""
    first: Mapping[str, int]
    """Trials of each target at the first level, for each participant."""
    second: Mapping[str, int]
    """The same at the second level, which has the effect."""

    @property
    def fewest(self) -> int:
        """Smallest number of participants of the test."""
        return {"paired": 2, "groups": 4, "covariance": 6}[self.comparison]

    @property
    def test(self) -> str:
        """Name of the test."""
        return {
            "paired": "a paired t test of participants' mean scores",
            "groups": "Welch's t test of participants' mean scores",
            "covariance": "an analysis of covariance of participants' mean scores, with the first session as covariate",
        }[self.comparison]


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """Power for one number of participants."""

    participants: int
    effect: float
    rounds: int
    significant: int

    @property
    def power(self) -> float:
        """Share of significant samples."""
        return self.significant / self.rounds

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the power (Clopper and Pearson)."""
        ends = stats.binomtest(self.significant, self.rounds).proportion_ci(method="exact")
        return float(ends.low), float(ends.high)


def study_design(plans: Sequence[SessionPlan]) -> StudyDesign:
    """Return what a protocol compares.

    In this order: groups with the first session as covariate, groups, the first within-participant condition, the first
    and the last session, else two groups that both do this protocol.

    Parameters
    ----------
    plans : sequence of SessionPlan
        The sessions of one participant.
    """
    trials = _trials(plans[-1])
    counts = Counter(trial.target.name for trial in trials)
    group = next(iter(plans[-1].groups), None)
    if group is not None:
        kind: Comparison = "covariance" if len(plans) > 1 and _trials(plans[0]) else "groups"
        return StudyDesign(kind, f"two levels of the groups {group}", counts, counts)
    for factor in dict.fromkeys(name for trial in trials for name in trial.condition):
        levels = list(dict.fromkeys(trial.condition.get(factor, "") for trial in trials))
        shown = [{trial.target.name for trial in trials if trial.condition.get(factor) == level} for level in levels]
        if len(levels) > 1 and any(len(names) > 1 for names in shown):
            first, second = (
                Counter(trial.target.name for trial in trials if trial.condition.get(factor) == level)
                for level in levels[:2]
            )
            return StudyDesign("paired", f"the levels {levels[0]} and {levels[1]} of {factor}", first, second)
    if len(plans) > 1 and (before := _trials(plans[0])):
        earlier = Counter(trial.target.name for trial in before)
        words = f"the sessions {plans[0].session} and {plans[-1].session}"
        return StudyDesign("paired", words, earlier, counts)
    return StudyDesign("groups", "two groups that both do this protocol", counts, counts)


def imitated_targets(plans: Sequence[SessionPlan]) -> list[Target]:
    """Return the targets of the experiment trials of all sessions."""
    shown = {trial.target.name for plan in plans for trial in _trials(plan)}
    targets = {one.name: one for plan in plans for one in plan.targets if one.name in shown}
    return list(targets.values())


def _trials(plan: SessionPlan) -> list[Trial]:
    return [step for step in plan.steps if isinstance(step, Trial) and step.kind == "experiment" and step.round == 1]


def simulate_power(
    pool: ScorePool, design: StudyDesign, participants: int, *, effect: float, rounds: int, rng: np.random.Generator
) -> PowerPoint:
    """Return the power for a number of participants.

    Parameters
    ----------
    pool : ScorePool
        Measured scores.
    design : StudyDesign
        What is compared.
    participants : int
        Number of participants; of both groups together.
    effect : float
        D.
    rounds : int
        Number of samples.
    rng : numpy.random.Generator
        Draws people and trials.
    """
    added, significant, done = effect * pool.spread, 0, 0
    numbers = participants * max(sum(design.first.values()), sum(design.second.values()), 1)
    while done < rounds:
        count = min(rounds - done, max(_NUMBERS // numbers, 1))
        people = rng.integers(pool.people, size=(count, participants))
        first = mean_scores(pool, people, design.first, rng=rng)
        second = mean_scores(pool, people, design.second, rng=rng)
        if design.comparison == "paired":
            p = paired_p(second + added - first)
        else:
            half = participants // 2
            second = second + added * (np.arange(participants) >= half)
            p = (
                covariance_p(second, first, half)
                if design.comparison == "covariance"
                else welch_p(second[:, half:], second[:, :half])
            )
        significant += int((p < ALPHA).sum())
        done += count
    return PowerPoint(participants, effect, rounds, significant)


def mean_scores(
    pool: ScorePool, people: np.ndarray, trials: Mapping[str, int], *, rng: np.random.Generator
) -> FloatArray:
    """Return the mean score of each drawn participant: over trials, then over targets.

    Trials are drawn among the takes of a person. Takes are few, so their differences from the person's mean are
    enlarged by the root of K / (K - 1) to keep the variance. A take that could not be measured is a missing trial.

    Parameters
    ----------
    pool : ScorePool
        Measured scores.
    people : (rounds, N) int array
        Numbers of people of the pool.
    trials : mapping
        Number of trials of each target.
    rng : numpy.random.Generator
        Draws the trials.
    """
    measured = ~np.isnan(pool.scores)
    counts = measured.sum(axis=2, keepdims=True)
    filled = np.where(measured, pool.scores, 0.0)
    centre = filled.sum(axis=2, keepdims=True) / np.maximum(counts, 1)
    enlarged = centre + (filled - centre) * np.sqrt(counts / np.maximum(counts - 1, 1))
    total, known = np.zeros(people.shape), np.zeros(people.shape)
    for name, count in trials.items():
        target = pool.targets.index(name)
        takes = rng.integers(pool.takes, size=(*people.shape, count))
        chosen = measured[people[..., None], target, takes]
        values = np.where(chosen, enlarged[people[..., None], target, takes], 0.0).sum(axis=2)
        found = chosen.sum(axis=2)
        total += np.where(found > 0, values / np.maximum(found, 1), 0.0)
        known += found > 0
    overall = float(filled.sum() / max(measured.sum(), 1))
    return np.where(known > 0, total / np.maximum(known, 1), overall)


def paired_p(difference: FloatArray) -> FloatArray:
    """Return p of the paired t test of each sample; 1 where all differences are equal.

    Parameters
    ----------
    difference : (rounds, N) float array
        Differences of the participants.
    """
    n = difference.shape[1]
    return _p_of_t(difference.mean(axis=1), difference.var(axis=1, ddof=1) / n, np.array(n - 1.0))


def welch_p(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return p of Welch's t test of each sample; 1 where all values are equal.

    Parameters
    ----------
    first, second : (rounds, N) float array
        Means of the participants of each group.
    """
    one, other = (group.var(axis=1, ddof=1) / group.shape[1] for group in (first, second))
    parts = one**2 / (first.shape[1] - 1) + other**2 / (second.shape[1] - 1)
    df = (one + other) ** 2 / np.maximum(parts, 1e-300)
    return _p_of_t(first.mean(axis=1) - second.mean(axis=1), one + other, np.maximum(df, 1.0))


def _p_of_t(mean: FloatArray, variance: FloatArray, df: FloatArray) -> FloatArray:
    known = variance > _CONSTANT
    t = np.abs(mean) / np.sqrt(np.where(known, variance, 1.0))
    return np.where(known, 2 * stats.t.sf(t, df), 1.0)


def covariance_p(later: FloatArray, first: FloatArray, half: int) -> FloatArray:
    """Return p of the difference of two groups, adjusted for the first session.

    Parameters
    ----------
    later, first : (rounds, N) float array
        Means of the participants; the second group begins at `half`.
    half : int
        Number of participants of the first group.
    """
    rounds, n = later.shape
    group = np.broadcast_to((np.arange(n) >= half) - 0.5, later.shape)
    design = np.stack([np.ones((rounds, n)), group, first - first.mean(axis=1, keepdims=True)], axis=2)
    inner = np.linalg.inv(np.swapaxes(design, 1, 2) @ design)
    coefficients = inner @ np.swapaxes(design, 1, 2) @ later[..., None]
    residual = later - (design @ coefficients)[..., 0]
    error = np.sqrt((residual**2).sum(axis=1) / (n - 3) * inner[:, 1, 1])
    return np.asarray(2 * stats.t.sf(np.abs(coefficients[:, 1, 0] / error), n - 3), np.float64)
