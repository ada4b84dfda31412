"""A target x mimic table: how similar is every mimic of one person to every target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityTable:
    """The scores of one person's mimics against one set of targets."""

    targets: tuple[str, ...]
    """(T,) names of the rows, all different."""
    imitated: tuple[str, ...]
    """(M,) the target each column is an imitation of."""
    scores: FloatArray
    """(T, M)"""
    expressions: Mapping[str, str] = field(default_factory=dict)
    """What each target shows, where several show the same one: a strong and a subtle anger, say."""

    @property
    def matching(self) -> BoolArray:
        """(T, M) true in the cell of every mimic with the target it imitates."""
        return _equal(self.targets, self.imitated)

    @property
    def others(self) -> BoolArray:
        """(T, M) true in the cells of a mimic with a target that shows another expression than the one it imitates."""
        shown, meant = ([self.expressions.get(name, name) for name in names] for names in (self.targets, self.imitated))
        return ~_equal(shown, meant)

    @property
    def columns(self) -> tuple[str, ...]:
        """(M,) a name for every column: the imitated target, numbered from the second take on (``anger_2``)."""
        return tuple(
            name if take == 1 else f"{name}_{take}" for name, take in zip(self.imitated, self.takes, strict=True)
        )

    @property
    def takes(self) -> tuple[int, ...]:
        """(M,) which imitation of its target every column is, from 1."""
        return tuple(self.imitated[: column + 1].count(name) for column, name in enumerate(self.imitated))


def _equal(rows: Sequence[str], columns: Sequence[str]) -> BoolArray:
    """(rows, columns) where the two names are the same."""
    return np.array([[a == b for b in columns] for a in rows], dtype=bool).reshape(len(rows), len(columns))


def similarity_table(
    targets: Sequence[MeasuredFace], mimics: Sequence[MeasuredFace], metric: Metric, model: FaceModel
) -> SimilarityTable:
    """Score every mimic against every target.

    Targets of the same expression are takes of one target: a mimic is scored against each and the mean is taken.
    Columns come in the order of the rows, and within one target in the order given. A mimic of something that is no
    target gets no column.
    """
    names = tuple(dict.fromkeys(face.picture.expression for face in targets))
    columns = [face for name in names for face in mimics if face.picture.expression == name]
    scores = np.empty((len(names), len(columns)))
    for row, name in enumerate(names):
        takes = [face for face in targets if face.picture.expression == name]
        for column, mimic in enumerate(columns):
            scores[row, column] = np.mean([metric.score(take, mimic, model) for take in takes])
    return SimilarityTable(names, tuple(face.picture.expression for face in columns), scores)
