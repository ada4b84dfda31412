"""Recovery of the expressions of drawn people by detector and fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.emotion_responses import fit_emotions
from analysis.face.fitting.fit import calibrate_identity, fit_expression, fit_jointly
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings, FittedFace
from analysis.face.kabsch import align_rigid
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.measurement import BOXES
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.front import front_vertices
from analysis.face.models.model import FaceModel
from analysis.face.synthetic.actors import Actor, draw_photographs
from analysis.face.synthetic.people import Photograph
from analysis.progress import Progress, no_progress

EXACT_NOISE = 2e-4
"""Noise of exact landmarks in eye distances: the error of linearising the model between two steps of a fit."""

_ACCEPT_ALL = FitSettings(max_turn_deg=60.0, max_error=1.0)

HOW = {
    "calibrated": "the neutral pictures of the person, then fixed",
    "refitted": "the same, with pose and units refitted with the covariance of the detector, as for scores",
    "joint": "all pictures of the person, no neutral picture",
    "alone": "each picture alone, no neutral picture",
}
"""The sources of a person's identity."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectedActor:
    """The landmarks of one actor."""

    neutrals: tuple[Landmarks, ...]
    takes: tuple[tuple[Photograph, Landmarks], ...]
    missed: tuple[str, ...]
    """Reasons of pictures without landmarks."""
    settings: FitSettings
    """Known properties of camera and noise."""


@dataclass(frozen=True, slots=True, eq=False)
class RecoveryFigures:
    """Errors of the fitted faces."""

    how: str
    """One of `HOW`."""
    names: tuple[str, ...]
    """(E,) units."""
    unit_correlation: FloatArray
    """(E,) between true and fitted coefficients of each unit over all pictures; 0 for a unit that was never fitted."""
    correlation: float
    """The same over all units and pictures at once."""
    motion_correlation: float
    """Between true and fitted displacement of the front of the face, mean over pictures."""
    motion_mm: float
    """Mean distance between true and fitted displacement of a point of the front of the face."""
    shown_mm: float
    """Mean true displacement of such a point: the error of a fit without expression."""
    strength: float
    """Fitted displacement along the true one, relative to it; 1 if nothing is lost."""
    cloud_mm: float
    """Mean distance between points of the true and the fitted face after rigid alignment."""
    emotions_named: float
    """Proportion of pictures of an emotion in which this emotion is the strongest."""


def detect_actors(
    model: FaceModel, actors: Sequence[Actor], *, samples: int = 4, progress: Progress = no_progress
) -> list[DetectedActor]:
    """Draw every actor and detect landmarks as in photographs.

    Parameters
    ----------
    model : FaceModel
        The face model.
    actors : sequence of Actor
        The actors.
    samples : int
        Samples a pixel of the renderer.
    progress : Progress
        Progress reporting hook.
    """
    detector = LandmarkDetector(boxes=BOXES)
    detected = []
    drawn = draw_photographs(model, actors, samples=samples)
    for actor, neutrals, takes in progress(drawn, total=len(actors), title="Drawn people"):
        missed: list[str] = []
        at_rest = [found for image in neutrals if (found := _detect(detector, image, missed)) is not None]
        acted = [
            (take, found)
            for take, image in zip(actor.takes, takes, strict=True)
            if (found := _detect(detector, image, missed)) is not None
        ]
        detected.append(DetectedActor(tuple(at_rest), tuple(acted), tuple(missed), _ACCEPT_ALL))
    return detected


def exact_landmarks(model: FaceModel, actors: Sequence[Actor]) -> list[DetectedActor]:
    """Return exact landmarks, and settings with the known focal length."""
    return [
        DetectedActor(
            tuple(take.exact_landmarks(model) for take in actor.neutrals),
            tuple((take, take.exact_landmarks(model)) for take in actor.takes),
            (),
            replace(
                _ACCEPT_ALL,
                noise=EXACT_NOISE,
                pixel_noise_px=0.0,
                focal_px=actor.takes[0].scene.optics.focal_px,
            ),
        )
        for actor in actors
    ]


def recover(model: FaceModel, actors: Sequence[DetectedActor], *, how: str) -> RecoveryFigures:
    """Fit every picture and compare with the truth.

    Parameters
    ----------
    model : FaceModel
        The face model.
    actors : sequence of DetectedActor
        The actors.
    how : str
        Source of the identity, one of `HOW`.
    """
    front = front_vertices(model)
    true, fitted, motion, along, clouds, named = [], [], [], [], [], []
    for one in actors:
        faces = _fit(model, one, how)
        for (take, _), face in zip(one.takes, faces, strict=True):
            true.append(take.expression)
            fitted.append(face.expression)
            moved, found = model.displacement(take.expression)[front], face.displacement_mm(model)[front]
            motion.append((_distance(found, moved), _distance(moved, 0.0 * moved), _correlation(found, moved)))
            along.append((float((found * moved).sum()), float((moved * moved).sum())))
            whole = take.vertices_mm(model)[front]
            clouds.append(_distance(align_rigid(face.vertices_mm(model)[front], whole), whole))
        if "emotions" in model.bases:
            weak = replace(one.settings, ridge=INTENSITY_RIDGE)
            named += [
                _is_named(face, take.label, landmarks, model, weak)
                for face, (take, landmarks) in zip(faces, one.takes, strict=True)
                if take.label in EMOTIONS
            ]
    truth, estimate = np.array(true), np.array(fitted)
    error_mm, shown_mm, correlation = np.array(motion).mean(axis=0)
    return RecoveryFigures(
        how=how,
        names=model.bases["units"].names,
        unit_correlation=np.array([_correlation(truth[:, k], estimate[:, k]) for k in range(truth.shape[1])]),
        correlation=_correlation(truth, estimate),
        motion_correlation=float(correlation),
        motion_mm=float(error_mm),
        shown_mm=float(shown_mm),
        strength=float(np.divide(*np.sum(along, axis=0))),
        cloud_mm=float(np.mean(clouds)),
        emotions_named=float(np.mean(named)) if named else 0.0,
    )


def summary(figures: RecoveryFigures) -> dict[str, Any]:
    """Return the figures as plain numbers, for JSON."""
    return {
        "unit_correlation": dict(zip(figures.names, figures.unit_correlation.tolist(), strict=True)),
        "median_unit_correlation": float(np.median(figures.unit_correlation)),
        "correlation": figures.correlation,
        "motion_correlation": figures.motion_correlation,
        "motion_mm": figures.motion_mm,
        "shown_mm": figures.shown_mm,
        "strength": figures.strength,
        "cloud_mm": figures.cloud_mm,
        "emotions_named": figures.emotions_named,
    }


def _detect(detector: LandmarkDetector, image: ImageArray, missed: list[str]) -> Landmarks | None:
    try:
        return detect_with_mirror(detector, image)
    except FaceError as error:
        missed.append(error.reason)
        return None


def _is_named(face: FittedFace, label: str, landmarks: Landmarks, model: FaceModel, weak: FitSettings) -> bool:
    intensity_fit = fit_expression(landmarks, model, face.identity, settings=weak, start=face)
    emotions = fit_emotions(refit(face, landmarks, model), intensity_fit, landmarks, model)
    return emotions is not None and emotions.names[int(emotions.expression.argmax())] == label


def _fit(model: FaceModel, one: DetectedActor, how: str) -> list[FittedFace]:
    landmarks, settings = [found for _, found in one.takes], one.settings
    if how == "joint":
        return fit_jointly(landmarks, model, settings=settings)
    if how == "alone":
        return [fit_jointly([each], model, settings=settings)[0] for each in landmarks]
    identity = calibrate_identity(one.neutrals, model, settings=settings)
    faces = [fit_expression(each, model, identity, settings=settings) for each in landmarks]
    if how == "refitted":
        return [refit(face, each, model) for face, each in zip(faces, landmarks, strict=True)]
    return faces


def _distance(a: FloatArray, b: FloatArray) -> float:
    return float(np.linalg.norm(a - b, axis=1).mean())


def _correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's correlation; 0 if one of them is constant."""
    x, y = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 0.0
