"""Drawn people through the real detector: does the fit give back the expression that was drawn?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.fit import FitSettings, FittedFace, calibrate_identity, fit_expression, fit_jointly
from analysis.face.kabsch import align_rigid
from analysis.face.landmarks.detector import LandmarkDetector, Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.measurement import BOXES
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.front import front_vertices
from analysis.face.models.model import FaceModel
from analysis.face.synthetic.actors import Actor, Take, photograph
from analysis.progress import Progress, no_progress

EXACT_NOISE = 2e-4
"""Of landmarks without noise, in eye distances: what is left is where the model bends between two steps of a fit."""

_NOTHING_REFUSED = FitSettings(max_turn_deg=60.0, max_error=1.0)

HOW = {
    "calibrated": "identity from the neutral pictures of the person, then frozen",
    "refitted": "the same, pose and units fitted once more knowing how the detector errs, as scores are",
    "joint": "no neutral picture: one identity shared by all pictures of the person",
    "alone": "no neutral picture, each picture by itself",
}
"""The ways a person's identity can be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """One actor as the detector saw them."""

    actor: Actor
    neutrals: tuple[Landmarks, ...]
    takes: tuple[tuple[Take, Landmarks], ...]
    """What was found, with what it shows."""
    missed: tuple[str, ...]
    """Why a picture is not among them."""
    told: FitSettings
    """What the fit knows of camera and noise."""


@dataclass(frozen=True, slots=True, eq=False)
class RecoveryFigures:
    """How near the fitted faces are to the true ones."""

    how: str
    """One of `HOW`."""
    names: tuple[str, ...]
    """(E,) units."""
    unit_correlation: FloatArray
    """(E,) between the true and the fitted coefficients of each unit, over all pictures; 0 where it was never found."""
    correlation: float
    """The same over all units and pictures at once."""
    motion_correlation: float
    """Between true and fitted displacement of the front of the face, mean over pictures."""
    motion_mm: float
    """Mean distance between true and fitted displacement of a point of the front of the face."""
    shown_mm: float
    """Mean true displacement of such a point: what an answer of nothing but rest would be off by."""
    strength: float
    """How large the fitted displacement is along the true one: 1 where nothing is lost, less where it is."""
    cloud_mm: float
    """Mean distance between the points of the true and the fitted face, laid on each other without scaling."""
    emotions_named: float
    """Share of the pictures of an emotion in which that emotion is the strongest of the six."""


def perform(
    model: FaceModel,
    actors: Sequence[Actor],
    *,
    samples: int = 4,
    progress: Progress = no_progress,
) -> list[Performance]:
    """Draw every actor and look at the pictures as `analysis.face.measurement` looks at photographs."""
    detector = LandmarkDetector(boxes=BOXES)
    performances = []
    for actor, neutrals, takes in progress(
        photograph(model, list(actors), samples=samples), total=len(actors), title="Drawn people"
    ):
        missed: list[str] = []
        at_rest = [found for image in neutrals if (found := _seen(detector, image, missed)) is not None]
        acted = [
            (take, found)
            for take, image in zip(actor.takes, takes, strict=True)
            if (found := _seen(detector, image, missed)) is not None
        ]
        performances.append(Performance(actor, tuple(at_rest), tuple(acted), tuple(missed), _NOTHING_REFUSED))
    return performances


def exact(model: FaceModel, actors: Sequence[Actor]) -> list[Performance]:
    """What a detector that makes no error would have seen, through a camera that is known."""
    return [
        Performance(
            actor,
            tuple(actor.exact_landmarks(model, take) for take in actor.neutrals),
            tuple((take, actor.exact_landmarks(model, take)) for take in actor.takes),
            (),
            replace(
                _NOTHING_REFUSED,
                noise=EXACT_NOISE,
                pixel_noise_px=0.0,
                focal_px=actor.takes[0].scene.optics.focal_px,
            ),
        )
        for actor in actors
    ]


def recover(model: FaceModel, performances: Sequence[Performance], *, how: str) -> RecoveryFigures:
    """Fit every picture and compare with the truth; ``how`` is one of `HOW`."""
    front = front_vertices(model)
    true, fitted, motion, along, clouds, named = [], [], [], [], [], []
    for one in performances:
        faces = _fit(model, one, how, basis="units")
        for (take, _), face in zip(one.takes, faces, strict=True):
            true.append(take.expression)
            fitted.append(face.expression)
            was, found = model.displacement(take.expression)[front], face.displacement_mm(model)[front]
            motion.append((_distance(found, was), _distance(was, 0.0 * was), _correlation(found, was)))
            along.append((float((found * was).sum()), float((was * was).sum())))
            whole = one.actor.vertices_mm(model, take)[front]
            clouds.append(_distance(align_rigid(face.vertices_mm(model)[front], whole), whole))
        if "emotions" in model.bases:
            blends = _fit(model, one, how, basis="emotions")
            named += [
                blend.names[int(blend.expression.argmax())] == take.label
                for (take, _), blend in zip(one.takes, blends, strict=True)
                if take.label in EMOTIONS
            ]
    truth, answer = np.array(true), np.array(fitted)
    apart, size, alike = np.array(motion).mean(axis=0)
    return RecoveryFigures(
        how=how,
        names=model.bases["units"].names,
        unit_correlation=np.array([_correlation(truth[:, k], answer[:, k]) for k in range(truth.shape[1])]),
        correlation=_correlation(truth, answer),
        motion_correlation=float(alike),
        motion_mm=float(apart),
        shown_mm=float(size),
        strength=float(np.divide(*np.sum(along, axis=0))),
        cloud_mm=float(np.mean(clouds)),
        emotions_named=float(np.mean(named)) if named else 0.0,
    )


def summary(figures: RecoveryFigures) -> dict[str, Any]:
    """The figures as they are printed: plain numbers."""
    each: Mapping[str, float] = dict(zip(figures.names, figures.unit_correlation.tolist(), strict=True))
    return {
        "unit_correlation": dict(each),
        "median_unit_correlation": float(np.median(figures.unit_correlation)),
        "correlation": figures.correlation,
        "motion_correlation": figures.motion_correlation,
        "motion_mm": figures.motion_mm,
        "shown_mm": figures.shown_mm,
        "strength": figures.strength,
        "cloud_mm": figures.cloud_mm,
        "emotions_named": figures.emotions_named,
    }


def _seen(detector: LandmarkDetector, image: ImageArray, missed: list[str]) -> Landmarks | None:
    try:
        return detect_with_mirror(detector, image)
    except FaceError as error:
        missed.append(error.reason)
        return None


def _fit(model: FaceModel, one: Performance, how: str, *, basis: str) -> list[FittedFace]:
    landmarks, settings = [found for _, found in one.takes], one.told
    if how == "joint":
        return fit_jointly(landmarks, model, basis=basis, settings=settings)
    if how == "alone":
        return [fit_jointly([each], model, basis=basis, settings=settings)[0] for each in landmarks]
    identity = calibrate_identity(one.neutrals, model, settings=settings)
    faces = [fit_expression(each, model, identity, basis=basis, settings=settings) for each in landmarks]
    if how == "refitted" and basis == "units":
        return [refit(face, each, model) for face, each in zip(faces, landmarks, strict=True)]
    return faces


def _distance(a: FloatArray, b: FloatArray) -> float:
    return float(np.linalg.norm(a - b, axis=1).mean())


def _correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's; 0 where one of them does not vary."""
    x, y = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 0.0
