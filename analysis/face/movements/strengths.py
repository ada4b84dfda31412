"""Strength of each single movement of a face, left and right, in millimetres.

The movement ``d`` of the landmarks from the person's face at rest is explained by movements that 68 landmarks show::

    (d - R a)' (C + s^2 I)^-1 (d - R a)  +  ridge |a|^2  +  2 l w' a,     0 <= a <= 1.5                    (1)

``R`` are the mean responses of detected landmarks to the movements at full strength. They were learned from drawn
people, because the detector reduces and mixes movements. ``C`` is the covariance of the detector's errors
(`analysis.face.fitting.covariance_refit`). The last term favours few movements at a time (the lasso, [1]_): people are
asked for one. Without it, the error is a third larger and a face shows twice as many movements that it does not make.
``w`` is the certainty of each movement, so that strong and weak ones are treated alike.

The strength in millimetres is ``a`` divided by its mean for a true strength of 1, times the size of the movement: how
far the landmark that moves most goes at full strength. For a smile it is the corner of the mouth.

The result is not that of `analysis.face.measurement.MeasuredFace.intensity_fit`, which explains a face by all 43 units:
its strengths are a third of the true ones and less certain. ``scripts/evaluate sides`` compares the two.

References
----------
.. [1] Tibshirani, Regression shrinkage and selection via the lasso, Journal of the Royal Statistical Society B 58
   (1996), 267-288.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.covariance_refit import detector_errors, landmark_precision
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.movements.from_rest import landmark_movement

LEARNED = Path(__file__).with_name("strengths.json")
_MISFIT_MM, _RIDGE, _LASSO, _LARGEST = 0.5, 0.3, 1.0, 1.5
"""``s``, ridge, ``l`` and the upper bound of equation 1."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedMovements:
    """What was learned from drawn people, one entry a movement and side."""

    units: tuple[str, ...]
    """(U,) units of the face model, with their side."""
    responses: FloatArray
    """(U, 68, 2) ``R``, mm to the right and up."""
    size_mm: FloatArray
    """(U,) how far the landmark that moves most goes at full strength."""
    gain: FloatArray
    """(U,) mean of ``a`` for a true strength of 1."""
    limit_mm: FloatArray
    """(U,) limit of detection: 99 of 100 faces that do not make the movement are below."""
    accuracy_mm: FloatArray
    """(U,) root mean square distance of the strength in one picture from the true one, over people."""
    picture_sd_mm: FloatArray
    """(U,) standard deviation between pictures of the same movement in one session."""
    session_sd_mm: FloatArray
    """(U,) standard deviation between sessions with the same movement, beyond that of pictures."""
    origin: str
    """How it was learned."""

    def number(self, unit: str) -> int:
        """Return the number of a unit.

        Raises
        ------
        ValueError
            If the unit is not measured.
        """
        return self.units.index(unit)

    def repeat_error_mm(self, unit: str, pictures: int = 1) -> float:
        """Return the standard error of measurement of a mean over pictures of one session.

        It is that of a repeated measurement of one person. An error that the person has in every session is not in it.

        Parameters
        ----------
        unit : str
            The unit.
        pictures : int
            Number of pictures.
        """
        one = self.number(unit)
        return float(np.sqrt(self.session_sd_mm[one] ** 2 + self.picture_sd_mm[one] ** 2 / pictures))

    def detectable_mm(self, unit: str, pictures: tuple[int, int] = (1, 1)) -> float:
        """Return the smallest detectable change between two sessions, mm.

        It is 1.96 times the standard error of the difference: a change without a true one is larger in 5 of 100 cases.

        Parameters
        ----------
        unit : str
            The unit.
        pictures : tuple of int
            Number of pictures of the two sessions.
        """
        first, second = (self.repeat_error_mm(unit, number) for number in pictures)
        return 1.96 * float(np.hypot(first, second))


@lru_cache(maxsize=1)
def learned_movements() -> LearnedMovements:
    """Return what was learned.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged.
    """
    try:
        content = json.loads(LEARNED.read_text("utf-8"))
        return movements_from(content["units"], content["origin"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AnalysisError(
            f"a part of the program is missing or damaged: {LEARNED}: {error}; install it again"
        ) from None


def movements_from(units: Mapping[str, Mapping[str, object]], origin: str) -> LearnedMovements:
    """Return learned movements from the content of the file.

    Parameters
    ----------
    units : mapping
        The numbers of each unit.
    origin : str
        How they were learned.
    """

    def column(name: str) -> FloatArray:
        return np.array([one[name] for one in units.values()], dtype=np.float64)

    return LearnedMovements(
        units=tuple(units),
        responses=column("response"),
        size_mm=column("size_mm"),
        gain=column("gain"),
        limit_mm=column("limit_mm"),
        accuracy_mm=column("accuracy_mm"),
        picture_sd_mm=column("picture_sd_mm"),
        session_sd_mm=column("session_sd_mm"),
        origin=origin,
    )


@lru_cache(maxsize=256)
def strengths_mm(face: MeasuredFace, model: FaceModel) -> FloatArray:
    """Return the (U,) strengths of the movements of a face, mm, at least 0.

    Parameters
    ----------
    face : MeasuredFace
        The measured face.
    model : FaceModel
        The model of its fits.
    """
    learned = learned_movements()
    movement = landmark_movement(face.score_fit, face.landmarks, model)
    kept = landmark_rows(model, face.score_fit.basis).landmarks
    return solve_strengths(learned.responses[:, kept], movement[kept], tuple(kept)) / learned.gain * learned.size_mm


def solve_strengths(responses: FloatArray, movement: FloatArray, landmarks: tuple[int, ...]) -> FloatArray:
    """Return the (U,) solution of equation 1.

    Parameters
    ----------
    responses : (U, n, 2) float array
        ``R`` of n landmarks.
    movement : (n, 2) float array
        ``d`` of these landmarks.
    landmarks : tuple of int
        Their numbers.
    """
    shapes = responses.reshape(len(responses), -1)
    projector = shapes @ _precision(landmarks)
    hessian = projector @ shapes.T
    certainty = np.sqrt(np.diag(hessian))
    linear = projector @ movement.ravel() - _LASSO * certainty / np.median(certainty)
    hessian = (hessian + hessian.T) / 2.0 + _RIDGE * np.eye(len(shapes))
    in_box = minimise_in_box(_LARGEST**2 * hessian, _LARGEST * linear)  # a / 1.5 is between 0 and 1
    strengths: FloatArray = _LARGEST * in_box
    return strengths


@lru_cache(maxsize=4)
def _precision(landmarks: tuple[int, ...]) -> FloatArray:
    """Return ``(C + s^2 I)^-1`` of some landmarks."""
    return landmark_precision(detector_errors(), np.array(landmarks), noise_mm=_MISFIT_MM)
