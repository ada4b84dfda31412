"""Validity of units: correlation, bias and smallest detectable change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.units.unit_people import MeasuredUnits
from analysis.face.arrays import FloatArray, IntArray
from analysis.face.models.units import UNITS
from analysis.inference.intervals import jackknife

DETECTABLE = 1.96 * 2**0.5
"""Smallest detectable change in standard errors of measurement."""


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """How well one unit is measured."""

    unit: str
    people: int
    pictures: int
    moved: int
    """Pictures with the movement."""
    r: float
    r_low: float
    r_high: float
    """95 % interval over people."""
    slope: float
    """Change of the measured strength with the true one."""
    intercept: float
    """Measured strength where the true one is 0."""
    bias: float
    """Mean of measured minus true strength where the unit moves."""
    error: float
    """Standard deviation of the measured strength around the line, within a person.

    Root of the mean of two variances: of pictures with the unit, and of those with other movements only."""

    @property
    def sem(self) -> float | None:
        """Standard error of true strength; None if the measured one does not follow."""
        return self.error / self.slope if self.slope > 0 else None

    @property
    def sdc(self) -> float | None:
        """Smallest true change that two pictures of a person show; above 1: none."""
        return None if self.sem is None else DETECTABLE * self.sem


def unit_figures(samples: Sequence[MeasuredUnits]) -> Iterator[UnitFigures]:
    """Yield the figures of every unit over the people of all samples.

    Parameters
    ----------
    samples : sequence of MeasuredUnits
        People of one or several face models.
    """
    true = np.concatenate([one.true for one in samples])
    measured = np.concatenate([one.measured for one in samples])
    offsets = np.cumsum([0, *(int(one.people.max()) + 1 for one in samples[:-1])])
    owner = np.concatenate([one.people + offset for one, offset in zip(samples, offsets, strict=True)])
    person = np.unique(owner, return_inverse=True)[1]
    for column, unit in enumerate(UNITS):
        yield _figures(unit, person, true[:, column], measured[:, column])


def _figures(unit: str, person: IntArray, x: FloatArray, y: FloatArray) -> UnitFigures:
    people = int(person.max()) + 1

    def correlation(weights: FloatArray) -> float | None:
        kept = weights[person] > 0
        if x[kept].std() < 1e-9 or y[kept].std() < 1e-9:
            return None
        return float(np.corrcoef(x[kept], y[kept])[0, 1])

    found = jackknife(people, correlation, bounds=(-1.0, 1.0), unit="people")
    moved = x > 0
    slope = float(np.polyfit(x, y, 1)[0])
    rest = y - slope * x
    own = np.bincount(person, rest) / np.bincount(person)
    squared = (rest - own[person]) ** 2 * len(x) / (len(x) - people - 1)
    error = float(np.sqrt((squared[moved].mean() + squared[~moved].mean()) / 2))
    low, high = found.interval or (float("nan"), float("nan"))
    return UnitFigures(
        unit=unit,
        people=people,
        pictures=len(x),
        moved=int(moved.sum()),
        r=float("nan") if found.value is None else found.value,
        r_low=low,
        r_high=high,
        slope=slope,
        intercept=float(rest.mean()),
        bias=float((y - x)[moved].mean()),
        error=error,
    )
