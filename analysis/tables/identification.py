"""How well scores identify the imitated target: estimates and tests.

Every estimate is a mean over participants, so that a participant with more trials does not count more. It counts the
trials of `SimilarityTable.counted`: their own target is measured, and both faces are above the noise floor.
`docs/statistics.md` has the definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.inference.estimate import Estimate
from analysis.inference.intervals import bounded_mean, mean_by_t, mean_of_pairs
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import Pooled, best_targets, hits

ROUNDS = 1000
"""Permutations of a test."""
Share = Callable[[SimilarityTable], FloatArray]


def rank1_estimate(tables: Sequence[SimilarityTable], people: Sequence[str], *, share: Share = hits) -> Estimate:
    """Return rank-1: the share of trials with the highest score for their own target.

    Mean over participants of the share of each participant's trials in all tables.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        A column per trial (`SimilarityTable.counted`).
    people : sequence of str
        The participant of each table.
    share : callable
        `hits`, or `expression_hits` for targets of the imitated expression.
    """
    own: dict[str, list[FloatArray]] = {}
    for table, person in zip(tables, people, strict=True):
        own.setdefault(person, []).append(share(table))
    joined = [np.concatenate(parts) for parts in own.values()]
    return bounded_mean([float(shares.mean()) for shares in joined if len(shares)])


def auc_estimate(tables: Sequence[SimilarityTable], people: Sequence[str]) -> Estimate:
    """Return the AUC within tables: how often a matching cell exceeds another.

    Mean over participants of the mean over their tables. Tables without cells of both kinds do not count.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        A column per trial.
    people : sequence of str
        The participant of each table.
    """
    own: dict[str, list[float]] = {}
    for table, person in zip(tables, people, strict=True):
        if table.matching.any() and table.others.any():
            own.setdefault(person, []).append(Pooled.of([table]).auc())
    return bounded_mean([float(np.mean(values)) for values in own.values()])


def d_prime_estimate(tables: Sequence[SimilarityTable], people: Sequence[str]) -> Estimate:
    """Return d': the mean over participants of the d' of all their cells.

    Participants whose d' is not defined do not count.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        A column per trial.
    people : sequence of str
        The participant of each table.
    """
    own: dict[str, list[SimilarityTable]] = {}
    for table, person in zip(tables, people, strict=True):
        own.setdefault(person, []).append(table)
    values = [Pooled.of(each).d_prime() for each in own.values()]
    return mean_by_t([value for value in values if value is not None])


def pair_estimates(tables: Mapping[tuple[str, str], SimilarityTable]) -> dict[str, Estimate]:
    """Return rank-1 and AUC where every person is compared with every other.

    Parameters
    ----------
    tables : mapping
        Tables by (target person, person).

    Returns
    -------
    dict
        ``rank1`` and ``auc``.
    """
    names = sorted({name for pair in tables for name in pair})
    place = {name: number for number, name in enumerate(names)}
    found = {name: np.full((len(names), len(names)), np.nan) for name in ("rank1", "auc")}
    for (target, mimic), table in tables.items():
        where = place[target], place[mimic]
        if table.scores.size:
            found["rank1"][where] = hits(table).mean()
        if table.matching.any() and table.others.any():
            found["auc"][where] = Pooled.of([table]).auc()
    return {name: mean_of_pairs(values) for name, values in found.items()}


def chance_of(tables: Sequence[SimilarityTable]) -> float | None:
    """Return rank-1 by chance: one over the number of targets; None without a table.

    The targets are those of the protocol; which trials are valid does not matter. The mean, if tables differ.
    """
    return float(np.mean([1.0 / len(table.targets) for table in tables])) if tables else None


def shuffled_trials(
    tables: Sequence[SimilarityTable], people: Sequence[str], rng: np.random.Generator, *, rounds: int = ROUNDS
) -> FloatArray:
    """Return rank-1 by chance: imitated targets shuffled among trials of a table.

    Parameters
    ----------
    tables : sequence of SimilarityTable
        A column per trial; every imitated target is among the rows.
    people : sequence of str
        The participant of each table.
    rng : numpy.random.Generator
        Draws the permutations.
    rounds : int
        How many.

    Returns
    -------
    (rounds,) float array
        `rank1_estimate` of every permutation.
    """
    names = list(dict.fromkeys(people))
    sums, counts = np.zeros((rounds, len(names))), np.zeros(len(names))
    for table, person in zip(tables, people, strict=True):
        own = np.array([table.targets.index(name) for name in table.imitated], dtype=np.int64)
        shuffled = rng.permuted(np.tile(own, (rounds, 1)), axis=1)
        sums[:, names.index(person)] += best_targets(table)[shuffled, np.arange(len(own))].sum(axis=1)
        counts[names.index(person)] += len(own)
    kept = counts > 0
    return np.asarray((sums[:, kept] / counts[kept]).mean(axis=1)) if kept.any() else np.zeros(rounds)


def shuffled_people(
    tables: Mapping[tuple[str, str], SimilarityTable],
    pictures: Mapping[str, Mapping[str, int]],
    rng: np.random.Generator,
    *,
    rounds: int = ROUNDS,
) -> tuple[float, FloatArray]:
    """Return rank-1, and rank-1 by chance: the labels of each person shuffled.

    A person's labels are shuffled once for all tables, in which this person is target or mimic: all scores of a picture
    keep together. All pictures of one label keep together too, and labels change places only with labels of as many
    pictures, so that the test is exact.

    Parameters
    ----------
    tables : mapping
        Tables by (target person, person), with a column for every picture of the person.
    pictures : mapping
        Number of pictures of each label of each person.
    rng : numpy.random.Generator
        Draws the permutations.
    rounds : int
        How many.

    Returns
    -------
    float
        Mean over people of the share of their pictures with a label that the target person has.
    (rounds,) float array
        The same after each permutation.
    """
    labels = sorted({label for own in pictures.values() for label in own})
    code = {label: number for number, label in enumerate(labels)}
    shuffled = {name: _shuffled_labels(own, code, rng, rounds) for name, own in pictures.items()}
    sums: dict[str, FloatArray] = {}
    counts: dict[str, FloatArray] = {}
    for (target, mimic), table in tables.items():
        rows = shuffled[target][:, [code[name] for name in table.targets]]
        columns = shuffled[mimic][:, [code[name] for name in table.imitated]]
        same = rows[:, :, None] == columns[:, None, :]
        sums[mimic] = sums.get(mimic, 0.0) + (same * best_targets(table)).sum(axis=(1, 2))
        counts[mimic] = counts.get(mimic, 0.0) + same.any(axis=1).sum(axis=1)
    total = np.zeros(rounds + 1)
    people = np.zeros(rounds + 1)
    for name in sums:
        counted = counts[name] > 0
        total += np.where(counted, sums[name] / np.maximum(counts[name], 1), 0.0)
        people += counted
    found = total / np.maximum(people, 1)
    return float(found[0]), found[1:]


def _shuffled_labels(
    own: Mapping[str, int], code: Mapping[str, int], rng: np.random.Generator, rounds: int
) -> IntArray:
    """Return (1 + rounds, labels) new labels; the first row changes nothing."""
    found = np.tile(np.arange(len(code)), (1 + rounds, 1))
    for count in sorted(set(own.values())):
        places = [code[label] for label, number in own.items() if number == count]
        found[1:, places] = rng.permuted(found[1:, places], axis=1)
    return found
