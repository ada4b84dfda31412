"""Coverage of intervals and false alarms of tests, by simulation.

Participants are drawn who differ in how well they imitate. Each simulated study is analysed by the functions that
analyse recorded ones. Coverage is the share of studies whose 95 % interval contains the true value. A false alarm is a
p of at most 5 % where labels have no meaning. No faces are drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import norm

from analysis.face.arrays import FloatArray
from analysis.inference.estimate import Estimate
from analysis.inference.intervals import bounded_mean, mean_by_t, mean_of_pairs
from analysis.tables.identification import shuffled_people, shuffled_trials
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import best_targets, p_value

PARTICIPANTS = (3, 5, 10)
MEANS = (0.5, 0.8, 0.95, 0.99)
TRIALS = 6
SPREADS = (0.0, 0.3, 0.6)
"""Correlation of two trials of one participant."""
PAIR_SPREADS = (0.0, 0.5, 1.2)
"""Standard deviation of people in probits."""
LABELS = tuple("abcdef")
ROUNDS = 199
SEED = 20201130
_BOOTSTRAP = 300


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the intervals of one method contain the truth."""

    what: str
    method: str
    participants: int
    mean: float
    """Share of all studies."""
    smallest: float
    """The same for the worst kind of participants."""
    width: float
    """Mean width of the intervals."""


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """How often a test finds an effect where there is none."""

    what: str
    method: str
    participants: int
    share: float


Ends = tuple[float, float]


def interval_coverage(studies: int) -> Iterator[Coverage]:
    """Yield the coverage of intervals of rank-1 over participants, by method.

    Parameters
    ----------
    studies : int
        Simulated studies of each kind of participants.
    """
    for count in PARTICIPANTS:
        found: dict[str, list[tuple[float, float]]] = {}
        for mean in MEANS:
            for spread in SPREADS:
                rng = np.random.default_rng((SEED, count, int(1000 * mean), int(10 * spread)))
                shares = [_shares(count, mean, spread, rng) for _ in range(studies)]
                for method, interval in _METHODS.items():
                    found.setdefault(method, []).append(covered([interval(one, rng) for one in shares], mean))
        yield from coverage_rows("rank-1, participants", found, count)


def pair_coverage(studies: int) -> Iterator[Coverage]:
    """Yield the coverage of intervals of rank-1 of each person with each other.

    Parameters
    ----------
    studies : int
        Simulated studies of each kind of people.
    """
    for count in PARTICIPANTS:
        found: dict[str, list[tuple[float, float]]] = {}
        for mean in MEANS:
            for spread in PAIR_SPREADS:
                rng = np.random.default_rng((SEED, count, int(1000 * mean), int(10 * spread)))
                pairs = [_pair_shares(count, mean, spread, rng) for _ in range(studies)]
                for method, interval in _PAIR_METHODS.items():
                    found.setdefault(method, []).append(covered([interval(one, rng) for one in pairs], mean))
        yield from coverage_rows("rank-1, each with each", found, count)


def false_alarms(studies: int) -> Iterator[FalseAlarms]:
    """Yield the false alarms of the permutation tests.

    Parameters
    ----------
    studies : int
        Simulated studies of each size.
    """
    for people in PARTICIPANTS:
        rng = np.random.default_rng((SEED, people))
        alarms: dict[tuple[str, str], list[bool]] = {}
        for _ in range(studies):
            for key, p in _p_values(people, rng).items():
                alarms.setdefault(key, []).append(p <= 0.05)
        for (what, method), found in alarms.items():
            yield FalseAlarms(what, method, people, float(np.mean(found)))


def _p_values(people: int, rng: np.random.Generator) -> dict[tuple[str, str], float]:
    """Return the p-values of one study whose labels have no meaning."""
    names = [str(number) for number in range(people)]
    faces = rng.normal(size=(people, len(LABELS), 3)) + rng.normal(size=(people, 1, 3))
    pairs = {
        (target, mimic): SimilarityTable(LABELS, LABELS, faces[int(target)] @ faces[int(mimic)].T)
        for target in names
        for mimic in names
        if target != mimic
    }
    observed, null = shuffled_people(pairs, {name: Counter(LABELS) for name in names}, rng, rounds=ROUNDS)
    apart = shuffled_trials(list(pairs.values()), [mimic for _, mimic in pairs], rng, rounds=ROUNDS)
    shown = rng.normal(size=(len(LABELS), 3))
    tables = [SimilarityTable(LABELS, LABELS * 2, shown @ rng.normal(size=(12, 3)).T) for _ in names]
    own = [float((best_targets(table) * table.matching).sum(axis=0).mean()) for table in tables]
    trials = shuffled_trials(tables, names, rng, rounds=ROUNDS)
    return {
        ("each with each", "labels of a person shuffled once (used)"): p_value(null, observed),
        ("each with each", "labels shuffled in each table"): p_value(apart, observed),
        ("sessions", "targets shuffled within a session (used)"): p_value(trials, float(np.mean(own))),
    }


def _shares(count: int, mean: float, spread: float, rng: np.random.Generator) -> FloatArray:
    if spread:
        strength = (1.0 - spread) / spread
        own = rng.beta(mean * strength, (1.0 - mean) * strength, count)
    else:
        own = np.full(count, mean)
    return rng.binomial(TRIALS, own) / TRIALS


def _pair_shares(count: int, mean: float, spread: float, rng: np.random.Generator) -> FloatArray:
    """Return shares of ordered pairs; the two directions are correlated."""
    level = float(norm.ppf(mean)) * np.sqrt(1.0 + 2.0 * spread**2)
    own = rng.normal(0.0, spread, count)
    both = rng.normal(size=(count, count, TRIALS))
    both = np.triu(both.transpose(2, 0, 1), 1).transpose(1, 2, 0)
    noise = np.sqrt(0.8) * (both + both.transpose(1, 0, 2)) + np.sqrt(0.2) * rng.normal(size=both.shape)
    shares = ((level + own[:, None, None] + own[None, :, None] + noise) > 0).mean(axis=2)
    np.fill_diagonal(shares, np.nan)
    return np.asarray(shares)


def _bootstrap(shares: FloatArray, rng: np.random.Generator) -> Ends:
    means = shares[rng.integers(0, len(shares), (_BOOTSTRAP, len(shares)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _pair_bootstrap(shares: FloatArray, rng: np.random.Generator) -> Ends:
    means = []
    for _ in range(_BOOTSTRAP):
        drawn = np.bincount(rng.integers(0, len(shares), len(shares)), minlength=len(shares))
        weights = np.outer(drawn, drawn) * ~np.isnan(shares)
        if weights.any():
            means.append(float((np.nan_to_num(shares) * weights).sum() / weights.sum()))
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _ends(found: Estimate) -> Ends:
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


@lru_cache(maxsize=10_000)
def _gaffke(shares: tuple[float, ...]) -> Ends:
    return _ends(bounded_mean(shares))


Interval = Callable[[FloatArray, np.random.Generator], Ends]
_METHODS: dict[str, Interval] = {
    "Gaffke (used)": lambda shares, _: _gaffke(tuple(sorted(shares.tolist()))),
    "t": lambda shares, _: _ends(mean_by_t(shares)),
    "percentile bootstrap": _bootstrap,
}
_PAIR_METHODS: dict[str, Interval] = {
    "Gaffke for pairs (used)": lambda shares, _: _ends(mean_of_pairs(shares)),
    "percentile bootstrap over people": _pair_bootstrap,
}


def covered(intervals: Sequence[Ends], truth: float | FloatArray) -> tuple[float, float]:
    """Return the share of intervals that contain the truth, and their mean width.

    Parameters
    ----------
    intervals : sequence
        Ends of N intervals.
    truth : float or (N,) float array
        The true value of all, or of each.
    """
    low, high = np.array(intervals).T
    return float(((low <= truth + 1e-9) & (high >= truth - 1e-9)).mean()), float((high - low).mean())


def coverage_rows(what: str, found: dict[str, list[tuple[float, float]]], count: int) -> Iterator[Coverage]:
    """Yield a row for each method.

    Parameters
    ----------
    what : str
        The statistic.
    found : dict
        Coverage and width of each kind of participants, by method.
    count : int
        Number of participants.
    """
    for method, values in found.items():
        covered, widths = np.array(values).T
        yield Coverage(what, method, count, float(covered.mean()), float(covered.min()), float(widths.mean()))
