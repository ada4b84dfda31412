"""Judge measured strengths: accuracy, weaker side, synkinesis, no change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.sides.measured_pictures import MeasuredPictures, same_movements
from analysis.face.arrays import FloatArray
from analysis.face.models.movements import SIDES, Movement
from analysis.face.movements.measured import MEASURED_UNITS
from analysis.face.movements.strengths import LearnedMovements

REMAINING = (0.0, 0.25, 0.5, 0.75)
"""Strength of the affected side as a share of the healthy side's."""
SYNKINESIS_SHARES = ((0.1, 0.3), (0.3, 0.55), (0.55, 0.8))
"""Ranges of the strength of a movement that was not asked for, as shares of the full movement."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Measured and true strengths of one movement, both sides together."""

    movement: Movement
    pictures: int
    """Number of strengths above 0 (a picture has one of each side)."""
    r: float
    """Correlation over all pictures, also those without the movement."""
    r_fit: float
    """The same for the fit of all units."""
    bias_mm: float
    """Mean error where the movement is shown."""
    rms_mm: float
    """Root mean square error there."""


@dataclass(frozen=True, slots=True)
class Hits:
    """How often something was found."""

    what: str
    found: int
    of: int

    @property
    def text(self) -> str:
        """``47 of 52 (90 %)``."""
        return f"{self.found} of {self.of} ({100 * self.found / self.of:.0f} %)" if self.of else "none"


def accuracy(movement: Movement, pictures: MeasuredPictures, found_mm: FloatArray) -> Accuracy | None:
    """Return the accuracy of one movement; None if the drawn people cannot make it.

    Parameters
    ----------
    movement : Movement
        The movement.
    pictures : MeasuredPictures
        The pictures.
    found_mm : (N, U) float array
        Measured strengths.
    """
    columns = [MEASURED_UNITS.index(unit) for unit in movement.units]
    true, found, fitted = (values[:, columns].ravel() for values in (pictures.truth_mm, found_mm, pictures.fitted))
    shown = true > 0
    if not shown.any():
        return None
    errors = found[shown] - true[shown]
    return Accuracy(
        movement=movement,
        pictures=int(shown.sum()),
        r=float(np.corrcoef(true, found)[0, 1]),
        r_fit=float(np.corrcoef(true, fitted)[0, 1]),
        bias_mm=float(errors.mean()),
        rms_mm=float(np.sqrt(np.mean(errors**2))),
    )


def weaker_sides(pictures: MeasuredPictures, found_mm: FloatArray, movements: Sequence[Movement]) -> list[Hits]:
    """Return in how many pictures the weaker side was found, by its strength.

    Parameters
    ----------
    pictures : MeasuredPictures
        The pictures.
    found_mm : (N, U) float array
        Measured strengths.
    movements : sequence of Movement
        The movements to count.
    """
    hits = []
    for remaining in REMAINING:
        right = total = 0
        for row, trial in enumerate(pictures.trials):
            if trial is None or trial.movement not in movements or trial.remaining != remaining:
                continue
            affected, healthy = _columns(trial.movement, trial.affected)
            if pictures.truth_mm[row, healthy] > 0:
                total += 1
                right += bool(found_mm[row, affected] < found_mm[row, healthy])
        hits.append(Hits(f"{100 * remaining:.0f} %", right, total))
    return hits


def _columns(movement: Movement, affected: str) -> tuple[int, int]:
    """Return the columns of the affected and the healthy side."""
    number = SIDES.index(affected)
    return MEASURED_UNITS.index(movement.units[number]), MEASURED_UNITS.index(movement.units[1 - number])


def synkinesis_found(pictures: MeasuredPictures, found_mm: FloatArray, learned: LearnedMovements) -> list[Hits]:
    """Return how often a movement that was not asked for was above its limit.

    The last entry counts movements above their limit that were not made.

    Parameters
    ----------
    pictures : MeasuredPictures
        The pictures.
    found_mm : (N, U) float array
        Measured strengths.
    learned : LearnedMovements
        Has the limits of detection.
    """
    hits = []
    above = found_mm > learned.limit_mm
    for low, high in SYNKINESIS_SHARES:
        found = total = 0
        for row, trial in enumerate(pictures.trials):
            if trial is None or not trial.synkinesis:
                continue
            column = MEASURED_UNITS.index(trial.synkinesis)
            if low <= pictures.truth[row, column] < high:
                total += 1
                found += bool(above[row, column])
        hits.append(Hits(f"{100 * low:.0f} to {100 * high:.0f} % of the full movement", found, total))
    still = (pictures.truth == 0) & np.array([trial is not None for trial in pictures.trials])[:, None]
    return [*hits, Hits("movements that were not made", int((above & still).sum()), int(still.sum()))]


def unchanged_above(pictures: MeasuredPictures, found_mm: FloatArray, learned: LearnedMovements) -> Hits:
    """Return how many differences of unchanged people exceed the SDC.

    Parameters
    ----------
    pictures : MeasuredPictures
        Pictures of two sessions with the same movements.
    found_mm : (N, U) float array
        Measured strengths.
    learned : LearnedMovements
        Has the smallest detectable changes.
    """
    above = total = 0
    for number, unit in enumerate(learned.units):
        if learned.picture_sd_mm[number] == 0:
            continue
        for first, second in same_movements(pictures, number):
            if len(first) and len(second):
                change = abs(found_mm[first, number].mean() - found_mm[second, number].mean())
                total += 1
                above += bool(change > learned.detectable_mm(unit, (len(first), len(second))))
    return Hits("unchanged", above, total)
