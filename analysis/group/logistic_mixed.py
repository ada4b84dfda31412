"""Logistic mixed models with crossed random effects, by the Laplace approximation.

statsmodels has such models only as Bayesian ones (``BinomialBayesMixedGLM``): with its variational estimate the
standard errors are too small, and no other program gives the same numbers. Here is the approximate maximum likelihood
of lme4's ``glmer`` [1]_; a test compares the two.

References
----------
.. [1] Bates, Computational methods for mixed models, vignette of the R package lme4, sections 3 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from analysis.face.arrays import FloatArray
from analysis.group.variance_components import SINGULAR, MixedFit, RandomEffect, factorized, stacked

_STEPS, _SMALL = 60, 1e-10


class _Likelihood:
    """The Laplace approximation for given fixed effects and deviations."""

    def __init__(self, outcome: FloatArray, fixed: FloatArray, effects: Sequence[RandomEffect]) -> None:
        self.outcome, self.fixed = outcome, fixed
        self.design, self.owner = stacked(effects)
        self.identity = sparse.identity(self.design.shape[1], format="csc")
        self.modes = np.zeros(self.design.shape[1])

    def at(self, coefficients: FloatArray, theta: FloatArray) -> tuple[float, Any, FloatArray, Any]:
        """Return deviance, solver, weights and scaled design at the mode."""
        scaled = (self.design @ sparse.diags(theta[self.owner])).tocsc()
        offset = self.fixed @ coefficients
        modes = self.modes.copy()
        penalized = self._penalized(offset + scaled @ modes, modes)
        for _ in range(_STEPS):
            share = _share(offset + scaled @ modes)
            weights = share * (1 - share)
            solver, log_det = factorized(scaled.T @ sparse.diags(weights) @ scaled + self.identity)
            step = solver.solve(scaled.T @ (self.outcome - share) - modes)
            length = 1.0
            while length > _SMALL:
                tried = self._penalized(offset + scaled @ (modes + length * step), modes + length * step)
                if tried <= penalized + _SMALL:
                    break
                length /= 2
            modes = modes + length * step
            change, penalized = penalized - tried, tried
            if abs(change) < 1e-11:
                break
        self.modes = modes
        share = _share(offset + scaled @ modes)
        weights = share * (1 - share)
        solver, log_det = factorized(scaled.T @ sparse.diags(weights) @ scaled + self.identity)
        return penalized + log_det, solver, weights, scaled

    def _penalized(self, linear: FloatArray, modes: FloatArray) -> float:
        return float(-2 * (self.outcome * linear - np.logaddexp(0, linear)).sum() + modes @ modes)


def fit_logistic(outcome: FloatArray, fixed: FloatArray, effects: Sequence[RandomEffect]) -> MixedFit:
    """Fit a logistic mixed model.

    Parameters
    ----------
    outcome : (N,) float array
        1 for a hit, 0 for none; 1/k for a tie of k targets.
    fixed : (N, P) float array
        Design of the fixed effects, of full rank.
    effects : sequence of RandomEffect
        Independent of each other.

    Returns
    -------
    MixedFit
        Coefficients are log odds; the covariance is that of the fixed effects with the deviations as estimated.
    """
    from scipy.optimize import minimize  # it takes a fifth of a second to load

    likelihood = _Likelihood(outcome, fixed, effects)
    p = fixed.shape[1]

    def deviance(values: FloatArray) -> float:
        return likelihood.at(values[:p], values[p:])[0]

    start = np.concatenate([_start(outcome, fixed), np.full(len(effects), 0.5)])
    bounds = [(None, None)] * p + [(0.0, None)] * len(effects)
    found = minimize(deviance, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-11, "maxiter": 300})
    values = found.x.copy()
    values[p:] = np.where(values[p:] < SINGULAR, 0.0, values[p:])
    _, solver, weights, scaled = likelihood.at(values[:p], values[p:])
    weighted = sparse.diags(weights) @ scaled
    between = weighted.T @ fixed
    information = fixed.T @ (weights[:, None] * fixed) - between.T @ solver.solve(between)
    return MixedFit(values[:p], np.linalg.inv(information), values[p:], 1.0, bool(found.success))


def _share(linear: FloatArray) -> FloatArray:
    return 1 / (1 + np.exp(-np.clip(linear, -35, 35)))


def _start(outcome: FloatArray, fixed: FloatArray) -> FloatArray:
    """Return the coefficients of the model without random effects, by Newton's method."""
    coefficients = np.zeros(fixed.shape[1])
    for _ in range(25):
        share = _share(fixed @ coefficients)
        information = fixed.T @ ((share * (1 - share))[:, None] * fixed) + 1e-9 * np.eye(fixed.shape[1])
        coefficients = coefficients + np.linalg.solve(information, fixed.T @ (outcome - share))
    return coefficients
