"""Linear mixed models with crossed random effects, by REML.

statsmodels fits the same model (``MixedLM`` with variance components), but with dense matrices of all trials. The tests
compare the estimates here with those of statsmodels and of lme4 in R. This is the algorithm of lme4 [1]_: all effects
are profiled out, and only the relative standard deviations of the random effects are searched.

References
----------
.. [1] Bates, Mächler, Bolker & Walker, Journal of Statistical Software 67 (2015), 1, equations 4 to 42.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import splu

from analysis.face.arrays import FloatArray, IntArray

SINGULAR = 1e-4
"""A relative standard deviation below this is 0."""


@dataclass(frozen=True, slots=True, eq=False)
class RandomEffect:
    """A random effect: one number per level, times a value of each trial."""

    name: str
    level: IntArray
    """(N,) number of the level of each trial, from 0."""
    values: FloatArray
    """(N,) 1 for an intercept, else the predictor of a random slope."""

    @property
    def levels(self) -> int:
        """Number of levels."""
        return int(self.level.max()) + 1

    @staticmethod
    def of(name: str, labels: pd.Series[Any], values: FloatArray | None = None) -> RandomEffect:
        """Return the random effect of labels.

        Parameters
        ----------
        name : str
            Its name.
        labels : Series
            The level of each trial.
        values : (N,) float array, optional
            Predictor of a random slope; without it an intercept.
        """
        level = np.asarray(pd.factorize(labels)[0], np.int64)
        return RandomEffect(name, level, np.ones(len(level)) if values is None else values)


@dataclass(frozen=True, slots=True, eq=False)
class MixedFit:
    """Estimates of a mixed model."""

    coefficients: FloatArray
    """(P,) fixed effects."""
    covariance: FloatArray
    """(P, P) covariance of the fixed effects."""
    deviations: FloatArray
    """(K,) standard deviation of each random effect."""
    residual: float
    """Standard deviation of the residuals; 1 in a logistic model."""
    converged: bool

    @property
    def errors(self) -> FloatArray:
        """(P,) standard errors of the fixed effects."""
        return np.sqrt(np.diag(self.covariance))


def stacked(effects: Sequence[RandomEffect]) -> tuple[Any, IntArray]:
    """Return the (N, Q) sparse design of all random effects, and each column's effect.

    Parameters
    ----------
    effects : sequence of RandomEffect
        At least one.
    """
    starts = np.cumsum([0, *(one.levels for one in effects)])
    rows = np.arange(len(effects[0].level))
    columns = [one.level + start for one, start in zip(effects, starts[:-1], strict=True)]
    design = sparse.csc_matrix(
        (np.concatenate([one.values for one in effects]), (np.tile(rows, len(effects)), np.concatenate(columns))),
        shape=(len(rows), int(starts[-1])),
    )
    return design, np.repeat(np.arange(len(effects)), [one.levels for one in effects])


def factorized(matrix: Any) -> tuple[Any, float]:
    """Return a solver of a sparse positive definite matrix, and its log determinant."""
    solver = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return solver, float(np.log(np.abs(solver.U.diagonal())).sum())


def fit_linear(outcome: FloatArray, fixed: FloatArray, effects: Sequence[RandomEffect]) -> MixedFit:
    """Fit a linear mixed model by restricted maximum likelihood.

    Parameters
    ----------
    outcome : (N,) float array
        The scores.
    fixed : (N, P) float array
        Design of the fixed effects, of full rank.
    effects : sequence of RandomEffect
        Independent of each other.

    Returns
    -------
    MixedFit
        The estimates.
    """
    design, owner = stacked(effects)
    n, p = fixed.shape
    crossed, with_fixed, with_outcome = (design.T @ design).tocsc(), design.T @ fixed, design.T @ outcome
    identity = sparse.identity(design.shape[1], format="csc")

    def solved(theta: FloatArray) -> tuple[FloatArray, FloatArray, float, float]:
        """Return coefficients, X'V^-1 X, r^2 and log determinant (equations 20 to 23, 41)."""
        scale = sparse.diags(theta[owner])
        solver, log_det = factorized(scale @ crossed @ scale + identity)
        of_fixed, of_outcome = scale @ with_fixed, scale @ with_outcome
        inner = fixed.T @ fixed - of_fixed.T @ solver.solve(of_fixed)
        right = fixed.T @ outcome - of_fixed.T @ solver.solve(of_outcome)
        coefficients = np.linalg.solve(inner, right)
        squares = outcome @ outcome - of_outcome @ solver.solve(of_outcome) - right @ coefficients
        return coefficients, inner, float(squares), log_det

    def deviance(theta: FloatArray) -> float:
        _, inner, squares, log_det = solved(theta)
        return float(log_det + np.linalg.slogdet(inner)[1] + (n - p) * np.log(max(squares, 1e-300)))

    found, converged = minimum(deviance, len(effects))
    coefficients, inner, squares, _ = solved(found)
    residual = float(np.sqrt(squares / (n - p)))
    covariance = np.asarray(residual**2 * np.linalg.inv(inner), np.float64)
    return MixedFit(coefficients, covariance, residual * found, residual, converged)


def minimum(deviance: Any, count: int) -> tuple[FloatArray, bool]:
    """Return the relative standard deviations with the smallest deviance.

    Parameters
    ----------
    deviance : callable
        The deviance for (K,) values of at least 0.
    count : int
        K.
    """
    from scipy.optimize import minimize  # it takes a fifth of a second to load

    best: Any = None
    for start in (0.7, 0.1):
        found = minimize(
            deviance, np.full(count, start), method="L-BFGS-B", bounds=[(0.0, None)] * count, options={"ftol": 1e-12}
        )
        if best is None or found.fun < best.fun - 1e-9:
            best = found
        if best.success:
            break
    values, converged = np.asarray(best.x, np.float64), bool(best.success)
    if not converged:  # the line search ended at the limit of numerical gradients

        def of_any_sign(theta: FloatArray) -> float:
            return float(deviance(np.abs(theta)))

        found = minimize(of_any_sign, values, method="Nelder-Mead", tol=1e-6)
        values, converged = np.asarray(np.abs(found.x), np.float64), bool(found.success)
    return np.where(values < SINGULAR, 0.0, values), converged
