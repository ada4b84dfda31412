"""Measure the pictures of one person.

Detect faces, calibrate, fit, list exclusions.

A person is measured in two steps. `detect_face` reads one picture and detects the landmarks of its face. Pictures are
independent, so this step can run in parallel. `measure_person` then calibrates the person's face at rest from the
pictures labelled neutral and measures the expression of every picture against it. Where no neutral picture is usable,
all pictures of the person share one identity, and the result says ``joint``: then a habitual expression cannot be
distinguished from the face at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from analysis.face.appearance.change import appearance_at_rest, appearance_of
from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.fitting.camera import turns_deg
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.fit import calibrate_identity, fit_expression, fit_jointly
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, SCORE_RIDGE, FitSettings, FittedFace, Identity
from analysis.face.images import PAPER, read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.models.model import FaceModel

NEUTRAL = "neutral"
"""The expression label of pictures that calibrate a person."""

BOXES = 3
"""Jittered face boxes over which landmarks are averaged, in the picture and again in its mirror image."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a person and the expression it is labelled with."""

    path: Path
    expression: str
    """`NEUTRAL`, or any label."""
    background: str = PAPER
    """Colour behind its transparent pixels: that of the display it was shown on."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """A picture and the landmarks of its face."""

    picture: Picture
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Data left out of an analysis, and why."""

    reason: str
    """One word. For a picture: ``no-face``, ``several-faces``, ``too-small``, ``cut``, ``overexposed``, ``turned``,
    ``blurred``, ``fit`` or ``image``. For a trial without a usable frame: ``no-frame``, ``timeout``, ``aborted``..."""
    message: str
    """One sentence; it may begin with the path of the picture."""
    picture: Picture | None = None
    """The picture left out; None for a trial without a frame."""
    what: str = ""
    """Its place in a session: ``trial mimicry-03``, ``target anger``, ``calibration frame 4``; else empty."""
    target: str = ""
    """The target it concerns; empty for calibration frames and outside a session."""

    @property
    def file(self) -> Path | None:
        """The path of the picture."""
        return self.picture.path if self.picture else None

    @property
    def label(self) -> str:
        """The expression label of the picture."""
        return self.picture.expression if self.picture else ""

    @property
    def short_message(self) -> str:
        """The message without the path, for lists that name the file already."""
        return self.message.removeprefix(f"{self.file}: ")


Detection: TypeAlias = DetectedFace | Exclusion
"""The result of `detect_face` on one picture."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFace:
    """The expression of one face, measured against the same person's face at rest."""

    picture: Picture
    landmarks: Landmarks
    score_fit: FittedFace
    """For comparing faces. Finest basis of the model, strong ridge, refitted with the covariance of detector errors
    (`analysis.face.fitting.covariance_refit`): ranks best, coefficients are too small."""
    intensity_fit: FittedFace
    """For the intensity of each unit. The same basis with the weak ridge."""
    emotion_fit: FittedFace | None
    """In the basis of whole-face emotions; None where the model has none."""
    appearance: FloatArray | None = None
    """(rows, columns, directions) change of appearance from the person at rest, see `analysis.face.appearance`; None
    where only landmarks are known, or the model has no surface."""
    turn_deg: tuple[float, float] = (0.0, 0.0)
    """(to the side, chin up) rotation of the head from the person's neutral pictures; where there are none, from
    facing the camera; zero where it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPerson:
    """All usable pictures of one person."""

    name: str
    calibration: Literal["neutral", "joint"]
    identity: Identity
    neutrals: tuple[MeasuredFace, ...]
    """The neutral pictures, measured like any other: their expressions are noise."""
    faces: tuple[MeasuredFace, ...]
    """Every other picture, in the order given."""
    excluded: tuple[Exclusion, ...]


def detect_face(picture: Picture) -> Detection:
    """Read one picture and detect its face; return an exclusion if it is unusable."""
    try:
        landmarks = detect_with_mirror(
            LandmarkDetector(boxes=BOXES), read_image(picture.path, background=picture.background)
        )
    except AnalysisError as error:
        return _exclusion(picture, error)
    return DetectedFace(picture, landmarks)


def measure_person(name: str, detections: Sequence[Detection], model: FaceModel) -> MeasuredPerson:
    """Calibrate a person and measure every picture of this person.

    Parameters
    ----------
    name : str
        The person, for messages.
    detections : sequence
        The result of `detect_face` for each picture; those labelled `NEUTRAL` calibrate.
    model : FaceModel
        The face model.

    Returns
    -------
    MeasuredPerson

    Raises
    ------
    FaceError
        If no picture of the person can be measured; the message gives the first reason.
    """
    excluded = [one for one in detections if isinstance(one, Exclusion)]
    usable: dict[bool, list[DetectedFace]] = {True: [], False: []}
    for is_neutral, faces in usable.items():
        for one in detections:
            if isinstance(one, DetectedFace) and (one.picture.expression == NEUTRAL) == is_neutral:
                try:
                    _require_plausible(one.landmarks, model)
                except FaceError as error:
                    excluded.append(_exclusion(one.picture, error))
                else:
                    faces.append(one)
    neutrals, others = usable[True], usable[False]
    if not neutrals and not others:
        reason = excluded[0].message if excluded else "the person has no pictures"
        raise FaceError(f"{name}: no picture of this person can be measured: {reason}")
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
            excluded.append(_exclusion(one.picture, error))
    measured = _add_appearance(_add_turns(measured), model)
    return MeasuredPerson(
        name=name,
        calibration=calibration,
        identity=identity,
        neutrals=tuple(one for one in measured if one.picture.expression == NEUTRAL),
        faces=tuple(one for one in measured if one.picture.expression != NEUTRAL),
        excluded=tuple(excluded),
    )


def _require_plausible(landmarks: Landmarks, model: FaceModel) -> None:
    """Raise FaceError if the head is turned too far or the mean face does not fit.

    Such faces spoil an identity.
    """
    settings = FitSettings(max_error=np.inf)
    fit_expression(landmarks, model, Identity.mean(model), basis=model.finest_basis, settings=settings)


def _measure(face: DetectedFace, identity: Identity, model: FaceModel) -> MeasuredFace:
    strong, weak = FitSettings(ridge=SCORE_RIDGE), FitSettings(ridge=INTENSITY_RIDGE)
    landmarks, finest = face.landmarks, model.finest_basis
    score_fit = fit_expression(landmarks, model, identity, basis=finest, settings=strong)
    return MeasuredFace(
        picture=face.picture,
        landmarks=landmarks,
        score_fit=refit(score_fit, landmarks, model),
        intensity_fit=fit_expression(landmarks, model, identity, basis=finest, settings=weak, start=score_fit),
        emotion_fit=(
            fit_expression(landmarks, model, identity, basis="emotions", settings=weak)
            if "emotions" in model.bases
            else None
        ),
    )


def _add_turns(measured: Sequence[MeasuredFace]) -> list[MeasuredFace]:
    """Add the rotation of each head from the pose the person was calibrated in."""
    turns = [turns_deg(face.score_fit.pose.rotation_to_line_of_sight) for face in measured]
    neutral = [turn for face, turn in zip(measured, turns, strict=True) if face.picture.expression == NEUTRAL]
    yaw, pitch = np.mean(neutral, axis=0).tolist() if neutral else (0.0, 0.0)
    return [replace(face, turn_deg=(a - yaw, b - pitch)) for face, (a, b) in zip(measured, turns, strict=True)]


def _add_appearance(measured: Sequence[MeasuredFace], model: FaceModel) -> list[MeasuredFace]:
    """Add the change of appearance from rest, if the picture can be read again."""
    if not len(model.triangles):
        return list(measured)
    known = {
        face: appearance_of(read_image(face.picture.path, background=face.picture.background), face.score_fit, model)
        for face in measured
        if face.picture.path.is_file()
    }
    if not known:
        return list(measured)
    neutrals: list[FloatArray] = []
    others: dict[str, list[FloatArray]] = {}
    for face, appearance in known.items():
        label = face.picture.expression
        (neutrals if label == NEUTRAL else others.setdefault(label, [])).append(appearance)
    rest = appearance_at_rest(neutrals, others)
    return [replace(face, appearance=known[face] - rest) if face in known else face for face in measured]


def _exclusion(picture: Picture, error: AnalysisError) -> Exclusion:
    return Exclusion(error.reason if isinstance(error, FaceError) else "image", str(error), picture)
