"""Learn limits of movements from drawn people who are not judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from analysis.courses.detection import LEARNED, Limits
from analysis.courses.indices import SUSTAINED_S, running_median
from analysis.evaluation.courses.conditions import ACTIONS, BASELINE_S, DURATION_S
from analysis.evaluation.courses.measuring import MeasuredFilm
from analysis.face.arrays import FloatArray

LEAST = 0.05
"""No least rise is below this."""
STILL_QUANTILE, CROSSTALK_QUANTILE = 0.975, 0.95
"""Shares of films of the people at rest, and of films in which only others move, that stay below the limit."""
_SMALLEST_SHARE = 0.03
CLEAR = 0.3
"""Strength from which on a movement is clear."""
_AGREEMENT = 1.15


def learn_limits(films: Sequence[MeasuredFilm]) -> dict[str, Limits]:
    """Return the limits of each unit.

    The least rise is a quantile of the largest sustained rises of people who do not move. The crosstalk is a
    quantile regression, without an intercept and with shares of at least 0, of what exceeds the least rise on the
    largest rises of the other units [1]_.

    Parameters
    ----------
    films : sequence of MeasuredFilm
        Usual films.

    References
    ----------
    .. [1] Koenker & Bassett, Regression quantiles, Econometrica 46 (1978), 33-50.
    """
    still = [one for one in films if not one.film.movements]
    return {unit: _learn(unit, films, still) for unit in ACTIONS}


def _learn(unit: str, films: Sequence[MeasuredFilm], still: Sequence[MeasuredFilm]) -> Limits:
    least = max(LEAST, float(np.quantile([sustained_rise(one, unit) for one in still], STILL_QUANTILE)))
    without = [one for one in films if one.movement(unit) is None]
    others = [name for name in ACTIONS if name != unit]
    rises = np.array([[sustained_rise(one, name) for name in others] for one in without])
    excess = np.maximum(np.array([sustained_rise(one, unit) for one in without]) - least, 0.0)
    shares = quantile_shares(rises, excess, CROSSTALK_QUANTILE)
    kept = {name: round(share, 3) for name, share in zip(others, shares.tolist(), strict=True)}
    used = {name: share for name, share in kept.items() if share >= _SMALLEST_SHARE}
    return Limits(round(least, 3), used, learned_gain(unit, films))


def learned_gain(unit: str, films: Sequence[MeasuredFilm]) -> float | None:
    """Return the share of the true peak that is measured.

    None if the medians of the face models of the people differ by more than a factor of 1.15, or there is only one face
    model: then no factor is right for people in general.

    Parameters
    ----------
    unit : str
        The unit.
    films : sequence of MeasuredFilm
        Usual films. The face model is the begin of the name of a person, up to the first ``-``.
    """
    shares: dict[str, list[float]] = {}
    for film in films:
        movement, indices = film.movement(unit), film.indices.get(unit)
        if movement is not None and movement.strength >= CLEAR and indices is not None and indices.peak is not None:
            shares.setdefault(film.person.split("-")[0], []).append(indices.peak / movement.strength)
    medians = [float(np.median(one)) for one in shares.values()]
    if len(medians) < 2 or max(medians) > _AGREEMENT * min(medians):
        return None
    return round(float(np.mean(medians)), 3)


def sustained_rise(film: MeasuredFilm, unit: str) -> float:
    """Return the largest rise that lasts as long as a movement must.

    Parameters
    ----------
    film : MeasuredFilm
        The film.
    unit : str
        The measure.
    """
    time_s, values = film.time_s, film.courses[unit]
    rest = np.median(values[(time_s >= -BASELINE_S) & (time_s < 0.0)])
    during = (time_s >= 0.0) & (time_s <= DURATION_S)
    smooth, times = running_median(values[during] - rest, 3), time_s[during]
    lows = [
        smooth[(times >= begin) & (times <= begin + SUSTAINED_S)].min()
        for begin in times[times <= times[-1] - SUSTAINED_S]
    ]
    return max(float(max(lows)), 0.0)


def quantile_shares(rises: FloatArray, excess: FloatArray, quantile: float) -> FloatArray:
    """Return shares for which a quantile of the unexplained excess is 0.

    Parameters
    ----------
    rises : (N, U) float array
        What may cause an excess.
    excess : (N,) float array
        What is explained.
    quantile : float
        Between 0 and 1.
    """
    count, units = rises.shape
    costs = np.concatenate([np.full(units, 1e-6), np.full(count, quantile), np.full(count, 1.0 - quantile)])
    found = linprog(costs, A_eq=np.hstack([rises, np.eye(count), -np.eye(count)]), b_eq=excess, bounds=(0, None))
    return np.asarray(found.x, dtype=np.float64)[:units]


def write_limits(limits: dict[str, Limits], origin: str, path: Path = LEARNED) -> None:
    """Write the file that the program reads.

    Parameters
    ----------
    limits : dict of str to Limits
        By unit.
    origin : str
        How they were learned.
    path : Path
        The file.
    """
    units = {
        name: {"least_rise": one.least_rise, "crosstalk": dict(one.crosstalk), "gain": one.gain}
        for name, one in sorted(limits.items())
    }
    path.write_text(json.dumps({"origin": origin, "units": units}, indent=2) + "\n", encoding="utf-8")
