"""The measurer of people: landmarks, the fit of the shipped face model, and the similarity the tables have, live.

Targets are measured before the session, from their pictures, exactly as the analysis does it later. The trainee is
measured with fewer looks at each picture, which is quicker and jitters more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError, FaceModelError, NoFaceError
from analysis.face.fitting.covariance_refit import evidence, refit
from analysis.face.fitting.fit import (
    INTENSITY_RIDGE,
    SCORE_RIDGE,
    FitSettings,
    FittedFace,
    Identity,
    calibrate_identity,
    fit_expression,
)
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.detector import Landmarks
from analysis.face.landmarks.tracker import LandmarkTracker
from analysis.face.measurement import NEUTRAL, Exclusion, MeasuredFace, Picture, detect_face, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.render.coloured import ColouredFace
from analysis.face.similarity.coefficients import HARDLY_SEEN
from analysis.face.similarity.displacement import displacement_weights
from analysis.face.similarity.metrics import LIVE_METRIC, metric
from analysis.face.similarity.parts import movement_strength_mm
from experiment.feedback.colours import distance_colours
from experiment.feedback.hint_forecast import Standing, change_matrix, possible_changes, promises
from experiment.feedback.messages import DISTANCE_SIZE_PX, TROUBLES, Goal, LiveReading, Scene, Trouble

DARK = 28
"""Mean grey of a picture, 0..255, below which a missing face is put down to the dark."""
_REDETECT_EVERY = 45
"""Frames between two searches for the face and for others: about one and a half seconds, for 20 ms each."""
_DOUBTFUL = 0.024
"""Reprojection error, in eye distances, from which on the landmarks may have slid off a head that turned quickly: up to
30 degrees it stays below 0.022 on drawn faces, slid landmarks have 0.026 to 0.05."""
_DOUBT_EVERY = 15
"""Frames between two searches for that reason: some faces the model fits no better."""
PITCH_DARK = 12
"""Mean grey of a picture below which nothing in it is measured: a face found there is mostly the noise of the chip."""
_LOOK_ANEW_AFTER = 4
"""Frames in a row that could not be measured, after which the face is searched for in the whole picture."""
_DISTANCE_EVERY = 2
"""The coloured face is drawn for every second frame: it takes half as long as the fit, and nobody sees it."""
_PROMISES_EVERY = 2
"""What changes would promise is reckoned up for the frames between, and told with the next ones too."""
_SEEN = 0.1
"""Share of the movement of landmarks, squared, that a hint must be able to show from the front."""
_STILL_MM = 0.8
"""Movement up to which a face may be at rest: the floor of the scores (0.6 mm), and the jitter of quicker looks."""
_STRONG, _WEAK = FitSettings(ridge=SCORE_RIDGE), FitSettings(ridge=INTENSITY_RIDGE)


@dataclass(frozen=True, slots=True)
class TargetPictures:
    """A target face on disk."""

    name: str
    image: Path
    neutral: Path | None


@dataclass(frozen=True, slots=True)
class FaceMeasurerFactory:
    """What the measuring process needs to make a `FaceMeasurer`."""

    targets: tuple[TargetPictures, ...]
    model: str = DEFAULT_MODEL
    metric: str = LIVE_METRIC

    def __call__(self) -> FaceMeasurer:
        """Load the model and measure the targets, which takes some seconds."""
        return FaceMeasurer(load_model(self.model), self.targets, metric_name=self.metric)


class FaceMeasurer:
    """Measures one trainee."""

    def __init__(self, model: FaceModel, targets: Sequence[TargetPictures], *, metric_name: str = LIVE_METRIC) -> None:
        """Measure the targets.

        Raises
        ------
        FaceError
            If a target cannot be measured.
        FaceModelError
            If the model lacks units or emotions.
        """
        if not {"units", "emotions"} <= set(model.bases):
            raise FaceModelError(f"training needs a face model with units and emotions; {model.name} lacks them")
        self._model = model
        self._score = metric(metric_name).score
        self._targets = _measured_targets(targets, model)
        self.scene = _scene(self._targets, model)
        self._alikeness = _alikeness(model, _hidden(self._targets, model))
        self._changes = change_matrix(self.scene.changes, self.scene.unit_names)
        self._tracker = LandmarkTracker(redetect_every=_REDETECT_EVERY)
        self._identity = Identity.mean(model)
        self._aim: MeasuredFace | None = None
        self._aim_movement = np.zeros_like(model.mean)
        self._before: _Fits | None = None
        self._neutral = model.neutral(self._identity.coefficients)
        self._painter: ColouredFace | None = None
        self._want_distance = False
        self._want_promises = False
        self._promised: FloatArray | None = None
        self._frames = 0
        self._failures = 0
        self._doubted = -_DOUBT_EVERY

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures for the trainee's face at rest; those that cannot be measured are left out.

        Raises
        ------
        FaceError
            If no face can be measured in any of them.
        """
        self._tracker.reset()  # somebody else may have sat there before
        found: list[Landmarks] = []
        problem: FaceError = NoFaceError("there are no pictures of the face at rest")
        for image in neutrals:
            try:
                found.append(self._tracker.update(image))
            except FaceError as error:
                problem = error
        if not found:
            raise problem
        self._identity = calibrate_identity(found, self._model)
        self._neutral = self._model.neutral(self._identity.coefficients)
        self._before = self._promised = None
        if self._painter is not None:
            self._painter.light(self._neutral)

    def aim(self, target: str | None, *, want_distance: bool, want_promises: bool) -> None:
        """Measure against this target from now on; None measures without a similarity."""
        self._aim = None if target is None else self._targets[target]
        if self._aim is not None:
            self._aim_movement = self._aim.intensity_fit.displacement_mm(self._model)
        self._want_distance, self._want_promises = want_distance, want_promises
        self._promised = None
        if want_distance and self._painter is None:
            height, width = DISTANCE_SIZE_PX
            self._painter = ColouredFace(self._model, size_px=(width, height))
            self._painter.light(self._neutral)

    def measure(self, image: ImageArray) -> LiveReading:
        """Measure one picture."""
        if float(image[::8, ::8].mean()) < PITCH_DARK:
            self._before = self._promised = None
            self._tracker.reset()
            return LiveReading("dark")
        try:
            landmarks = self._tracker.update(image)
            fits = self._fit(landmarks)
        except FaceError as error:
            self._before = self._promised = None
            self._failures += 1
            self._doubted = self._frames - _DOUBT_EVERY
            if self._failures % _LOOK_ANEW_AFTER == 0:
                self._tracker.reset()  # what is followed may be no face any more
            return LiveReading(_trouble(error, image))
        self._before, self._failures = fits, 0
        if fits.score.reprojection_error_eyes > _DOUBTFUL and self._frames >= self._doubted + _DOUBT_EVERY:
            self._tracker.reset()
            self._doubted = self._frames
        self._frames += 1
        similarity, intensity, distinct, promised, distance = 0.0, 0.0, 1.0, None, None
        if self._aim is not None:
            units = refit(fits.score, landmarks, self._model)
            live = MeasuredFace(_LIVE, landmarks, units, fits.strength, fits.emotions)
            similarity = self._score(self._aim, live, self._model)
            intensity = self._relative_strength(fits.strength, self._aim.intensity_fit)
            movement = fits.strength.displacement_mm(self._model)
            distinct = min(1.0, movement_strength_mm(movement, self._model) / _STILL_MM) ** 2
            promised = self._promises(live, self._aim)
            distance = self._distance(movement)
        return LiveReading(
            trouble=None,
            similarity=similarity,
            intensity=intensity,
            distinct=distinct,
            units=fits.strength.expression,
            emotions=fits.emotions.expression,
            distance=distance,
            promises=promised,
        )

    def _fit(self, landmarks: Landmarks) -> _Fits:
        before, model, identity = self._before, self._model, self._identity
        score = fit_expression(landmarks, model, identity, settings=_STRONG, start=before.score if before else None)
        strength = fit_expression(
            landmarks, model, identity, settings=_WEAK, start=before.strength if before else score
        )
        start = before.emotions if before else None
        emotions = fit_expression(landmarks, model, identity, basis="emotions", settings=_WEAK, start=start)
        return _Fits(score, strength, emotions)

    def _promises(self, live: MeasuredFace, target: MeasuredFace) -> FloatArray | None:
        if not self._want_promises:
            return None
        if self._promised is not None and self._frames % _PROMISES_EVERY == 0:
            return self._promised
        found = evidence(live.score_fit, live.landmarks, self._model)
        self._promised = promises(
            self._changes,
            Standing(live.score_fit.expression, found.linear, live.intensity_fit.expression),
            similar_to=target.score_fit.expression,
            aim=target.intensity_fit.expression,
            hessian=found.hessian,
            ridge=found.ridge,
        )
        return self._promised

    def _relative_strength(self, own: FittedFace, target: FittedFace) -> float:
        mine, whole = (float(face.expression @ self._alikeness @ face.expression) for face in (own, target))
        return float(np.sqrt(mine / whole)) if whole > 0 else 0.0

    def _distance(self, movement: FloatArray) -> ImageArray | None:
        if not self._want_distance or self._painter is None or self._frames % _DISTANCE_EVERY:
            return None
        distance_mm = np.linalg.norm(movement - self._aim_movement, axis=1)
        return self._painter.draw(self._neutral + movement, distance_colours(distance_mm))


@dataclass(frozen=True, slots=True, eq=False)
class _Fits:
    score: FittedFace
    strength: FittedFace
    emotions: FittedFace


_LIVE = Picture(Path("live"), "live")


def _measured_targets(targets: Sequence[TargetPictures], model: FaceModel) -> dict[str, MeasuredFace]:
    measured: dict[str, MeasuredFace] = {}
    for target in targets:
        pictures = [Picture(target.image, target.name)]
        if target.neutral is not None:
            pictures.insert(0, Picture(target.neutral, NEUTRAL))
        seen = [detect_face(picture) for picture in pictures]
        person = measure_person(target.name, seen, model)
        if not person.faces:
            raise FaceError(f"the target {target.name} cannot be measured: {_why(person.excluded)}")
        measured[target.name] = person.faces[0]
    return measured


def _why(excluded: Sequence[Exclusion]) -> str:
    return "; ".join(f"{one.file}: {one.short_message}" for one in excluded)


def _scene(targets: dict[str, MeasuredFace], model: FaceModel) -> Scene:
    names = model.bases["units"].names
    goals = {name: Goal(face.intensity_fit.expression, _emotions(face)) for name, face in targets.items()}
    hidden = _hidden(targets, model) | _towards_the_camera(model)
    return Scene(names, possible_changes(names, hidden=hidden), goals)


def _hidden(targets: dict[str, MeasuredFace], model: FaceModel) -> frozenset[str]:
    """Units that the landmarks do not see: hints must not ask for them."""
    hidden = {name for name in model.bases["units"].names if name.startswith(HARDLY_SEEN)}
    return frozenset(hidden.union(*(face.intensity_fit.unobservable for face in targets.values())))


def _towards_the_camera(model: FaceModel) -> frozenset[str]:
    """Units that move the landmarks mostly where no picture shows it: ``jawForward``."""
    energy = (landmark_rows(model, "units").shapes ** 2).sum(axis=1)
    seen = energy[:2].sum(axis=0) / np.maximum(energy.sum(axis=0), 1e-12)
    names = model.bases["units"].names
    return frozenset(name for name, share in zip(names, seen, strict=True) if share < _SEEN)


def _alikeness(model: FaceModel, hidden: frozenset[str]) -> FloatArray:
    """(U, U) scalar product of the movements of any two units, as strongly as they can be seen and felt.

    Towards the camera nothing can be seen: a jaw pushed forward is not to count.
    """
    basis = model.bases["units"]
    balance = np.sqrt(np.repeat(displacement_weights(model), 2))
    movements = basis.shapes[:, :, :2].reshape(len(basis.names), -1) * balance
    movements[[name in hidden for name in basis.names]] = 0.0
    return np.asarray(movements @ movements.T)


def _emotions(face: MeasuredFace) -> FloatArray:
    assert face.emotion_fit is not None  # the model has a basis of emotions
    return face.emotion_fit.expression


def _trouble(error: FaceError, image: ImageArray) -> Trouble:
    if isinstance(error, NoFaceError) and float(image[::8, ::8].mean()) < DARK:
        return "dark"
    return next((trouble for trouble in TROUBLES if trouble == error.reason), "no-face")
