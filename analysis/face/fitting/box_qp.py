"""Ridge least squares inside a box: the small quadratic problem at the heart of every expression fit."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dposv

from analysis.face.arrays import BoolArray, FloatArray

_MOST_CHANGES = 40


def minimise_in_box(
    hessian: FloatArray,
    linear: FloatArray,
    *,
    lower: float = 0.0,
    upper: float = 1.0,
    start: FloatArray | None = None,
) -> FloatArray:
    """Minimise ``x @ hessian @ x / 2 - linear @ x`` with every ``lower <= x_i <= upper``.

    A primal-dual active-set method (Hintermüller, Ito & Kunisch 2002, Alg. 2.1): guess which bounds hold, solve for
    the rest, correct the guess by the signs of the solution and of the gradient; the answer satisfies the optimality
    conditions exactly. Where the guesses go round in a circle (strongly correlated shapes), the last one is finished
    by coordinate descent, which always converges.

    Parameters
    ----------
    hessian : (E, E) float array
        Symmetric positive definite.
    linear : (E,) float array
    start : (E,) float array, optional
        A guess; only which of its elements are at a bound matters. Without one, all are at the lower bound.
    """
    x = np.full(len(linear), lower) if start is None else start
    at_lower, at_upper = x <= lower, x >= upper
    if start is None:
        at_lower = at_lower & (hessian.sum(axis=1) * lower >= linear)
    for _ in range(_MOST_CHANGES):
        x = _solve_free(hessian, linear, at_lower, at_upper, lower, upper)
        gradient = hessian @ x - linear
        # A variable at a bound stays there while the objective would fall beyond the bound.
        next_lower = np.where(at_lower, gradient > 0, x < lower)
        next_upper = np.where(at_upper, gradient < 0, x > upper)
        if (next_lower == at_lower).all() and (next_upper == at_upper).all():
            return x
        at_lower, at_upper = next_lower, next_upper
    return _descend(hessian, linear, np.clip(x, lower, upper), lower, upper)


def _solve_free(
    hessian: FloatArray, linear: FloatArray, at_lower: BoolArray, at_upper: BoolArray, lower: float, upper: float
) -> FloatArray:
    x = at_lower * lower + at_upper * upper
    free = np.flatnonzero(~(at_lower | at_upper))
    if len(free):
        rows = hessian[free]
        _, solved, failed = dposv(rows[:, free], linear[free] - rows @ x)
        if failed:
            raise np.linalg.LinAlgError("the bounded problem is not positive definite")
        x[free] = solved
    return x


def _descend(hessian: FloatArray, linear: FloatArray, x: FloatArray, lower: float, upper: float) -> FloatArray:
    diagonal = hessian.diagonal()
    tolerance = 1e-10 * (upper - lower)
    for _ in range(10_000):
        moved = 0.0
        for i in range(len(x)):
            better = min(max(x[i] + (linear[i] - hessian[i] @ x) / diagonal[i], lower), upper)
            moved = max(moved, abs(better - x[i]))
            x[i] = better
        if moved < tolerance:
            break
    return x
