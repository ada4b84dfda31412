"""Does the published pattern hold: every matching cell above 0.98, every other below 0.94? For many people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import metric
from experiment.simulation.study.measuring import Measured, complete

MATCHING, OTHER = 0.98, 0.94
"""What the published tables report."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The tables of many people under one metric."""

    metric: str
    tables: FloatArray
    """(P, 6, 6) score of target (row) and mimic (column)."""

    @property
    def smallest_matching(self) -> FloatArray:
        """(P,) of each table."""
        smallest: FloatArray = np.diagonal(self.tables, axis1=1, axis2=2).min(axis=1)
        return smallest

    @property
    def largest_other(self) -> FloatArray:
        """(P,) of each table."""
        largest: FloatArray = (self.tables - 1e9 * np.eye(len(EMOTIONS))).max(axis=(1, 2))
        return largest

    @property
    def holds(self) -> FloatArray:
        """(P,) 1 where the published pattern holds."""
        return ((self.smallest_matching > MATCHING) & (self.largest_other < OTHER)).astype(np.float64)

    @property
    def rank1(self) -> float:
        """Share of mimics that score highest on their own target."""
        return float((self.tables.argmax(axis=1) == np.arange(len(EMOTIONS))).mean())

    @property
    def in_the_way(self) -> list[tuple[str, int]]:
        """What keeps tables from having the pattern: cells by how many tables they spoil, most first."""
        counts: Counter[str] = Counter()
        for table in self.tables:
            for row, target in enumerate(EMOTIONS):
                for column, mimic in enumerate(EMOTIONS):
                    if row == column and table[row, column] <= MATCHING:
                        counts[f"{mimic} below {MATCHING:g}"] += 1
                    if row != column and table[row, column] >= OTHER:
                        counts[f"{mimic} taken for {target}"] += 1
        return counts.most_common()


def pattern(people: Sequence[Measured], targets: Mapping[str, MeasuredFace], name: str, model: FaceModel) -> Pattern:
    """Score every imitation of every person against every target."""
    chosen = metric(name)
    tables = [
        [[chosen.score(targets[row], person.by_name[column].face, model) for column in EMOTIONS] for row in EMOTIONS]
        for person in complete(people, EMOTIONS)
    ]
    return Pattern(name, np.asarray(tables))
