"""The interval and the likelihood ratio of a single score.

**Interval.** The truth of a score is the mean of the scores that other good pictures of the same faces with the same
expressions would get: other camera noise, other light, a head moved by a few degrees, other neutral pictures. The 95 %
interval contains it for 95 % of drawn people. It is ``score + centre + spread [q_low, q_high]``, where ``centre`` and
``log spread`` are linear in known properties of the score and of both pictures (`FEATURES`), one of which is the
scatter of the landmarks over retakes with jittered face boxes. The quantiles make the interval hold for people who were
not used to fit the coefficients [1]_.

**Likelihood ratio.** How much more probable the score is if the face imitates this target than if it imitates another
one: a logistic regression on score and quality of the pictures with equal weight of both hypotheses [2]_. `python -m
analysis.evaluation.uncertainty` learns all numbers from drawn people, see `docs/results/uncertainty.md`.

References
----------
.. [1] Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, Distribution-free predictive inference for regression, Journal of
   the American Statistical Association 113 (2018), 1094-1111, section 5.2.
.. [2] Morrison, Tutorial on logistic-regression calibration and fusion, Australian Journal of Forensic Sciences 45
   (2013), 173-197.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import fmean, variance
from typing import Any

from analysis.face.errors import AnalysisError
from analysis.face.fitting.learned_arrays import FOLDER
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.parts import strength_mm
from analysis.rounding import decimals_for

FILE = FOLDER / "uncertainty.json"
FEATURES = ("one", "score", "score_squared", "strength", "size", "turn", "scatter", "blur", "blur_squared", "neutrals")
"""Of the score: 1, the score, its square. The others are sums over both faces: logarithm of the strength in mm and of
the eye distance in px, squared rotation from the neutral pictures in units of 15 degrees, logarithm of the scatter of
the landmarks in eye distances, blur (noise makes it small), its square, and one over the number of neutral pictures."""
_SUPPORT = (
    (2.0, "no support"),
    (10.0, "weak support"),
    (100.0, "moderate support"),
    (float("inf"), "moderately strong support"),
)
"""Likelihood ratios below these limits, in words."""
_LEAST_STRENGTH_MM, _TURN_DEG, _FURTHEST_DEG = 0.3, 15.0, 20.0
_LEAST_RETAKES = 3
_LEAST_SCATTER, _USUAL_SCATTER, _USUAL_BLUR = 1e-3, 0.006, 0.4


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How certain one score is."""

    low: float
    """Lower end of the 95 % interval of the mean score of repeated pictures."""
    high: float
    """Upper end."""
    likelihood_ratio: float
    """Probability of the score for an imitation of this target, divided by that for an imitation of another one."""

    limited: bool = False
    """Whether the ratio is the largest or smallest one that the number of people supports."""
    retake_sd: float | None = None
    """Standard deviation of the score from one camera frame to the next; None without neighbouring frames."""

    @property
    def interval_text(self) -> str:
        """``95 % interval 0.78 to 0.93``."""
        return interval_text(self.low, self.high)

    @property
    def ratio_limit(self) -> str:
        """``at least`` or ``at most`` where no ratio beyond is supported; else empty."""
        if not self.limited:
            return ""
        return "at least" if self.likelihood_ratio >= 1.0 else "at most"

    @property
    def ratio_text(self) -> str:
        """What the score says about the imitated target, in words [1]_.

        References
        ----------
        .. [1] ENFSI, Guideline for evaluative reporting in forensic science (2015), section 4: the words.
        """
        own = self.likelihood_ratio >= 1.0
        ratio = self.likelihood_ratio if own else 1.0 / self.likelihood_ratio
        words = next(words for limit, words in _SUPPORT if ratio < limit)
        one, other = ("this target", "another one") if own else ("another target", "this one")
        about = "at least" if self.limited else "about"
        return f"{about} {ratio:.2g} times as probable if {one} is imitated as if {other} is ({words})"


@dataclass(frozen=True, slots=True)
class MeanOfRetakes:
    """The mean score of several pictures of one imitation."""

    mean: float
    sd: float
    """Standard deviation of the scores of the pictures."""
    low: float
    """Lower end of the 95 % interval of the mean score of repeated pictures."""
    high: float
    """Upper end."""


@dataclass(frozen=True, slots=True)
class LearnedUncertainty:
    """The learned numbers of one metric."""

    formula: str
    """Formula of the metric they were learned for."""
    centre: tuple[float, ...]
    """Coefficients of `FEATURES`."""
    log_spread: tuple[float, ...]
    """Coefficients of `FEATURES`."""
    quantiles: tuple[float, float]
    """2.5 % and 97.5 % quantile of the standardised error."""
    evidence: tuple[float, float, float, float]
    """Logarithm of the likelihood ratio: coefficients of 1, score, quality, and score times quality."""
    ranges: tuple[tuple[float, float], ...]
    """Smallest and largest usual value of each feature; values beyond count as these."""
    largest_ratio: float
    """Likelihood ratios are limited to this and its inverse: the number of people does not support more."""
    quality: tuple[float, ...] = ()
    """Coefficients of `FEATURES`: what the pictures contribute to the log spread. The score contributes nothing, so
    that a higher score is never less evidence. Empty: the log spread."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> LearnedUncertainty:
        """Return the numbers of one metric in `FILE`."""
        low, high = map(float, value["quantiles"])
        one, score, spread, product = map(float, value["evidence"])
        return cls(
            str(value["formula"]),
            tuple(map(float, value["centre"])),
            tuple(map(float, value["log_spread"])),
            (low, high),
            (one, score, spread, product),
            tuple((float(smallest), float(largest)) for smallest, largest in value["ranges"]),
            float(value["largest_ratio"]),
            tuple(map(float, value.get("quality", ()))),
        )

    def uncertainty(self, score: float, pair: Sequence[float], *, retake_sd: float | None = None) -> Uncertainty:
        """Return the uncertainty of a score.

        The interval is as wide as the learned spread says. It is wider where neighbouring frames scatter more than
        that: then their scatter replaces the spread. The likelihood ratio does not depend on them.

        Parameters
        ----------
        score : float
            The score.
        pair : sequence of float
            Result of `pair_features`.
        retake_sd : float, optional
            Result of `retake_scatter`.
        """
        features = self._features(score, pair)
        spread = max(math.exp(_sum(self.log_spread, features)), retake_sd or 0.0)
        low, high = self._interval(score, _sum(self.centre, features), spread)
        quality = _sum(self.quality or self.log_spread, features)
        one, of_score, of_quality, product = self.evidence
        evidence = one + of_score * score + of_quality * quality + product * score * quality
        limit = math.log(self.largest_ratio)
        limited = abs(evidence) >= limit
        ratio = self.largest_ratio ** math.copysign(1.0, evidence) if limited else math.exp(evidence)
        return Uncertainty(low, high, ratio, limited=limited, retake_sd=retake_sd)

    def of_mean(self, scores: Sequence[float], pairs: Sequence[Sequence[float]]) -> MeanOfRetakes:
        """Return the uncertainty of the mean score of several pictures of one imitation.

        The pictures share what the mean cannot remove: the picture of the target, and often light and neutral pictures.
        Only their own scatter becomes smaller: ``V - v (1 - 1/k)`` with the larger and the smaller of the learned
        variance and that of the k scores. So it is at least the variance of a mean of pictures that share nothing.

        Parameters
        ----------
        scores : sequence of float
            At least two.
        pairs : sequence
            Result of `pair_features` of each.
        """
        count, mean = len(scores), fmean(scores)
        features = [self._features(score, pair) for score, pair in zip(scores, pairs, strict=True)]
        learned = fmean(math.exp(2.0 * _sum(self.log_spread, one)) for one in features)
        scatter = variance(scores)
        spread = math.sqrt(max(learned, scatter) - min(learned, scatter) * (1.0 - 1.0 / count))
        low, high = self._interval(mean, fmean(_sum(self.centre, one) for one in features), spread)
        return MeanOfRetakes(mean, math.sqrt(scatter), low, high)

    def _features(self, score: float, pair: Sequence[float]) -> list[float]:
        """Return `FEATURES` within their usual values."""
        limits = zip((1.0, score, score * score, *pair), self.ranges, strict=True)
        return [min(max(one, smallest), largest) for one, (smallest, largest) in limits]

    def _interval(self, score: float, centre: float, spread: float) -> tuple[float, float]:
        low, high = (min(1.0, max(-1.0, score + centre + q * spread)) for q in self.quantiles)
        return min(low, score), max(high, score)


@dataclass(frozen=True, slots=True)
class KnownUncertainty:
    """Everything in `FILE`."""

    source: str
    """One sentence: what was learned from."""
    model: str
    """Name of the face model that was fitted."""
    metrics: Mapping[str, LearnedUncertainty]

    def about(
        self, target: MeasuredFace, mimic: MeasuredFace, *, metric: str, model: FaceModel
    ) -> LearnedUncertainty | None:
        """Return the learned numbers for a score of two faces.

        Parameters
        ----------
        target, mimic : MeasuredFace
            The two faces.
        metric : str
            Name of the metric.
        model : FaceModel
            The model of both fits.

        Returns
        -------
        LearnedUncertainty or None
            None where nothing is known: for metrics and face models that were not learned, and without neutral
            pictures of both people.
        """
        if model.name != self.model or any(face.score_fit.identity.how != "neutral" for face in (target, mimic)):
            return None
        return self.metrics.get(metric)


def interval_text(low: float, high: float) -> str:
    """Return ``95 % interval 0.78 to 0.93``."""
    decimals = decimals_for(high - low, fewest=2, digits=1)
    return f"95 % interval {low:.{decimals}f} to {high:.{decimals}f}"


def _sum(coefficients: Sequence[float], features: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(coefficients, features, strict=True))


@lru_cache(maxsize=256)
def face_features(face: MeasuredFace, model: FaceModel) -> tuple[float, ...]:
    """Return the properties of one face, without those of the score."""
    landmarks = face.landmarks
    eyes = landmarks.eye_distance_px
    turn = min(math.hypot(*face.turn_deg), _FURTHEST_DEG) / _TURN_DEG
    scatter = _USUAL_SCATTER if landmarks.scatter_px is None else landmarks.scatter_px / eyes
    blur = _USUAL_BLUR if landmarks.blur is None else landmarks.blur
    return (
        math.log(max(strength_mm(face, model), _LEAST_STRENGTH_MM)),
        math.log(eyes),
        turn * turn,
        math.log(max(scatter, _LEAST_SCATTER)),
        blur,
        blur * blur,
        1.0 / max(face.score_fit.identity.frames, 1),
    )


def pair_features(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> tuple[float, ...]:
    """Return the properties of two pictures that say how certain a score is.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The two faces.
    model : FaceModel
        The model of both fits.
    """
    both = zip(face_features(target, model), face_features(mimic, model), strict=True)
    return tuple(a + b for a, b in both)


def score_uncertainty(
    score: float,
    target: MeasuredFace,
    mimic: MeasuredFace,
    *,
    metric: str,
    model: FaceModel,
    retakes: Sequence[float] = (),
) -> Uncertainty | None:
    """Return the interval and the likelihood ratio of a score.

    Parameters
    ----------
    score : float
        The score of the two faces.
    target, mimic : MeasuredFace
        The two faces.
    metric : str
        Name of the metric.
    model : FaceModel
        The model of both fits.
    retakes : sequence of float
        Scores of neighbouring camera frames and of this one, in order of time.

    Returns
    -------
    Uncertainty or None
        None where nothing is known, see `KnownUncertainty.about`.
    """
    learned = learned_uncertainty().about(target, mimic, metric=metric, model=model)
    if learned is None:
        return None
    return learned.uncertainty(score, pair_features(target, mimic, model), retake_sd=retake_scatter(retakes))


def retake_scatter(scores: Sequence[float]) -> float | None:
    """Return the standard deviation of scores in order of time, from differences.

    A slow change of the expression hardly contributes [1]_. None for fewer than three scores.

    References
    ----------
    .. [1] von Neumann, Kent, Bellinson & Hart, The mean square successive difference, Annals of Mathematical Statistics
       12 (1941), 153-162, eq. 1.
    """
    if len(scores) < _LEAST_RETAKES:
        return None
    squares = [(after - before) ** 2 for before, after in pairwise(scores)]
    return math.sqrt(sum(squares) / len(squares) / 2.0)


@lru_cache(maxsize=1)
def learned_uncertainty() -> KnownUncertainty:
    """Return the learned numbers; read once.

    Raises
    ------
    AnalysisError
        If the file is missing, is damaged, or comes from another version.
    """
    return read_uncertainty(FILE)


def read_uncertainty(file: Path) -> KnownUncertainty:
    """Read a file of learned numbers.

    Raises
    ------
    AnalysisError
        If the file is missing, is damaged, or comes from another version.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
        if tuple(content["features"]) != FEATURES:
            raise ValueError
        metrics = {name: LearnedUncertainty.from_json(one) for name, one in content["metrics"].items()}
        return KnownUncertainty(str(content["source"]), str(content["model"]), metrics)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise AnalysisError(
            f"{file}: a part of the program is missing or damaged, or comes from another version; install the program "
            "again"
        ) from None
