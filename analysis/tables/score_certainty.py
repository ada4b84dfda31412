"""How certain the scores of a table are: intervals and likelihood ratios by cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TypeAlias

from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.uncertainty import Uncertainty, score_uncertainty
from analysis.tables.similarity_table import SimilarityTable, column_faces

RETAKE_COLUMN = "retake_sd"
"""Column that tables have if neighbouring frames were measured."""
CERTAINTY_COLUMNS = ("score_low", "score_high", "likelihood_ratio", "likelihood_ratio_limit")


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """The 95 % interval of a mean of scores, whose likelihood ratio is not known."""

    low: float
    high: float


Certainty: TypeAlias = Uncertainty | MeanInterval
"""How certain a score or a mean of scores is."""


def uncertainty_cells(one: Certainty | None) -> dict[str, float | str | None]:
    """Return the columns of an uncertainty in tables of scores."""
    if one is None:
        return dict.fromkeys(CERTAINTY_COLUMNS)
    if isinstance(one, MeanInterval):
        return {**dict.fromkeys(CERTAINTY_COLUMNS), "score_low": one.low, "score_high": one.high}
    known = (one.low, one.high, one.likelihood_ratio, one.ratio_limit)
    cells: dict[str, float | str | None] = dict(zip(CERTAINTY_COLUMNS, known, strict=True))
    if one.retake_sd is not None:
        cells[RETAKE_COLUMN] = one.retake_sd
    return cells


def median_width(cells: Iterable[Certainty | None]) -> tuple[float, int] | None:
    """Return the median width of the intervals, and their number; None without any."""
    widths = [one.high - one.low for one in cells if one is not None]
    return (median(widths), len(widths)) if widths else None


def table_uncertainties(
    targets: Sequence[MeasuredFace],
    mimics: Sequence[MeasuredFace],
    table: SimilarityTable,
    *,
    metric: Metric,
    model: FaceModel,
) -> tuple[tuple[Certainty | None, ...], ...]:
    """Return the uncertainty of each cell of a table of pictures, by row and column.

    The score of a target with several pictures is a mean. The ends of its interval are the means of the ends: it is
    wide enough even if the errors of these pictures are the same. Its likelihood ratio is not known.

    Parameters
    ----------
    targets, mimics : sequence of MeasuredFace
        The faces of the table, see `analysis.tables.similarity_table.similarity_table`.
    table : SimilarityTable
        Their table, with columns for own expressions only.
    metric : Metric
        The metric of the table.
    model : FaceModel
        The model that fitted the faces.

    Returns
    -------
    tuple of tuple
        None where it is not known, and below the noise floor.
    """
    columns = column_faces(table.targets, mimics)
    rows = []
    for row, name in enumerate(table.targets):
        takes = [face for face in targets if face.picture.expression == name]
        cells: list[Certainty | None] = []
        for column, mimic in enumerate(columns):
            if table.without_expression(row, column):
                cells.append(None)
                continue
            scores = [float(table.scores[row, column])] if len(takes) == 1 else None
            scores = scores or [metric.score(take, mimic, model) for take in takes]
            found = [
                score_uncertainty(score, take, mimic, metric=metric.name, model=model)
                for score, take in zip(scores, takes, strict=True)
            ]
            known = [one for one in found if one is not None]
            cells.append(_of_mean(known) if len(known) == len(takes) else None)
        rows.append(tuple(cells))
    return tuple(rows)


def _of_mean(parts: Sequence[Uncertainty]) -> Certainty:
    if len(parts) == 1:
        return parts[0]
    return MeanInterval(fmean(one.low for one in parts), fmean(one.high for one in parts))
