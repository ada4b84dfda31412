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
from analysis.face.similarity.parts import below_floor

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
    weak: frozenset[int] = frozenset()
    """Columns of mimics below the noise floor; they are not printed and in no statistic."""
    weak_targets: frozenset[str] = frozenset()
    """Rows of targets below the noise floor; they are not printed and in no statistic."""
    trials: SimilarityTable | None = None
    """The table with a column per trial that a table of means was made from."""

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
        """The cells by target and column; NaN: missing, or below the noise floor."""
        takes = zip(self.imitated, self.takes, strict=True)
        columns = [name if take == 1 else f"{name}_{take}" for name, take in takes]
        strong = ~(self._weak_rows[:, None] | self._weak_columns)
        found = {
            target: dict(zip(columns, scores, strict=True))
            for target, scores in zip(self.targets, np.where(strong, self.scores, np.nan).tolist(), strict=True)
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

    @property
    def counted(self) -> SimilarityTable:
        """The trials that statistics count.

        Their own target is measured and both faces are above the noise floor. Of a table of means, the trials it was
        made from.
        """
        table = (self.trials or self).strong()
        own = np.array([name in table.targets for name in table.imitated], dtype=bool)
        return replace(table._kept(np.ones(len(table.targets), dtype=bool), own), names=())

    def without_expression(self, row: int, column: int) -> str:
        """Return ``target``, ``mimic``, both or nothing: which face is below the floor."""
        weak = {"target": self.targets[row] in self.weak_targets, "mimic": column in self.weak}
        return "+".join(name for name, is_weak in weak.items() if is_weak)

    def own_columns(self) -> SimilarityTable:
        """Return the table without mimics of other labels than those of the rows."""
        own = np.array([name in self.targets for name in self.imitated], dtype=bool)
        return replace(self._kept(np.ones(len(self.targets), dtype=bool), own), weak_targets=self.weak_targets)

    def mean_over_takes(self) -> SimilarityTable:
        """Return the table with one column per imitated target, the mean over its takes.

        Cells below the noise floor are left out.
        """
        table = self.strong()
        imitated = tuple(dict.fromkeys(table.imitated))
        scores = np.empty((len(table.targets), len(imitated)))
        for column, name in enumerate(imitated):
            takes = [k for k, other in enumerate(table.imitated) if other == name]
            scores[:, column] = sum(table.scores[:, k] for k in takes) / len(takes)
        return replace(table, imitated=imitated, scores=scores, numbered=(), trials=self)

    @property
    def _weak_rows(self) -> BoolArray:
        return np.array([name in self.weak_targets for name in self.targets], dtype=bool)

    @property
    def _weak_columns(self) -> BoolArray:
        return np.array([column in self.weak for column in range(len(self.imitated))], dtype=bool)

    def strong(self) -> SimilarityTable:
        """Return the table without rows and columns below the noise floor."""
        return self._kept(~self._weak_rows, ~self._weak_columns)

    def _kept(self, rows: BoolArray, columns: BoolArray) -> SimilarityTable:
        places = np.flatnonzero(columns).tolist()
        return replace(
            self,
            targets=tuple(name for name, keep in zip(self.targets, rows.tolist(), strict=True) if keep),
            imitated=tuple(self.imitated[k] for k in places),
            scores=self.scores[rows][:, columns],
            numbered=tuple(self.numbered[k] for k in places) if self.numbered else (),
            weak=frozenset(new for new, old in enumerate(places) if old in self.weak),
            weak_targets=frozenset(),
        )

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


def column_faces(targets: Sequence[str], mimics: Sequence[MeasuredFace]) -> list[MeasuredFace]:
    """Return the faces of the columns: those that imitate, in order of the targets."""
    return [face for name in targets for face in mimics if face.picture.expression == name]


def similarity_table(
    targets: Sequence[MeasuredFace],
    mimics: Sequence[MeasuredFace],
    metric: Metric,
    *,
    model: FaceModel,
    numbers: Mapping[Picture, int] | None = None,
    every_picture: bool = False,
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
    every_picture : bool
        Whether mimics whose label is not a target get a column too, after the others.

    Returns
    -------
    SimilarityTable
        Columns in the order of the rows, and within one target in the order given.
    """
    names = tuple(dict.fromkeys(face.picture.expression for face in targets))
    columns = column_faces(names, mimics)
    if every_picture:
        columns += [face for face in mimics if face.picture.expression not in names]
    scores = np.empty((len(names), len(columns)))
    for row, name in enumerate(names):
        takes = [face for face in targets if face.picture.expression == name]
        for column, mimic in enumerate(columns):
            scores[row, column] = np.mean([metric.score(take, mimic, model) for take in takes])
    numbered = () if numbers is None else tuple(numbers[face.picture] for face in columns)
    strong = {face.picture.expression for face in targets if not below_floor(face, model)}
    return SimilarityTable(
        names,
        tuple(face.picture.expression for face in columns),
        scores,
        numbered=numbered,
        weak=frozenset(column for column, face in enumerate(columns) if below_floor(face, model)),
        weak_targets=frozenset(names) - strong,
    )
