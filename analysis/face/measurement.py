"""From pictures of one person to measured faces: who was seen, against which neutral, and what was left out and why.

A person is measured in two steps. `look` reads one picture and finds the landmarks of its face; pictures do not depend
on each other, so this is the part to run in parallel. `measure_person` then calibrates the person's face at rest from
the pictures labelled neutral and measures the expression of every picture against it. Where no neutral picture can be
used, one identity is shared by all pictures of the person, and the result says ``joint``: a habitual expression cannot
be told from the face at rest then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from joblib import Parallel, delayed

from analysis.face.appearance.change import at_rest, look_of
from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.fitting.camera import turns_deg
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.fit import (
    INTENSITY_RIDGE,
    SCORE_RIDGE,
    FitSettings,
    FittedFace,
    Identity,
    calibrate_identity,
    fit_expression,
    fit_jointly,
)
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector, Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.models.model import FaceModel

NEUTRAL = "neutral"
"""The expression label of pictures that calibrate a person."""

BOXES = 3
"""Jittered face boxes to average the landmarks over, in the picture and in its mirror image each."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a person and what it is said to show."""

    path: Path
    expression: str
    """`NEUTRAL`, or any label."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """A picture whose face was found."""

    picture: Picture
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class Excluded:
    """A picture left out, and why."""

    picture: Picture
    reason: str
    """One word: ``no-face``, ``several-faces``, ``too-small``, ``turned``, ``blurred``, ``fit`` or ``image``."""
    message: str
    """One sentence."""

    @property
    def why(self) -> str:
        """The sentence without the file that some begin with, for where the file is named already."""
        return self.message.removeprefix(f"{self.picture.path}: ")


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFace:
    """The expression of one face, measured against the same person's face at rest."""

    picture: Picture
    landmarks: Landmarks
    units: FittedFace
    """In the model's finest basis, FACS-like where it has one, fitted once more with the mistakes of the detector
    (`analysis.face.fitting.covariance_refit`): ranks best, too small."""
    intensity: FittedFace
    """In the same basis with the weak ridge: says how strong each unit is."""
    emotions: FittedFace | None
    """In the basis of whole-face emotions; None where the model has none."""
    appearance: FloatArray | None = None
    """(rows, columns, directions) change of the look of the face from the person at rest, see
    `analysis.face.appearance`; None where there is no picture, as for landmarks alone, or the model has no surface."""
    turn_deg: tuple[float, float] = (0.0, 0.0)
    """(to the side, chin up) how far the head is seen turned away from the neutral pictures of the person, or where
    there are none from facing the camera; zero where it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPerson:
    """All usable pictures of one person."""

    name: str
    calibration: Literal["neutral", "joint"]
    identity: Identity
    neutrals: tuple[MeasuredFace, ...]
    """The neutral pictures, measured like any other: what they show is noise."""
    faces: tuple[MeasuredFace, ...]
    """Every other picture, in the order given."""
    excluded: tuple[Excluded, ...]


def look(picture: Picture, *, boxes: int = BOXES) -> DetectedFace | Excluded:
    """Read one picture and find its face; what cannot be used comes back with its reason."""
    try:
        landmarks = detect_with_mirror(LandmarkDetector(boxes=boxes), read_image(picture.path))
    except AnalysisError as error:
        return _excluded(picture, error)
    return DetectedFace(picture, landmarks)


def look_at_all(pictures: Sequence[Picture], *, jobs: int = 1) -> list[DetectedFace | Excluded]:
    """`look` at many pictures in several processes; the result is in the order given and does not depend on `jobs`."""
    return list(Parallel(n_jobs=jobs)(delayed(look)(picture) for picture in pictures))


def measure_person(name: str, seen: Sequence[DetectedFace | Excluded], model: FaceModel) -> MeasuredPerson:
    """Calibrate a person and measure every picture of theirs.

    Parameters
    ----------
    seen : sequence
        What `look` said about each picture of this person; those labelled `NEUTRAL` calibrate.

    Raises
    ------
    FaceError
        If not one picture of the person can be measured; the sentence names the first reason.
    """
    excluded = [one for one in seen if isinstance(one, Excluded)]
    found = [one for one in seen if isinstance(one, DetectedFace)]
    neutrals, unfit = _usable([one for one in found if one.picture.expression == NEUTRAL], model)
    others, unfit_others = _usable([one for one in found if one.picture.expression != NEUTRAL], model)
    excluded += unfit + unfit_others
    if not neutrals and not others:
        why = excluded[0].message if excluded else "there is no picture"
        raise FaceError(f"{name}: no picture of this person can be measured: {why}")
    calibration: Literal["neutral", "joint"]
    if neutrals:
        calibration = "neutral"
        identity = calibrate_identity([one.landmarks for one in neutrals], model)
    else:
        calibration = "joint"
        identity = fit_jointly([one.landmarks for one in others], model, basis=model.finest_basis)[0].identity
    measured: list[MeasuredFace] = []
    for one in [*neutrals, *others]:
        try:
            measured.append(_measure(one, identity, model))
        except FaceError as error:
            excluded.append(_excluded(one.picture, error))
    measured = _with_looks(_with_turns(measured), model)
    return MeasuredPerson(
        name=name,
        calibration=calibration,
        identity=identity,
        neutrals=tuple(one for one in measured if one.picture.expression == NEUTRAL),
        faces=tuple(one for one in measured if one.picture.expression != NEUTRAL),
        excluded=tuple(excluded),
    )


def _usable(found: Sequence[DetectedFace], model: FaceModel) -> tuple[list[DetectedFace], list[Excluded]]:
    """Set apart pictures no face of the model fits, or whose head is turned too far, before they spoil an identity."""
    usable: list[DetectedFace] = []
    excluded: list[Excluded] = []
    for one in found:
        try:
            fit_expression(
                one.landmarks,
                model,
                Identity.mean(model),
                basis=model.finest_basis,
                settings=FitSettings(max_error=np.inf),
            )
        except FaceError as error:
            excluded.append(_excluded(one.picture, error))
        else:
            usable.append(one)
    return usable, excluded


def _measure(seen: DetectedFace, identity: Identity, model: FaceModel) -> MeasuredFace:
    strong, weak = FitSettings(ridge=SCORE_RIDGE), FitSettings(ridge=INTENSITY_RIDGE)
    finest = model.finest_basis
    units = fit_expression(seen.landmarks, model, identity, basis=finest, settings=strong)
    return MeasuredFace(
        picture=seen.picture,
        landmarks=seen.landmarks,
        units=refit(units, seen.landmarks, model),
        intensity=fit_expression(seen.landmarks, model, identity, basis=finest, settings=weak, start=units),
        emotions=(
            fit_expression(seen.landmarks, model, identity, basis="emotions", settings=weak)
            if "emotions" in model.bases
            else None
        ),
    )


def _with_turns(measured: Sequence[MeasuredFace]) -> list[MeasuredFace]:
    """Add how far each head is turned from where the person was calibrated."""
    seen = [turns_deg(face.units.pose.along_the_sight) for face in measured]
    neutral = [turn for face, turn in zip(measured, seen, strict=True) if face.picture.expression == NEUTRAL]
    yaw, pitch = np.mean(neutral, axis=0).tolist() if neutral else (0.0, 0.0)
    return [replace(face, turn_deg=(a - yaw, b - pitch)) for face, (a, b) in zip(measured, seen, strict=True)]


def _with_looks(measured: Sequence[MeasuredFace], model: FaceModel) -> list[MeasuredFace]:
    """Add how the look of each face differs from the person at rest, where the pictures can be read again."""
    known = {face: one for face in measured if (one := _look_of(face, model)) is not None}
    if not known:
        return list(measured)
    neutrals = [one for face, one in known.items() if face.picture.expression == NEUTRAL]
    others: dict[str, list[FloatArray]] = {}
    for face, one in known.items():
        if face.picture.expression != NEUTRAL:
            others.setdefault(face.picture.expression, []).append(one)
    rest = at_rest(neutrals, others)
    return [replace(face, appearance=known[face] - rest) if face in known else face for face in measured]


def _look_of(face: MeasuredFace, model: FaceModel) -> FloatArray | None:
    if not face.picture.path.is_file() or not len(model.triangles):
        return None
    return look_of(read_image(face.picture.path), face.units, model)


def _excluded(picture: Picture, error: AnalysisError) -> Excluded:
    return Excluded(picture, error.reason if isinstance(error, FaceError) else "image", str(error))
