"""Strengths of the six emotions, explained by the units of a face.

Two people show the same emotion differently: anger with bared teeth, or with pressed lips. And landmarks respond weakly
to some movements and confuse others: a lowered brow is measured too weak, a bared mouth partly as a smile. So an
emotion is not one shape that is fitted to the landmarks. Its usual responses in the fitted units explain them::

    x = argmin (u - R x)' W^-1 (u - R x) + ridge |x|^2 + 2 c m sum(s x),     0 <= x <= 1        (1)
    e_i = min(1, sum of x over the variants of emotion i / (1 - c))                             (2)

``u`` are the units of two fits, each the mean of both sides: the fit for scores
(`analysis.face.fitting.covariance_refit`), and the fit for strengths, whose weaker ridge leaves more of a faint
movement. A column of ``R`` are the units that are measured if one variant of an emotion is shown at full strength.
``W`` are the mean products of what remains: errors of the detector, personal differences, movements that belong to no
emotion. This is generalised least squares with bounds.

The last term is the lasso [1]_, which leaves out emotions that explain little. ``s`` are the square roots of the
diagonal of ``R' W^-1 R + ridge``, so that all variants have the same unit. ``m``, the largest element of
``R' W^-1 u / s``, is the smallest penalty that leaves out all of them; ``c`` is a share of it. So the result of a face
at half the strength is half as large. The lasso multiplies the strength of a single emotion by 1 - c, which equation 2
takes back.

The two variants of each emotion are the target faces (`analysis.face.models.emotions`) and the poses of drawn people
(`analysis.face.synthetic.posed_emotions`). Happiness has a third, a smile with closed lips. ``R`` and ``W`` come from
drawn people of two face models, measured through the real detector: ``python -m analysis.evaluation.emotion_people``.
They hold for the face model that ships. In other models the emotions are fitted to the landmarks
(`analysis.face.fitting.fit`).

References
----------
.. [1] Tibshirani, Regression shrinkage and selection via the lasso, J. R. Stat. Soc. B 58 (1996), 267-288.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import AnalysisError
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings, FittedFace, Identity
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.units import UNITS

FILE = Path(__file__).with_name("emotion_responses.txt")
MODEL = "makehuman"
"""The face model of the learned responses."""
SHOWN = (
    *(("target", emotion) for emotion in EMOTIONS),
    *(("posed", emotion) for emotion in EMOTIONS),
    ("closed", "happiness"),
)
"""Variant and emotion of each response."""
RIDGE = 1.0
SPARSE = 0.3
"""``c``: a second emotion that explains less than this share of the first is left out."""
_SHARED = 0.1
"""Part of the mean variance of the units that is added to each: differences of real faces from drawn ones."""
_WEAK = FitSettings(ridge=INTENSITY_RIDGE)
_EMOTION_OF = np.array([EMOTIONS.index(emotion) for _, emotion in SHOWN])


def _sides() -> tuple[IntArray, IntArray]:
    kept = [name for name in UNITS if not name.endswith("Right")]
    twins = [f"{name.removesuffix('Left')}Right" if name.endswith("Left") else name for name in kept]
    return np.array([UNITS.index(name) for name in kept]), np.array([UNITS.index(name) for name in twins])


_LEFT, _RIGHT = _sides()
MOVEMENTS = 2 * len(_LEFT)
"""Units without a side, of two fits."""


@dataclass(frozen=True, slots=True, eq=False)
class EmotionResponses:
    """What was learned."""

    responses: FloatArray
    """(N, M) ``R'``: measured movements of each of `SHOWN`."""
    remainder: FloatArray
    """(M, M) ``W``."""


def movements_of(score_fit: FittedFace, intensity_fit: FittedFace) -> FloatArray:
    """Return the (M,) movements of two fits: means of both sides of the units.

    Parameters
    ----------
    score_fit : FittedFace
        Result of `analysis.face.fitting.covariance_refit.refit`.
    intensity_fit : FittedFace
        The fit with `INTENSITY_RIDGE`.
    """
    units = np.array([score_fit.expression, intensity_fit.expression])
    return np.asarray((units[:, _LEFT] + units[:, _RIGHT]).ravel() / 2.0)


def has_responses(model: FaceModel) -> bool:
    """Return whether the emotions of this face model follow from its units."""
    return model.name == MODEL and "units" in model.bases and model.bases["units"].names == UNITS


def fit_emotions(
    score_fit: FittedFace,
    intensity_fit: FittedFace,
    landmarks: Landmarks,
    model: FaceModel,
    *,
    before: FittedFace | None = None,
) -> FittedFace | None:
    """Return the strengths of the six emotions; None if the model has no emotions.

    Parameters
    ----------
    score_fit : FittedFace
        Result of `analysis.face.fitting.covariance_refit.refit`.
    intensity_fit : FittedFace
        The fit of the same landmarks with `INTENSITY_RIDGE`.
    landmarks : Landmarks
        The landmarks.
    model : FaceModel
        The face model.
    before : FittedFace, optional
        The emotions of the previous frame; used by models without learned responses.

    Raises
    ------
    FaceError
        If no face of a model without learned responses fits.
    """
    if has_responses(model) and score_fit.names == UNITS:
        return emotions_of(score_fit, intensity_fit)
    if "emotions" not in model.bases:
        return None
    identity: Identity = score_fit.identity
    return fit_expression(landmarks, model, identity, basis="emotions", settings=_WEAK, start=before)


def emotions_of(score_fit: FittedFace, intensity_fit: FittedFace) -> FittedFace:
    """Return a face with the strengths of emotions in place of its units.

    Parameters
    ----------
    score_fit : FittedFace
        A face of the model that ships, refitted.
    intensity_fit : FittedFace
        The fit of the same landmarks with `INTENSITY_RIDGE`.
    """
    problem = _problem()
    linear = problem.projector @ movements_of(score_fit, intensity_fit)
    penalty = SPARSE * max(float((linear / problem.scale).max()), 0.0)
    variants = minimise_in_box(problem.hessian, linear - penalty * problem.scale)
    return replace(
        score_fit,
        expression=np.minimum(_sum_of_variants(variants) / (1.0 - SPARSE), 1.0),
        names=EMOTIONS,
        basis="emotions",
        uncertainty=problem.uncertainty,
        observability=problem.observability,
    )


def read_responses(file: Path = FILE) -> EmotionResponses:
    """Return the learned responses.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged.
    """
    try:
        rows = np.loadtxt(file, ndmin=2)
    except (OSError, ValueError) as error:
        raise AnalysisError(
            f"a part of the program is missing or damaged: {file} ({error}); install the program again"
        ) from None
    shown = len(SHOWN)
    if rows.shape != (shown + MOVEMENTS, MOVEMENTS):
        raise AnalysisError(f"{file} comes from another version; run python -m analysis.evaluation.emotion_people")
    return EmotionResponses(rows[:shown], rows[shown:])


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Equation 1: minimise ``x' hessian x / 2 - x' (projector u - c m s)``."""

    hessian: FloatArray
    """(N, N)"""
    projector: FloatArray
    """(N, M) ``R' W^-1``."""
    scale: FloatArray
    """(N,) ``s``."""
    uncertainty: FloatArray
    """(6,) standard deviations of the strengths, the bounds left aside."""
    observability: FloatArray
    """(6,) 0..1."""


@lru_cache(maxsize=1)
def _problem() -> _Problem:
    learned = read_responses()
    shared = _SHARED * np.trace(learned.remainder) / MOVEMENTS
    projector = np.linalg.solve(learned.remainder + shared * np.eye(MOVEMENTS), learned.responses.T).T
    hessian = projector @ learned.responses.T
    hessian = (hessian + hessian.T) / 2.0 + RIDGE * np.eye(len(hessian))
    of_sums = np.eye(len(EMOTIONS))[:, _EMOTION_OF]
    variance = np.diag(of_sums @ np.linalg.inv(hessian) @ of_sums.T)
    observability = np.clip(1.0 - variance * RIDGE / of_sums.sum(axis=1), 0.0, 1.0)
    return _Problem(hessian, projector, np.sqrt(np.diag(hessian)), np.sqrt(variance) / (1.0 - SPARSE), observability)


def _sum_of_variants(variants: FloatArray) -> FloatArray:
    return np.asarray(np.bincount(_EMOTION_OF, variants, len(EMOTIONS)))
