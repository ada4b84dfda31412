"""Figures of merit of indices: errors, smallest movement, false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.courses.calibrating import CLEAR
from analysis.evaluation.courses.measuring import MeasuredFilm, MovementError
from analysis.face.arrays import FloatArray

POWER = 0.8
_TO_SD = 1.4826
_NEWTON_STEPS = 50
_RIDGE = 0.02
"""Keeps the curve finite where every movement of a strength is found and none of another."""


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Errors of one index. Empty sets have none."""

    count: int
    bias: float
    """Median of measured minus true."""
    spread: float
    """Standard deviation, from the median absolute deviation."""
    median: float
    """Median of the absolute errors."""
    worst: float
    """95th percentile of the absolute errors."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of cases, with its 95 % interval."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.of


def summarise(errors: Iterable[float | None]) -> ErrorSummary | None:
    """Return the figures of some errors; None without any.

    Parameters
    ----------
    errors : iterable of float or None
        None is left out.
    """
    values = np.array([one for one in errors if one is not None], dtype=np.float64)
    if not len(values):
        return None
    bias = float(np.median(values))
    return ErrorSummary(
        len(values),
        bias,
        _TO_SD * float(np.median(np.abs(values - bias))),
        float(np.median(np.abs(values))),
        float(np.percentile(np.abs(values), 95)),
    )


def share(hits: Sequence[bool]) -> Share | None:
    """Return a share with its interval by Wilson's formula; None without cases [1]_.

    Parameters
    ----------
    hits : sequence of bool
        The cases.

    References
    ----------
    .. [1] Wilson, Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22 (1927).
    """
    count = len(hits)
    if not count:
        return None
    part, z2 = sum(hits) / count, 1.959964**2
    middle = (part + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * part * (1 - part) / count + z2 * z2 / (4 * count * count)) / (1 + z2 / count)
    return Share(sum(hits), count, float(middle - half), float(middle + half))


def smallest_detected(strengths: FloatArray, is_found: FloatArray, power: float = POWER) -> float | None:
    """Return the strength at which a share of movements is found.

    The share rises with the logarithm of the strength along a logistic curve, fitted by maximum likelihood.

    Parameters
    ----------
    strengths : (N,) float array
        True strengths.
    is_found : (N,) float array
        1 for a movement that was found, 0 for one that was not.
    power : float
        The share.

    Returns
    -------
    float or None
        None if the curve does not rise. Below the smallest strength, where nearly all are found, that strength.
    """
    if len(strengths) < 3:
        return None
    if is_found.all():
        return float(strengths.min())
    design = np.stack([np.ones(len(strengths)), np.log(strengths)], axis=1)
    weights = np.zeros(2)
    for _ in range(_NEWTON_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30.0, 30.0)))
        hessian = design.T @ (design * (chance * (1.0 - chance))[:, None]) + _RIDGE * np.eye(2)
        weights = weights + np.linalg.solve(hessian, design.T @ (is_found - chance) - _RIDGE * weights)
    if weights[1] <= 0:
        return None
    return max(float(strengths.min()), float(np.exp((np.log(power / (1.0 - power)) - weights[0]) / weights[1])))


def clear(errors: Iterable[MovementError]) -> list[MovementError]:
    """Return the movements of at least `CLEAR`."""
    return [one for one in errors if one.strength >= CLEAR]


def false_alarms(films: Iterable[MeasuredFilm], measure: str) -> Share | None:
    """Return the share of films in which nothing moves but a movement is found.

    Parameters
    ----------
    films : iterable of MeasuredFilm
        All films; those with a movement are left out.
    measure : str
        The measure.
    """
    return share([one.indices[measure].onset_s is not None for one in films if not one.film.movements])


def crosstalk(films: Iterable[MeasuredFilm], measure: str) -> Share | None:
    """Return the share of films with an onset though only other units move.

    Parameters
    ----------
    films : iterable of MeasuredFilm
        All films.
    measure : str
        The measure.
    """
    moving = [one for one in films if one.film.movements and one.movement(measure) is None]
    return share([one.indices[measure].onset_s is not None for one in moving])
