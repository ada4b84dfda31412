"""Scores of drawn people and their truths: the mean over other pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.uncertainty.repeated_people import GOOD, GOOD_SESSIONS, GroupTask, MeasuredSet, measured_sets
from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import Metric, metric
from analysis.face.similarity.parts import below_floor
from analysis.face.similarity.uncertainty import pair_features

LEAST_SESSIONS = 3
"""Good sessions of the target and of the mimic that a truth is the mean of, at least."""


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """One comparison of target and mimic, by all metrics."""

    group: int
    mimic: int
    matching: bool
    condition: str
    pair: tuple[float, ...]
    scores: Sequence[float]
    """One for each metric."""
    truths: Sequence[float] | None = None
    """One for each metric; None where they are not known."""


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedScores:
    """N scores of target and mimic, each with its truth, for several metrics."""

    group: IntArray
    """(N,) number of the group."""
    mimic: IntArray
    """(N,) number of the mimic among all people."""
    matching: BoolArray
    """(N,) whether the mimic imitates this target's expression."""
    condition: tuple[str, ...]
    """(N,) condition of the mimic's session."""
    pair: FloatArray
    """(N, P) result of `analysis.face.similarity.uncertainty.pair_features`."""
    scores: Mapping[str, FloatArray]
    """(N,) by metric."""
    truths: Mapping[str, FloatArray]
    """(N,) mean score of the other good sessions, by metric; empty where it is not known."""

    @classmethod
    def of(cls, rows: Sequence[ScoredPair], metrics: Sequence[Metric]) -> RepeatedScores:
        """Return comparisons by column.

        Parameters
        ----------
        rows : sequence of ScoredPair
            The comparisons.
        metrics : sequence of Metric
            The metrics of their scores.
        """

        def by_metric(values: Sequence[Sequence[float]]) -> dict[str, FloatArray]:
            return {one.name: np.array([row[k] for row in values]) for k, one in enumerate(metrics)}

        truths = [row.truths for row in rows if row.truths is not None]
        return cls(
            np.array([row.group for row in rows], dtype=int),
            np.array([row.mimic for row in rows], dtype=int),
            np.array([row.matching for row in rows], dtype=bool),
            tuple(row.condition for row in rows),
            np.array([row.pair for row in rows]),
            by_metric([row.scores for row in rows]),
            by_metric(truths) if len(truths) == len(rows) else {},
        )

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions without repetitions."""
        return tuple(dict.fromkeys(self.condition))

    def features(self, name: str) -> FloatArray:
        """Return the (N, F) features of the scores of a metric."""
        score = self.scores[name]
        return np.column_stack([np.ones(len(score)), score, score**2, self.pair])


def joined(parts: Sequence[RepeatedScores]) -> RepeatedScores:
    """Return the scores of several groups; groups and people get new numbers."""
    people = np.cumsum([0, *(int(one.mimic.max(initial=-1)) + 1 for one in parts)])
    return RepeatedScores(
        np.concatenate([np.full(len(one.group), number) for number, one in enumerate(parts)]),
        np.concatenate([one.mimic + first for one, first in zip(parts, people[:-1].tolist(), strict=True)]),
        np.concatenate([one.matching for one in parts]),
        tuple(name for one in parts for name in one.condition),
        np.concatenate([one.pair for one in parts]),
        {name: np.concatenate([one.scores[name] for one in parts]) for name in parts[0].scores},
        {name: np.concatenate([one.truths[name] for one in parts]) for name in parts[0].truths},
    )


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredGroup:
    """One group of people: their sessions and scores."""

    sets: Sequence[MeasuredSet]
    scores: RepeatedScores


def measured_group(metrics: Sequence[str], task: GroupTask) -> MeasuredGroup:
    """Draw, measure and score one group of people.

    Parameters
    ----------
    metrics : sequence of str
        Names of the metrics.
    task : GroupTask
        The group.
    """
    model = load_model()
    sets = measured_sets(task, model)
    return MeasuredGroup(sets, repeated_scores(sets, [metric(name) for name in metrics], model))


def repeated_scores(sets: Sequence[MeasuredSet], metrics: Sequence[Metric], model: FaceModel) -> RepeatedScores:
    """Score everybody's sessions against the good sessions of everybody else.

    Parameters
    ----------
    sets : sequence of MeasuredSet
        The sessions of one group.
    metrics : sequence of Metric
        The metrics.
    model : FaceModel
        The model of the fits.
    """
    people = list(dict.fromkeys(one.person for one in sets))
    faces: dict[tuple[str, str], dict[tuple[str, int], MeasuredFace]] = defaultdict(dict)
    for one in sets:
        for expression, face in one.faces.items():
            if not below_floor(face, model):
                faces[one.person, expression][one.condition, one.number] = face
    rows = [
        row
        for (target_person, shown), targets in faces.items()
        for (mimic_person, imitated), mimics in faces.items()
        if target_person != mimic_person
        for row in _rows(targets, mimics, metrics, model, about=(people.index(mimic_person), shown == imitated))
    ]
    return RepeatedScores.of(rows, metrics)


def _rows(
    targets: Mapping[tuple[str, int], MeasuredFace],
    mimics: Mapping[tuple[str, int], MeasuredFace],
    metrics: Sequence[Metric],
    model: FaceModel,
    *,
    about: tuple[int, bool],
) -> Iterator[ScoredPair]:
    """Yield each session of a mimic against one good session of a target."""
    good = [(GOOD, number) for number in range(GOOD_SESSIONS)]
    shown, own = [key for key in good if key in targets], [key for key in good if key in mimics]
    if min(len(shown), len(own)) < LEAST_SESSIONS + 1:
        return
    table = np.array(
        [[[one.score(targets[a], mimics[b], model) for one in metrics] for b in own] for a in shown]
    )  # (A, B, metrics)
    for number, (key, face) in enumerate(mimics.items()):
        row = number % len(shown)
        target = targets[shown[row]]
        others = np.array([one != key for one in own])
        truths = np.delete(table, row, axis=0)[:, others].mean(axis=(0, 1))
        if key in own:
            scores = table[row, own.index(key)]
        else:
            scores = np.array([one.score(target, face, model) for one in metrics])
        mimic, matching = about
        yield ScoredPair(
            0, mimic, matching, key[0], pair_features(target, face, model), scores.tolist(), truths.tolist()
        )
