"""The published pattern: matching cells above 0.98, other cells below 0.94."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import metric
from analysis.tables.similarity_table import PUBLISHED_MATCHING, CellScore, SimilarityTable, similarity_table
from analysis.tables.statistics import rank1
from experiment.simulation.study.measuring import MeasuredParticipant, fully_measured


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The tables of many people for one metric."""

    metric: str
    tables: tuple[SimilarityTable, ...]
    """One per person, without a missing cell."""

    @property
    def smallest_matching(self) -> FloatArray:
        """(P,) smallest matching cell of each table."""
        return _scores(table.smallest_matching for table in self.tables)

    @property
    def largest_other(self) -> FloatArray:
        """(P,) largest other cell of each table."""
        return _scores(table.largest_other for table in self.tables)

    @property
    def holds(self) -> BoolArray:
        """(P,) whether the published pattern holds."""
        return np.array([table.published_pattern for table in self.tables], dtype=bool)

    @property
    def rank1(self) -> float:
        """Proportion of mimics that score highest on their own target."""
        return rank1(self.tables)

    @property
    def violations(self) -> list[tuple[str, int]]:
        """The cells that violate the pattern, with counts, most frequent first."""
        counts: Counter[str] = Counter()
        for table in self.tables:
            for row, column in np.argwhere(~table.fits_published):
                target, mimic = table.targets[row], table.imitated[column]
                violation = f"below {PUBLISHED_MATCHING:g}" if target == mimic else f"taken for {target}"
                counts[f"{mimic} {violation}"] += 1
        return counts.most_common()


def _scores(cells: Iterable[CellScore | None]) -> FloatArray:
    return np.array([cell.score for cell in cells if cell])


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
    shown = [targets[emotion] for emotion in EMOTIONS]
    tables = [
        similarity_table(shown, [person.imitations[emotion].face for emotion in EMOTIONS], chosen, model=model)
        for person in fully_measured(people, EMOTIONS)
    ]
    return Pattern(name, tuple(tables))
