"""Solve a quadratic problem with bounds: the last step of every expression fit."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dposv

from analysis.face.arrays import BoolArray, FloatArray, IntArray

_MOST_CHANGES = 40
_STILL = 1e-10
"""Descent ends when no variable moves by as much."""


def minimise_in_box(
    hessian: FloatArray, linear: FloatArray, *, first: int = 0, start: FloatArray | None = None
) -> FloatArray:
    """Minimise a quadratic function of variables between 0 and 1.

    The function is ``x @ hessian @ x / 2 - linear @ x``.

    A primal-dual active-set method [1]_: guess the active bounds, solve for the free variables, and correct the guess
    by the signs of the solution and of the gradient. The result satisfies the optimality conditions exactly. If the
    guesses repeat (strongly correlated shapes), coordinate descent finishes the last one; it always converges.

    Parameters
    ----------
    hessian : (E, E) float array
        Symmetric positive definite.
    linear : (E,) float array
        Linear term.
    first : int
        The first variable with bounds; those before it have none.
    start : (E - first,) float array, optional
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
    bounded = len(linear) - first
    ones = np.ones(bounded)
    if start is None:
        at_upper = np.zeros(bounded, dtype=np.bool_)
        at_lower = ~at_upper if first else linear <= 0.0
    else:
        at_lower, at_upper = start <= 0.0, start >= ones
    free = np.ones(len(linear), dtype=np.bool_)
    rows, last = hessian[first:], linear[first:]
    for _ in range(_MOST_CHANGES):
        np.equal(at_lower, at_upper, out=free[first:])  # at neither bound
        some_at_upper = b"\x01" in at_upper.tobytes()
        x = _solve_free(hessian, linear, at_upper if some_at_upper else None, free=free.nonzero()[0])
        inner, falling = x[first:], np.signbit(rows.dot(x) - last)
        # A variable at a bound stays there while the objective would fall beyond the bound.
        next_lower = np.signbit(inner) | (at_lower & ~falling)
        next_upper = inner > ones
        if some_at_upper:
            next_upper |= at_upper & falling
        if next_lower.tobytes() == at_lower.tobytes() and next_upper.tobytes() == at_upper.tobytes():
            return x
        at_lower, at_upper = next_lower, next_upper
    if not first:
        return _descend(hessian, linear, np.clip(x, 0.0, 1.0))
    return _descend_last(hessian, linear, x, first=first)


def _solve_free(hessian: FloatArray, linear: FloatArray, at_upper: BoolArray | None, *, free: IntArray) -> FloatArray:
    """Solve for the free variables; the others stay at their bounds."""
    x = np.zeros(len(linear))
    if len(free):
        rows, right = hessian.take(free, axis=0), linear.take(free)
        if at_upper is not None:
            x[len(x) - len(at_upper) :] = at_upper
            right -= rows.dot(x)
        # The matrix is symmetric: its transpose has the order of columns that LAPACK overwrites.
        _, solved, failed = dposv(rows.take(free, axis=1).T, right, overwrite_a=1, overwrite_b=1)
        if failed:
            raise np.linalg.LinAlgError("the bounded problem is not positive definite")
        x[free] = solved
    elif at_upper is not None:
        x[:] = at_upper
    return x


def _descend_last(hessian: FloatArray, linear: FloatArray, x: FloatArray, *, first: int) -> FloatArray:
    """Improve the variables with bounds by descent.

    Those before ``first`` follow them exactly.
    """
    cross = hessian[:first, first:]
    _, follow, failed = dposv(hessian[:first, :first], np.column_stack((cross, linear[:first])))
    if failed:
        raise np.linalg.LinAlgError("the problem without bounds is not positive definite")
    reduced = hessian[first:, first:] - cross.T @ follow[:, :-1]
    last = _descend(reduced, linear[first:] - cross.T @ follow[:, -1], np.clip(x[first:], 0.0, 1.0))
    return np.concatenate((follow[:, -1] - follow[:, :-1] @ last, last))


def _descend(hessian: FloatArray, linear: FloatArray, x: FloatArray) -> FloatArray:
    """Improve one variable after another until none changes."""
    diagonal = hessian.diagonal()
    for _ in range(10_000):
        moved = 0.0
        for i in range(len(x)):
            better = min(max(x[i] + (linear[i] - hessian[i] @ x) / diagonal[i], 0.0), 1.0)
            moved = max(moved, abs(better - x[i]))
            x[i] = better
        if moved < _STILL:
            break
    return x
