"""Measure the pictures of one person.

Detect faces, calibrate, fit, list exclusions.

A person is measured in two steps. `detect_face` reads one picture and detects the landmarks of its face. Pictures are
independent, so this step can run in parallel. `measure_person` then calibrates the person's face at rest from the
pictures labelled neutral and measures the expression of every other picture against it. The result for a picture
depends on that picture and the neutral ones only. Where no neutral picture is usable, each picture is measured alone,
and the result says ``alone``: then an expression and the shape of the face cannot be separated well.

The pictures of a person are also measured together (`MeasuredFace.pooled`), for the metrics whose names end with
``-pooled``: all pictures then contribute to the face at rest, so that each result depends on all pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from analysis.face.appearance.change import appearance_at_rest, appearance_of
from analysis.face.appearance.common_change import CommonChange, common_change
from analysis.face.appearance.part_statistics import Seen, noise_terms
from analysis.face.appearance.turn_effect import turn_effect
from analysis.face.appearance.turned_rest import TurnedRest, facing
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.fitting.camera import turns_deg
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.emotion_responses import fit_emotions
from analysis.face.fitting.fit import calibrate_identity, fit_expression, fit_jointly
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, SCORE_RIDGE, FitSettings, FittedFace, Identity
from analysis.face.images import PAPER, as_grey, read_image
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
    """Strengths of the six emotions (`analysis.face.fitting.emotion_responses`); None where the model has none."""
    appearance: FloatArray | None = None
    """(rows, columns, directions) change of appearance from the person at rest, see `analysis.face.appearance`, in the
    rotation of the picture (`facing_appearance` removes it); None where only landmarks are known, or the model has no
    surface."""
    turn_deg: tuple[float, float] = (0.0, 0.0)
    """(to the side, chin up) rotation of the head from the person's neutral pictures; where there are none, from
    facing the camera; zero where it is not known."""
    rest_turn_deg: tuple[float, float] = (0.0, 0.0)
    """The same rotation of the neutral pictures that `appearance` is compared with; zero unless some have deliberate
    turns of the head."""
    noise_terms: tuple[float, float] | None = None
    """Noise of appearance in such a picture, see `noise_terms`; None where only landmarks are known."""
    common: CommonChange | None = None
    """What all expressions of the person have in common; None in a face that was not measured with the others."""
    pooled: MeasuredFace | None = None
    """The same picture, measured together with the person's other pictures; None if they do not fit one face."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureFits:
    """The fits of one picture; they depend on picture, identity and model only."""

    score_fit: FittedFace
    intensity_fit: FittedFace
    emotion_fit: FittedFace | None
    edges: FloatArray | None
    """(rows, columns, directions) appearance of the picture (`appearance_of`); None if the picture cannot be read
    again, or the model has no surface."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPerson:
    """All usable pictures of one person."""

    name: str
    calibration: Literal["neutral", "alone"]
    identity: Identity | None
    """The person at rest; None if each picture is measured alone."""
    neutrals: tuple[MeasuredFace, ...]
    """The neutral pictures, measured like any other: their expressions are noise."""
    faces: tuple[MeasuredFace, ...]
    """Every other picture, in the order given."""
    excluded: tuple[Exclusion, ...]


def facing_appearance(face: MeasuredFace) -> FloatArray | None:
    """Return the change of appearance as it would be facing the camera.

    None where it is not known; see `analysis.face.appearance.turn_effect`.
    """
    if face.appearance is None:
        return None
    return turn_effect().facing(face.appearance, face.turn_deg, face.rest_turn_deg)


def detect_face(picture: Picture) -> Detection:
    """Read one picture and detect its face; return an exclusion if it is unusable."""
    try:
        landmarks = detect_with_mirror(LandmarkDetector(boxes=BOXES), grey_image(picture))
    except AnalysisError as error:
        return _exclusion(picture, error)
    return DetectedFace(picture, landmarks)


_RECENT: dict[tuple[Path, str, tuple[int, int, int]], ImageArray] = {}
_RECENT_BYTES = 64_000_000


def grey_image(picture: Picture) -> ImageArray:
    """Return the (H, W) grey values of a picture.

    The last few pictures stay in memory while their files keep size and time: detection and appearance need them both.

    Raises
    ------
    ImageError
        As `read_image`.
    """
    try:
        about = picture.path.stat()
        version = (about.st_size, about.st_mtime_ns, about.st_ino)
    except OSError:
        version = (0, 0, 0)
    key = picture.path.absolute(), picture.background, version
    grey = _RECENT.get(key)
    if grey is None:
        grey = as_grey(read_image(picture.path, background=picture.background))
        _RECENT[key] = grey
        while len(_RECENT) > 1 and sum(one.nbytes for one in _RECENT.values()) > _RECENT_BYTES:
            del _RECENT[next(iter(_RECENT))]
    return grey


class PersonSteps:
    """The steps of `measure_person` that take time; a subclass may keep their results.

    The result of a step depends on its arguments, the content of the pictures and the version of the program only.
    """

    def require_plausible(self, face: DetectedFace, model: FaceModel) -> None:
        """Raise FaceError if the head is turned too far or the mean face does not fit.

        Such faces spoil an identity.
        """
        settings = FitSettings(max_error=np.inf)
        fit_expression(face.landmarks, model, Identity.mean(model), basis=model.finest_basis, settings=settings)

    def calibrate(self, neutrals: Sequence[DetectedFace], model: FaceModel) -> Identity:
        """Return the person at rest; raise FaceError if no face fits.

        Neutral pictures with deliberate turns of the head do not contribute: errors of their landmarks would become
        part of the face.
        """
        landmarks = [one.landmarks for one in neutrals]
        identity = calibrate_identity(landmarks, model)
        turns: list[tuple[float, float]] = []
        for one in landmarks:
            with suppress(FaceError):
                fit = fit_expression(one, model, identity, basis=model.finest_basis)
                turns.append(turns_deg(refit(fit, one, model).pose.rotation_to_line_of_sight))
        chosen = facing(turns)
        if chosen.all() or len(turns) < len(landmarks):
            return identity
        return calibrate_identity([one for one, is_facing in zip(landmarks, chosen, strict=True) if is_facing], model)

    def calibrate_jointly(self, faces: Sequence[DetectedFace], model: FaceModel) -> Identity:
        """Return the identity shared by pictures; raise FaceError if no face fits."""
        return fit_jointly([one.landmarks for one in faces], model, basis=model.finest_basis)[0].identity

    def fit(self, face: DetectedFace, identity: Identity, model: FaceModel) -> PictureFits:
        """Fit one picture of a person.

        Parameters
        ----------
        face : DetectedFace
            The picture.
        identity : Identity
            The person at rest.
        model : FaceModel
            The face model.

        Raises
        ------
        FaceError
            If no face fits.
        """
        strong, weak = FitSettings(ridge=SCORE_RIDGE), FitSettings(ridge=INTENSITY_RIDGE)
        landmarks, finest, picture = face.landmarks, model.finest_basis, face.picture
        first = fit_expression(landmarks, model, identity, basis=finest, settings=strong)
        score_fit = refit(first, landmarks, model)
        edges = None
        if len(model.triangles) and picture.path.is_file():
            edges = appearance_of(grey_image(picture), score_fit, model)
        intensity_fit = fit_expression(landmarks, model, identity, basis=finest, settings=weak, start=first)
        return PictureFits(
            score_fit=score_fit,
            intensity_fit=intensity_fit,
            emotion_fit=fit_emotions(score_fit, intensity_fit, landmarks, model),
            edges=edges,
        )


_STEPS = PersonSteps()


def measure_person(
    name: str,
    detections: Sequence[Detection],
    model: FaceModel,
    *,
    steps: PersonSteps = _STEPS,
    pooled: bool = True,
) -> MeasuredPerson:
    """Calibrate a person and measure every picture of this person.

    Parameters
    ----------
    name : str
        The person, for messages.
    detections : sequence
        The result of `detect_face` for each picture; those labelled `NEUTRAL` calibrate.
    model : FaceModel
        The face model.
    steps : PersonSteps
        Performs the steps, or returns results that were kept.
    pooled : bool
        Whether to measure the pictures together as well. Without it, the effect of head rotation on appearance need
        not have been learned.

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
                    steps.require_plausible(one, model)
                except FaceError as error:
                    excluded.append(_exclusion(one.picture, error))
                else:
                    faces.append(one)
    neutrals, others = usable[True], usable[False]
    if not neutrals and not others:
        reason = excluded[0].message if excluded else "the person has no pictures"
        raise FaceError(f"{name}: no picture of this person can be measured: {reason}")
    identity = steps.calibrate(neutrals, model) if neutrals else None
    fitted: list[tuple[DetectedFace, PictureFits]] = []
    for one in [*neutrals, *others]:
        try:
            fitted.append((one, steps.fit(one, identity or steps.calibrate_jointly([one], model), model)))
        except FaceError as error:
            excluded.append(_exclusion(one.picture, error))
    together: dict[Picture, MeasuredFace] = {}
    if pooled:
        all_fitted = fitted if identity else _fitted_together(fitted, model, steps)
        together = {face.picture: face for face in _with_appearance(all_fitted, pooled=True)}
    measured = [replace(face, pooled=together.get(face.picture)) for face in _with_appearance(fitted)]
    return MeasuredPerson(
        name=name,
        calibration="neutral" if identity else "alone",
        identity=identity,
        neutrals=tuple(one for one in measured if one.picture.expression == NEUTRAL),
        faces=tuple(one for one in measured if one.picture.expression != NEUTRAL),
        excluded=tuple(excluded),
    )


def _add_turns(measured: Sequence[MeasuredFace], rest: TurnedRest | None) -> list[MeasuredFace]:
    """Add the rotation of each head from the pose of its calibration."""
    turns = [turns_deg(face.score_fit.pose.rotation_to_line_of_sight) for face in measured]
    neutral = [turn for face, turn in zip(measured, turns, strict=True) if face.picture.expression == NEUTRAL]
    yaw, pitch = np.array(neutral)[facing(neutral)].mean(axis=0).tolist() if neutral else (0.0, 0.0)

    def relative(turn: tuple[float, float]) -> tuple[float, float]:
        return turn[0] - yaw, turn[1] - pitch

    return [
        replace(face, turn_deg=relative(turn), rest_turn_deg=relative(rest.turn_at(turn)) if rest else (0.0, 0.0))
        for face, turn in zip(measured, turns, strict=True)
    ]


def _fitted_together(
    fitted: Sequence[tuple[DetectedFace, PictureFits]], model: FaceModel, steps: PersonSteps
) -> list[tuple[DetectedFace, PictureFits]]:
    """Return the pictures that one identity fits, fitted with it."""
    if len(fitted) < 2:
        return list(fitted)
    together = []
    try:
        identity = steps.calibrate_jointly([face for face, _ in fitted], model)
    except FaceError:
        return []
    for face, _ in fitted:
        with suppress(FaceError):
            together.append((face, steps.fit(face, identity, model)))
    return together


def _with_appearance(fitted: Sequence[tuple[DetectedFace, PictureFits]], *, pooled: bool = False) -> list[MeasuredFace]:
    """Return measured faces with their change of appearance from rest.

    The face at rest is that of the neutral pictures, in the rotation of the picture if some have deliberate turns of
    the head. Without neutral pictures, it is estimated from the picture itself or, if pooled, from all pictures of the
    person. If pooled, the faces also have what all expressions of the person have in common.
    """
    seen = [None if fits.edges is None else Seen(fits.edges, face.landmarks.eye_distance_px) for face, fits in fitted]
    turns = [turns_deg(fits.score_fit.pose.rotation_to_line_of_sight) for _, fits in fitted]
    neutrals: list[Seen] = []
    neutral_turns: list[tuple[float, float]] = []
    others: dict[str, list[FloatArray]] = {}
    for (face, _), one, turn in zip(fitted, seen, turns, strict=True):
        if one is not None and face.picture.expression == NEUTRAL:
            neutrals.append(one)
            neutral_turns.append(turn)
        elif one is not None:
            others.setdefault(face.picture.expression, []).append(one.edges)
    shared_rest = None
    if neutrals or (pooled and others):
        shared_rest = appearance_at_rest([one.edges for one in neutrals], {} if neutrals else others)
    turned = None if facing(neutral_turns).all() else TurnedRest(tuple(neutrals), tuple(neutral_turns))

    def change(edges: FloatArray, turn: tuple[float, float]) -> FloatArray:
        if turned is not None:
            return edges - turned.at(turn)
        return edges - (appearance_at_rest([], {"own": [edges]}) if shared_rest is None else shared_rest)

    measured = [
        MeasuredFace(
            picture=face.picture,
            landmarks=face.landmarks,
            score_fit=fits.score_fit,
            intensity_fit=fits.intensity_fit,
            emotion_fit=fits.emotion_fit,
            appearance=None if one is None else change(one.edges, turn),
            noise_terms=None if one is None else noise_terms(one, turned.near(turn) if turned else neutrals),
        )
        for (face, fits), one, turn in zip(fitted, seen, turns, strict=True)
    ]
    with_turns = _add_turns(measured, turned)
    return _with_common(with_turns) if pooled else with_turns


def _with_common(measured: Sequence[MeasuredFace]) -> list[MeasuredFace]:
    """Add what the expressions of the person have in common."""
    shown = [face for face in measured if face.picture.expression != NEUTRAL]
    common = common_change(
        [face.picture.expression for face in shown],
        [face.score_fit.expression for face in shown],
        [facing_appearance(face) for face in shown],
    )
    return [replace(face, common=common) for face in measured]


def _exclusion(picture: Picture, error: AnalysisError) -> Exclusion:
    return Exclusion(error.reason if isinstance(error, FaceError) else "image", str(error), picture)
