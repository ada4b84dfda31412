"""Learn the interval and the likelihood ratio of the scores of one metric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri, stdtrit

from analysis.evaluation.uncertainty.repeated_people import GOOD
from analysis.evaluation.uncertainty.repeated_scores import RepeatedScores
from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.uncertainty import FEATURES, LearnedUncertainty

_RIDGES = (0.001, 0.01, 0.1)
"""Weights of the squared coefficients of standardised features, per score; the best for left-out groups is used."""
_LEAST_SPREAD = 1e-4
_OF_SCORE = np.isin(FEATURES, ("score", "score_squared"))
LEVELS = (0.025, 0.975)
_USUAL = (0.005, 0.995)
"""Quantiles of the usual values of a feature."""


@dataclass(frozen=True, slots=True, eq=False)
class _Errors:
    """Coefficients of `FEATURES` for centre and logarithm of the spread."""

    centre: FloatArray
    log_spread: FloatArray

    def standardised(self, features: FloatArray, error: FloatArray) -> FloatArray:
        return np.asarray((error - features @ self.centre) / np.exp(features @ self.log_spread))


def weights_of(data: RepeatedScores) -> FloatArray:
    """Return (N,) weights that balance kinds of scores; their mean is 1.

    Matching and other scores count the same, and good sessions as much as all the others together.
    """
    weights = np.ones(len(data.matching))
    good = np.array([one == GOOD for one in data.condition])
    for kind in (data.matching, ~data.matching):
        for quality in (good, ~good):
            rows = kind & quality
            if rows.any():
                weights[rows] = 1.0 / rows.sum()
    return np.asarray(weights / weights.mean())


def learn_uncertainty(
    data: RepeatedScores, crossed: RepeatedScores, name: str, *, without: tuple[int, ...] = ()
) -> LearnedUncertainty:
    """Learn all numbers of one metric.

    Parameters
    ----------
    data : RepeatedScores
        Scores with their truths, of people who show the same movements.
    crossed : RepeatedScores
        Scores of people who show the same emotions in their own ways.
    name : str
        The metric.
    without : tuple of int
        Features to leave out, to show what they contribute.
    """
    features, others = data.features(name), crossed.features(name)
    for column in without:
        features[:, column] = others[:, column] = 0.0
    error = data.truths[name] - data.scores[name]
    weights = weights_of(data)
    left_out = [_left_out(features, error, weights, data.group, ridge=ridge) for ridge in _RIDGES]
    ridge, best = max(zip(_RIDGES, left_out, strict=True), key=lambda one: one[1].likelihood)
    people = len(np.unique(data.mimic))
    wider = _one_more_person(people)
    lowest, highest = (wider * end for end in _weighted_quantiles(best.standardised, weights))
    found = _fit_errors(features, error, weights, ridge=ridge)
    quality = np.where(_OF_SCORE, 0.0, found.log_spread)
    ranges = np.quantile(features, _USUAL, axis=0)
    ends = np.sort(quality * ranges, axis=0).sum(axis=1)
    evidence = _fit_evidence(
        np.concatenate([data.scores[name], crossed.scores[name]]),
        np.clip(np.concatenate([features, others]), *ranges) @ quality,
        np.concatenate([data.matching, crossed.matching]),
        # Both kinds of people count the same.
        np.concatenate([weights, weights_of(crossed) * len(weights) / len(others)]),
        (float(ends[0]), float(ends[1])),
    )
    one, of_score, of_quality, product = evidence.tolist()
    return LearnedUncertainty(
        metric(name).formula,
        tuple(found.centre.tolist()),
        tuple(found.log_spread.tolist()),
        (lowest, highest),
        (one, of_score, of_quality, product),
        tuple((float(low), float(high)) for low, high in ranges.T),
        float(people),
        tuple(quality.tolist()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _LeftOut:
    """Errors of people who were not used to fit their centre and spread."""

    standardised: FloatArray
    likelihood: float
    """Mean logarithm of the normal density, without its constant."""


def _left_out(
    features: FloatArray, error: FloatArray, weights: FloatArray, group: IntArray, *, ridge: float
) -> _LeftOut:
    """Fit without each group in turn, and standardise the errors of that group."""
    standardised, density = np.zeros(len(error)), np.zeros(len(error))
    for one in np.unique(group):
        held = group == one
        found = _fit_errors(features[~held], error[~held], weights[~held], ridge=ridge)
        standardised[held] = found.standardised(features[held], error[held])
        density[held] = -0.5 * standardised[held] ** 2 - features[held] @ found.log_spread
    return _LeftOut(standardised, float(np.average(density, weights=weights)))


def _fit_errors(features: FloatArray, error: FloatArray, weights: FloatArray, *, ridge: float) -> _Errors:
    """Fit centre and spread by maximum likelihood of normal errors.

    Weighted least squares for the centre and a gamma regression with logarithmic link for the squared rest, in turns.
    """
    scale = features.std(axis=0)
    mean = np.where(scale > 0, features.mean(axis=0), 0.0)
    used = scale > 0
    standard = np.where(used, (features - mean) / np.where(used, scale, 1.0), 0.0)
    standard[:, 0] = 1.0
    penalty = ridge * len(error) * np.eye(features.shape[1])
    penalty[0, 0] = 1e-6
    log_spread = np.zeros(features.shape[1])
    log_spread[0] = np.log(max(float(error.std()), _LEAST_SPREAD))
    for _ in range(3):
        spread = np.exp(standard @ log_spread)
        precise = weights / spread**2
        gram = standard.T @ (standard * precise[:, None])
        centre = np.linalg.solve(gram + penalty * precise.mean(), standard.T @ (precise * error))
        rest = np.maximum((error - standard @ centre) ** 2, _LEAST_SPREAD**2)

        def loss(given: FloatArray, rest: FloatArray = rest) -> tuple[float, FloatArray]:
            logs = standard @ given
            ratio = rest * np.exp(-2.0 * logs)
            value = float((weights * (logs + ratio / 2.0)).sum() + 0.5 * given @ penalty @ given)
            return value, standard.T @ (weights * (1.0 - ratio)) + penalty @ given

        log_spread = minimize(loss, log_spread, jac=True, method="L-BFGS-B").x
    return _Errors(_plain(centre, mean, scale), _plain(log_spread, mean, scale))


def _plain(coefficients: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    """Return coefficients of the features instead of the standardised ones."""
    plain = np.where(scale > 0, coefficients / np.where(scale > 0, scale, 1.0), 0.0)
    plain[0] = coefficients[0] - float((plain[1:] * mean[1:]).sum())
    return np.asarray(plain)


def _one_more_person(people: int) -> float:
    """Return how much wider an interval for one more person is.

    As in a prediction interval: Student's t instead of the normal quantile, and the error of the mean.
    """
    return float(stdtrit(people - 1, LEVELS[1]) / ndtri(LEVELS[1]) * np.sqrt(1.0 + 1.0 / people))


def _weighted_quantiles(values: FloatArray, weights: FloatArray) -> tuple[float, float]:
    order = np.argsort(values)
    below = (np.cumsum(weights[order]) - weights[order] / 2.0) / weights.sum()
    low, high = np.interp(LEVELS, below, values[order]).tolist()
    return low, high


def _fit_evidence(
    score: FloatArray, quality: FloatArray, matching: BoolArray, weights: FloatArray, ends: tuple[float, float]
) -> FloatArray:
    """Return coefficients of the log likelihood ratio: 1, score, quality, both.

    The ratio does not fall with the score: the slopes at both ends of the quality are not negative.
    """
    lowest, highest = ends
    share = (quality - lowest) / max(highest - lowest, 1e-9)  # 0 and 1 at the ends
    features = np.column_stack([np.ones(len(score)), share, score * (1.0 - share), score * share])
    scale = np.maximum(np.abs(features).max(axis=0), 1e-9)
    standard = features / scale
    sign = np.where(matching, 1.0, -1.0)

    def loss(given: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (standard @ given)
        value = float((weights * np.logaddexp(0.0, -margin)).sum()) + 0.05 * float(given @ given)
        pull = weights * sign / (1.0 + np.exp(np.clip(margin, -60.0, 60.0)))
        return value, -standard.T @ pull + 0.1 * given

    limits = [(None, None), (None, None), (0.0, None), (0.0, None)]
    found = minimize(loss, np.zeros(4), jac=True, method="L-BFGS-B", bounds=limits).x / scale
    one, of_share, slope_low, slope_high = found.tolist()
    by_quality = 1.0 / max(highest - lowest, 1e-9)
    rise = (slope_high - slope_low) * by_quality
    return np.array([one - of_share * lowest * by_quality, slope_low - rise * lowest, of_share * by_quality, rise])
