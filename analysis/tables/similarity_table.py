"""Target x mimic tables: the similarity of every imitation to every target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray
from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED_MATCHING = 0.98
PUBLISHED_OTHER = 0.94
"""The published tables report matching cells above the first and all others below the second. Both depend on the
metric, mask and model of that study; print them only together with ours."""


class CellScore(NamedTuple):
    """The score of one target and one mimic."""

    target: str
    mimic: str
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityTable:
    """The scores of one person's mimics against one set of targets."""

    targets: tuple[str, ...]
    """(T,) names of the rows, all different."""
    imitated: tuple[str, ...]
    """(M,) the target that each column imitates."""
    scores: FloatArray
    """(T, M) similarity; larger is more similar."""
    expressions: Mapping[str, str] = field(default_factory=dict)
    """The expression of each target, where several targets show the same one, such as a strong and a subtle anger."""
    names: tuple[str, ...] = ()
    """Targets to print as rows and columns, also those that could not be measured; empty: the rows and columns."""
    numbered: tuple[int, ...] = ()
    """(M,) take of each column where pictures without a column count too; empty: the columns are counted."""

    @property
    def matching(self) -> BoolArray:
        """(T, M) true in the cell of every mimic with the target it imitates."""
        return _equal(self.targets, self.imitated)

    @property
    def others(self) -> BoolArray:
        """(T, M) true in the cells of a mimic with a target of another expression."""
        shown, meant = ([self._expression(name) for name in names] for names in (self.targets, self.imitated))
        return ~_equal(shown, meant)

    @property
    def takes(self) -> tuple[int, ...]:
        """(M,) number of each column among the imitations of its target, from 1."""
        if self.numbered:
            return self.numbered
        return tuple(self.imitated[: column + 1].count(name) for column, name in enumerate(self.imitated))

    @property
    def rows(self) -> dict[str, dict[str, float]]:
        """The cells by target and column, NaN where one is missing; later takes are numbered."""
        takes = zip(self.imitated, self.takes, strict=True)
        columns = [name if take == 1 else f"{name}_{take}" for name, take in takes]
        found = {
            target: dict(zip(columns, scores, strict=True))
            for target, scores in zip(self.targets, self.scores.tolist(), strict=True)
        }
        names = self.names or self.targets
        columns = list(self.names) or columns
        return {target: {name: found.get(target, {}).get(name, math.nan) for name in columns} for target in names}

    @property
    def frame(self) -> pd.DataFrame:
        """The same for pandas."""
        import pandas as pd  # it takes longer to load than a table to print

        rows = self.rows
        columns = list(next(iter(rows.values()), {}))
        return pd.DataFrame([list(row.values()) for row in rows.values()], list(rows), columns, dtype=float)

    @property
    def expressions_shared(self) -> bool:
        """Whether several targets show one expression."""
        names = self.names or self.targets
        return len({self._expression(name) for name in names}) < len(names)

    @property
    def smallest_matching(self) -> CellScore | None:
        """The smallest matching cell; None without a matching cell."""
        return self._smallest(self.scores, self.matching)

    @property
    def largest_other(self) -> CellScore | None:
        """The largest cell of different expressions; None without one."""
        return self._smallest(-self.scores, self.others)

    @property
    def fits_published(self) -> BoolArray:
        """(T, M) true where a matching cell is above 0.98, or any other cell below 0.94."""
        return np.where(self.matching, self.scores > PUBLISHED_MATCHING, self.scores < PUBLISHED_OTHER)

    @property
    def published_pattern(self) -> bool | None:
        """Whether all cells fit the published pattern; None if cells are missing for it."""
        matching, others = self.matching, self.others
        names = self.names or self.targets
        if not others.any() or matching.any(axis=1).sum() < len(names):
            return None
        return bool(self.fits_published[matching | others].all())

    def mean_over_takes(self) -> SimilarityTable:
        """Return the table with one column per imitated target, the mean over its takes."""
        imitated = tuple(dict.fromkeys(self.imitated))
        scores = np.empty((len(self.targets), len(imitated)))
        for column, name in enumerate(imitated):
            takes = [k for k, other in enumerate(self.imitated) if other == name]
            scores[:, column] = sum(self.scores[:, k] for k in takes) / len(takes)
        return replace(self, imitated=imitated, scores=scores, numbered=())

    def with_own_target(self) -> SimilarityTable:
        """Return the table without mimics whose own target is missing."""
        kept = np.array([name in self.targets for name in self.imitated], dtype=bool)
        imitated = tuple(name for name in self.imitated if name in self.targets)
        numbered = tuple(take for take, keep in zip(self.numbered, kept.tolist(), strict=bool(self.numbered)) if keep)
        scores = self.scores.compress(kept, axis=1)
        return replace(self, imitated=imitated, scores=scores, names=(), numbered=numbered)

    def _expression(self, target: str) -> str:
        return self.expressions.get(target, target)

    def _smallest(self, values: FloatArray, cells: BoolArray) -> CellScore | None:
        """Return the first cell with the smallest value, column by column."""
        if not cells.any():
            return None
        column, row = divmod(int(np.where(cells, values, np.inf).T.argmin()), len(self.targets))
        return CellScore(self.targets[row], self.imitated[column], float(self.scores[row, column]))


def _equal(rows: Sequence[str], columns: Sequence[str]) -> BoolArray:
    """(rows, columns) where the two names are the same."""
    return np.array([[a == b for b in columns] for a in rows], dtype=bool).reshape(len(rows), len(columns))


def similarity_table(
    targets: Sequence[MeasuredFace],
    mimics: Sequence[MeasuredFace],
    metric: Metric,
    *,
    model: FaceModel,
    numbers: Mapping[Picture, int] | None = None,
) -> SimilarityTable:
    """Score every mimic against every target.

    Parameters
    ----------
    targets : sequence of MeasuredFace
        Named by their expression labels. Targets of one expression are takes of one target: a mimic is scored against
        each, and the mean is taken.
    mimics : sequence of MeasuredFace
        A mimic whose label is not a target gets no column.
    metric : Metric
        How to score.
    model : FaceModel
        The model that fitted the faces.
    numbers : mapping, optional
        Take of each picture of the mimics. Without it, the measured ones are counted.

    Returns
    -------
    SimilarityTable
        Columns in the order of the rows, and within one target in the order given.
    """
    names = tuple(dict.fromkeys(face.picture.expression for face in targets))
    columns = [face for name in names for face in mimics if face.picture.expression == name]
    scores = np.empty((len(names), len(columns)))
    for row, name in enumerate(names):
        takes = [face for face in targets if face.picture.expression == name]
        for column, mimic in enumerate(columns):
            scores[row, column] = np.mean([metric.score(take, mimic, model) for take in takes])
    numbered = () if numbers is None else tuple(numbers[face.picture] for face in columns)
    return SimilarityTable(names, tuple(face.picture.expression for face in columns), scores, numbered=numbered)
