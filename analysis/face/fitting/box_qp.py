"""Solve a quadratic problem with bounds: the last step of every expression fit."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dposv

from analysis.face.arrays import FloatArray, IntArray

_MOST_CHANGES = 40


def minimise_in_box(
    hessian: FloatArray,
    linear: FloatArray,
    *,
    lower: float = 0.0,
    upper: float = 1.0,
    start: FloatArray | None = None,
) -> FloatArray:
    """Minimise a quadratic function inside a box.

    The function is ``x @ hessian @ x / 2 - linear @ x``, with every ``lower <= x_i <= upper``.

    A primal-dual active-set method [1]_: guess the active bounds, solve for the free variables, and correct the guess
    by the signs of the solution and of the gradient. The result satisfies the optimality conditions exactly. If the
    guesses repeat (strongly correlated shapes), coordinate descent finishes the last one; it always converges.

    Parameters
    ----------
    hessian : (E, E) float array
        Symmetric positive definite.
    linear : (E,) float array
        Linear term.
    lower, upper : float
        Bounds of every variable.
    start : (E,) float array, optional
        A guess; only its elements at a bound matter. Without one, all are at the lower bound.

    Returns
    -------
    (E,) float array

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``hessian`` is not positive definite.

    References
    ----------
    .. [1] Hintermüller, Ito & Kunisch, The primal-dual active set strategy as a semismooth Newton method, SIAM Journal
       on Optimization 13 (2002), 865-888, Alg. 2.1.
    """
    x = np.full(len(linear), lower) if start is None else start
    at_lower, at_upper = x <= lower, x >= upper
    if start is None:
        at_lower = at_lower & (hessian.sum(axis=1) * lower >= linear)
    for _ in range(_MOST_CHANGES):
        bounds = at_lower * lower + at_upper * upper
        x = _solve_free(hessian, linear, bounds, free=np.flatnonzero(~(at_lower | at_upper)))
        gradient = hessian @ x - linear
        # A variable at a bound stays there while the objective would fall beyond the bound.
        next_lower = np.where(at_lower, gradient > 0, x < lower)
        next_upper = np.where(at_upper, gradient < 0, x > upper)
        if (next_lower == at_lower).all() and (next_upper == at_upper).all():
            return x
        at_lower, at_upper = next_lower, next_upper
    return _descend(hessian, linear, np.clip(x, lower, upper), lower=lower, upper=upper)


def _solve_free(hessian: FloatArray, linear: FloatArray, bounds: FloatArray, *, free: IntArray) -> FloatArray:
    """Solve for the free variables; the others stay at their bounds."""
    x = bounds
    if len(free):
        rows = hessian[free]
        _, solved, failed = dposv(rows[:, free], linear[free] - rows @ x)
        if failed:
            raise np.linalg.LinAlgError("the bounded problem is not positive definite")
        x[free] = solved
    return x


def _descend(hessian: FloatArray, linear: FloatArray, x: FloatArray, *, lower: float, upper: float) -> FloatArray:
    """Improve one variable after another until none changes."""
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
