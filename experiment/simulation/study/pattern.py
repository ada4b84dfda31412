"""The published pattern: every matching cell is above 0.98, every other cell below 0.94."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import metric
from experiment.simulation.study.measuring import MeasuredParticipant, fully_measured

MATCHING, OTHER = 0.98, 0.94
"""The limits of the published tables."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The tables of many people for one metric."""

    metric: str
    tables: FloatArray
    """(P, 6, 6) score of target (row) and mimic (column)."""

    @property
    def smallest_matching(self) -> FloatArray:
        """(P,) smallest matching cell of each table."""
        smallest: FloatArray = np.diagonal(self.tables, axis1=1, axis2=2).min(axis=1)
        return smallest

    @property
    def largest_other(self) -> FloatArray:
        """(P,) largest other cell of each table."""
        largest: FloatArray = self.tables[:, ~np.eye(len(EMOTIONS), dtype=bool)].max(axis=1)
        return largest

    @property
    def holds(self) -> BoolArray:
        """(P,) whether the published pattern holds."""
        return (self.smallest_matching > MATCHING) & (self.largest_other < OTHER)

    @property
    def rank1(self) -> float:
        """Proportion of mimics that score highest on their own target."""
        return float((self.tables.argmax(axis=1) == np.arange(len(EMOTIONS))).mean())

    @property
    def violations(self) -> list[tuple[str, int]]:
        """The cells that violate the pattern and their number of tables, most frequent first."""
        counts: Counter[str] = Counter()
        for table in self.tables:
            for row, target in enumerate(EMOTIONS):
                for column, mimic in enumerate(EMOTIONS):
                    if row == column and table[row, column] <= MATCHING:
                        counts[f"{mimic} below {MATCHING:g}"] += 1
                    if row != column and table[row, column] >= OTHER:
                        counts[f"{mimic} taken for {target}"] += 1
        return counts.most_common()


def find_pattern(
    people: Sequence[MeasuredParticipant], targets: Mapping[str, MeasuredFace], name: str, *, model: FaceModel
) -> Pattern:
    """Score every imitation of every person against every target.

    Parameters
    ----------
    people : sequence of MeasuredParticipant
        People without a measurement of some target are left out.
    targets : mapping
        Measured target faces by emotion.
    name : str
        Name of the metric.
    model : FaceModel
        The face model.
    """
    chosen = metric(name)
    tables = [
        [[chosen.score(targets[row], person.imitations[column].face, model) for column in EMOTIONS] for row in EMOTIONS]
        for person in fully_measured(people, EMOTIONS)
    ]
    return Pattern(name, np.asarray(tables))
