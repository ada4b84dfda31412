"""Measure a trainee live.

Landmarks, fits of the shipped face model, and the similarity of the tables.

Targets are measured before the session, from their pictures, as the analysis does. The trainee's landmarks are detected
fewer times per picture, which is quicker and less steady.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.face.appearance.change import appearance_at_rest, appearance_of
from analysis.face.appearance.part_statistics import Seen, noise_terms
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError, FaceModelError, NoFaceError
from analysis.face.fitting.camera import turns_deg
from analysis.face.fitting.covariance_refit import refit, refit_problem
from analysis.face.fitting.emotion_responses import fit_emotions
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, SCORE_RIDGE, FitSettings, FittedFace, Identity
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.images import PAPER
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.tracker import LandmarkTracker
from analysis.face.measurement import NEUTRAL, MeasuredFace, Picture, detect_face, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import HARDLY_SEEN
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.render.coloured import ColouredFace
from analysis.face.similarity.coefficients import HARDLY_VISIBLE
from analysis.face.similarity.combined import forget_parts
from analysis.face.similarity.displacement import displacement_weights
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.parts import movement_strength_mm
from experiment.feedback.colours import distance_colours
from experiment.feedback.hint_arrows import landmark_motions, places_of
from experiment.feedback.hint_forecast import FitState, TargetState, forecast_gains, hint_matrix, possible_hints
from experiment.feedback.messages import DISTANCE_SIZE_PX, FAULTS, Fault, LiveReading, LiveTarget, MeasurerInfo
from experiment.protocol.live_metrics import DEFAULT_LIVE_METRIC

DARK = 28
"""Mean grey of a picture, 0..255, below which darkness is the reason for a missing face."""
PITCH_DARK = 12
"""Mean grey of a picture below which it is not measured: a face found there is mostly noise of the sensor."""
_REDETECT_EVERY = 45
"""Frames between two detections of the face and of other faces: about one and a half seconds, for 20 ms each."""
_DOUBTFUL_EYES = 0.024
"""Reprojection error, in eye distances, above which the landmarks may have slid off a head that turned quickly: drawn
faces up to 30 degrees stay below 0.022, slid landmarks have 0.026 to 0.05."""
_DOUBT_EVERY = 15
"""Frames between two detections for that reason: the model fits some faces no better."""
_RESET_AFTER = 4
"""Frames in a row with a fault after which the face is detected again in the whole picture."""
_DISTANCE_EVERY = 2
"""The coloured face is drawn for every second frame: it takes half as long as the fit, and the eye does not notice."""
_FORECAST_EVERY = 2
"""The forecast is computed for every second frame, and repeated for the next one."""
_FORGET_EVERY = 256
"""Frames between two times at which the kept parts of scores are released; those of targets are computed again."""
_VISIBLE = 0.1
"""Share of the squared movement of the landmarks that must be visible from the front for a hint."""
_STILL_MM = 0.8
"""Movement of a face at rest, at most: the floor of the scores (0.6 mm) and the jitter of quicker detection."""
_STRONG, _WEAK = FitSettings(ridge=SCORE_RIDGE), FitSettings(ridge=INTENSITY_RIDGE)


@dataclass(frozen=True, slots=True)
class TargetPictures:
    """A target face on disk."""

    name: str
    image: Path
    neutral: Path | None
    background: str = PAPER
    """Colour of the display, behind transparent pixels."""


@dataclass(frozen=True, slots=True)
class FaceMeasurerFactory:
    """Makes a `FaceMeasurer` in the measuring process."""

    targets: tuple[TargetPictures, ...]
    model: str = DEFAULT_MODEL
    metric: str = DEFAULT_LIVE_METRIC

    def __call__(self) -> FaceMeasurer:
        """Load the model and measure the targets, which takes some seconds."""
        return FaceMeasurer(load_model(self.model), self.targets, metric_name=self.metric)


class FaceMeasurer:
    """Measures one trainee.

    Parameters
    ----------
    model
        A face model with units and emotions.
    targets
        Measured when the measurer is made.
    metric_name
        Of the similarity.

    Raises
    ------
    FaceError
        If a target cannot be measured.
    FaceModelError
        If the model lacks units or emotions.
    """

    def __init__(
        self, model: FaceModel, targets: Sequence[TargetPictures], *, metric_name: str = DEFAULT_LIVE_METRIC
    ) -> None:
        if not {"units", "emotions"} <= set(model.bases):
            raise FaceModelError(f"training needs a face model with units and emotions; {model.name} lacks them")
        self._model = model
        self._metric = metric(metric_name)
        self._targets = _measured_targets(targets, model)
        hidden = _hidden(self._targets, model)
        self.info = _info(self._targets, model, hidden)
        self._movement_products = _movement_products(model, hidden)
        self._hint_matrix = hint_matrix(self.info.hints, self.info.unit_names)
        self._tracker = LandmarkTracker(redetect_every=_REDETECT_EVERY)
        self._identity = Identity.mean(model)
        self._at_rest = _AtRest()
        self._neutral = model.neutral(self._identity.coefficients)
        self._target: MeasuredFace | None = None
        self._target_movement = np.zeros_like(model.mean)
        self._before: _Fits | None = None
        self._painter: ColouredFace | None = None
        self._want_distance = False
        self._want_forecast = False
        self._forecast: FloatArray | None = None
        self._frames = 0
        self._failures = 0
        self._doubted = -_DOUBT_EVERY

    @property
    def targets(self) -> Mapping[str, MeasuredFace]:
        """The measured targets by name."""
        return self._targets

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take the measurable pictures as the trainee's neutral face.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            RGB.

        Raises
        ------
        FaceError
            If no face can be measured in any of them.
        """
        self._tracker.reset()  # the pictures may show another person than before
        found: list[tuple[ImageArray, Landmarks]] = []
        fault: FaceError = NoFaceError("there are no pictures of the face at rest")
        for image in neutrals:
            try:
                found.append((image, self._tracker.update(image)))
            except FaceError as error:
                fault = error
        if not found:
            raise fault
        self._identity = calibrate_identity([landmarks for _, landmarks in found], self._model)
        if self._metric.needs_pictures:
            self._at_rest = self._seen_at_rest(found)
        self._neutral = self._model.neutral(self._identity.coefficients)
        self._before = self._forecast = None
        if self._painter is not None:
            self._painter.light(self._neutral)

    def set_target(self, target: str | None, *, want_distance: bool, want_forecast: bool) -> None:
        """Measure against this target from now on.

        Parameters
        ----------
        target, want_distance, want_forecast
            As in `experiment.feedback.measuring.Measurer.set_target`.
        """
        self._target = None if target is None else self._targets[target]
        if self._target is not None:
            self._target_movement = self._target.intensity_fit.displacement_mm(self._model)
        self._want_distance, self._want_forecast = want_distance, want_forecast
        self._forecast = None
        if want_distance and self._painter is None:
            height, width = DISTANCE_SIZE_PX
            self._painter = ColouredFace(self._model, size_px=(width, height))
            self._painter.light(self._neutral)

    def measure(self, image: ImageArray) -> LiveReading:
        """Measure one picture.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            RGB.
        """
        found = self._detect(image)
        if isinstance(found, str):
            return LiveReading(found)
        if self._target is None:
            fits = found.fits
            return LiveReading(None, intensities=fits.intensity.expression, emotions=fits.emotions.expression)
        return self._compare(self._face(found, image), self._target)

    def face(self, image: ImageArray) -> MeasuredFace | Fault:
        """Return the face in one picture, for comparisons with targets.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            RGB.
        """
        found = self._detect(image)
        return found if isinstance(found, str) else self._face(found, image)

    def _detect(self, image: ImageArray) -> _Found | Fault:
        if float(image[::8, ::8].mean()) < PITCH_DARK:
            self._before = self._forecast = None
            self._tracker.reset()
            return "dark"
        try:
            landmarks = self._tracker.update(image)
            fits = self._fit(landmarks)
        except FaceError as error:
            self._note_failure()
            return _fault(error, image)
        self._before, self._failures = fits, 0
        if fits.score.reprojection_error_eyes > _DOUBTFUL_EYES and self._frames >= self._doubted + _DOUBT_EVERY:
            self._tracker.reset()
            self._doubted = self._frames
        self._frames += 1
        return _Found(landmarks, fits)

    def _seen_at_rest(self, found: Sequence[tuple[ImageArray, Landmarks]]) -> _AtRest:
        seen, turns = [], []
        for image, landmarks in found:
            try:
                fit = fit_expression(landmarks, self._model, self._identity, settings=_STRONG)
            except FaceError:
                continue
            fit = refit(fit, landmarks, self._model)
            seen.append(Seen(appearance_of(image, fit, self._model), landmarks.eye_distance_px))
            turns.append(turns_deg(fit.pose.rotation_to_line_of_sight))
        if not seen:
            return _AtRest()
        yaw, pitch = np.mean(turns, axis=0).tolist()
        return _AtRest(tuple(seen), (yaw, pitch))

    def _note_failure(self) -> None:
        self._before = self._forecast = None
        self._failures += 1
        self._doubted = self._frames - _DOUBT_EVERY
        if self._failures % _RESET_AFTER == 0:
            self._tracker.reset()  # the tracked region may not be a face any more

    def _fit(self, landmarks: Landmarks) -> _Fits:
        before, model, identity = self._before, self._model, self._identity
        score = fit_expression(landmarks, model, identity, settings=_STRONG, start=before.score if before else None)
        start = before.intensity if before else score
        intensity = fit_expression(landmarks, model, identity, settings=_WEAK, start=start)
        refitted = refit(score, landmarks, model)
        emotions = fit_emotions(refitted, intensity, landmarks, model, before=before.emotions if before else None)
        assert emotions is not None  # the model has a basis of emotions
        return _Fits(score, refitted, intensity, emotions)

    def _face(self, found: _Found, image: ImageArray) -> MeasuredFace:
        landmarks, fits, model = found.landmarks, found.fits, self._model
        face = MeasuredFace(_LIVE, landmarks, fits.refitted, fits.intensity, fits.emotions)
        return self._at_rest.with_appearance(face, image, model) if self._metric.needs_pictures else face

    def _compare(self, live: MeasuredFace, target: MeasuredFace) -> LiveReading:
        model, landmarks = self._model, live.landmarks
        if self._metric.needs_pictures and self._frames % _FORGET_EVERY == 0:
            forget_parts()
        movement = live.intensity_fit.displacement_mm(model)
        return LiveReading(
            fault=None,
            similarity=self._metric.score(target, live, model),
            intensity_ratio=self._intensity_ratio(live.intensity_fit, target.intensity_fit),
            distinct=distinctness(movement, model),
            intensities=live.intensity_fit.expression,
            emotions=_emotions(live),
            distance=self._draw_distance(movement),
            forecast=self._update_forecast(live, target),
            places=places_of(landmarks.points_px, landmarks.image_size) if self._want_forecast else None,
        )

    def _update_forecast(self, live: MeasuredFace, target: MeasuredFace) -> FloatArray | None:
        if not self._want_forecast:
            return None
        if self._forecast is None or self._frames % _FORECAST_EVERY:
            found = refit_problem(live.score_fit, live.landmarks, self._model)
            self._forecast = forecast_gains(
                self._hint_matrix,
                FitState(live.score_fit.expression, found.linear, live.intensity_fit.expression),
                TargetState(target.score_fit.expression, target.intensity_fit.expression),
                hessian=found.hessian,
                ridge=found.ridge,
            )
        return self._forecast

    def _intensity_ratio(self, own: FittedFace, target: FittedFace) -> float:
        mine, whole = (float(face.expression @ self._movement_products @ face.expression) for face in (own, target))
        return float(np.sqrt(mine / whole)) if whole > 0 else 0.0

    def _draw_distance(self, movement: FloatArray) -> ImageArray | None:
        if not self._want_distance or self._painter is None or self._frames % _DISTANCE_EVERY:
            return None
        distance_mm = np.linalg.norm(movement - self._target_movement, axis=1)
        return self._painter.draw(self._neutral + movement, distance_colours(distance_mm))


def distinctness(movement_mm: FloatArray, model: FaceModel) -> float:
    """Return `LiveReading.distinct` of a movement.

    Parameters
    ----------
    movement_mm : (V, 3) float array
        Of all vertices from rest.
    model
        The face model.
    """
    return min(1.0, movement_strength_mm(movement_mm, model) / _STILL_MM) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class _Fits:
    score: FittedFace
    """Before its refit with the covariance of the landmarks."""
    refitted: FittedFace
    intensity: FittedFace
    emotions: FittedFace


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    landmarks: Landmarks
    fits: _Fits


class _AtRest:
    """The appearance of the trainee at rest, in the latest calibration."""

    def __init__(self, neutrals: Sequence[Seen] = (), turn_deg: tuple[float, float] = (0.0, 0.0)) -> None:
        self._neutrals = neutrals
        self._turn_deg = turn_deg
        self._edges = appearance_at_rest([one.edges for one in neutrals], {}) if neutrals else None

    def with_appearance(self, face: MeasuredFace, image: ImageArray, model: FaceModel) -> MeasuredFace:
        """Return a face with its change of appearance and its rotation from rest."""
        seen = Seen(appearance_of(image, face.score_fit, model), face.landmarks.eye_distance_px)
        rest = appearance_at_rest([], {"own": [seen.edges]}) if self._edges is None else self._edges
        yaw, pitch = turns_deg(face.score_fit.pose.rotation_to_line_of_sight)
        return replace(
            face,
            appearance=seen.edges - rest,
            noise_terms=noise_terms(seen, self._neutrals),
            turn_deg=(yaw - self._turn_deg[0], pitch - self._turn_deg[1]),
        )


_LIVE = Picture(Path("live"), "live")


def _measured_targets(targets: Sequence[TargetPictures], model: FaceModel) -> dict[str, MeasuredFace]:
    measured: dict[str, MeasuredFace] = {}
    for target in targets:
        pictures = [Picture(target.image, target.name, target.background)]
        if target.neutral is not None:
            pictures.insert(0, Picture(target.neutral, NEUTRAL, target.background))
        person = measure_person(target.name, [detect_face(picture) for picture in pictures], model)
        if not person.faces:
            reasons = "; ".join(f"{one.file}: {one.short_message}" for one in person.excluded)
            raise FaceError(f"the target {target.name} cannot be measured: {reasons}")
        measured[target.name] = person.faces[0]
    return measured


def _info(targets: Mapping[str, MeasuredFace], model: FaceModel, hidden: frozenset[str]) -> MeasurerInfo:
    names = model.bases["units"].names
    live = {name: LiveTarget(face.intensity_fit.expression, _emotions(face)) for name, face in targets.items()}
    motions = dict(zip(names, landmark_motions(model), strict=True))
    unasked = hidden | _towards_camera(model) | HARDLY_SEEN
    return MeasurerInfo(names, possible_hints(names, hidden=unasked), live, motions)


def _hidden(targets: Mapping[str, MeasuredFace], model: FaceModel) -> frozenset[str]:
    """Return the units that the landmarks do not show."""
    hidden = {name for name in model.bases["units"].names if name.startswith(HARDLY_VISIBLE)}
    return frozenset(hidden.union(*(face.intensity_fit.unobservable for face in targets.values())))


def _towards_camera(model: FaceModel) -> frozenset[str]:
    """Return the units that move the landmarks mostly towards the camera.

    ``jawForward``.
    """
    energy = (landmark_rows(model, "units").shapes ** 2).sum(axis=1)
    visible = energy[:2].sum(axis=0) / np.maximum(energy.sum(axis=0), 1e-12)
    names = model.bases["units"].names
    return frozenset(name for name, share in zip(names, visible, strict=True) if share < _VISIBLE)


def _movement_products(model: FaceModel, hidden: frozenset[str]) -> FloatArray:
    """Return the (U, U) scalar products of the visible movements of any two units.

    Movements towards the camera do not count: no picture shows them.
    """
    basis = model.bases["units"]
    balance = np.sqrt(np.repeat(displacement_weights(model), 2))
    movements = basis.shapes[:, :, :2].reshape(len(basis.names), -1) * balance
    movements[[name in hidden for name in basis.names]] = 0.0
    return np.asarray(movements @ movements.T)


def _emotions(face: MeasuredFace) -> FloatArray:
    assert face.emotion_fit is not None  # the model has a basis of emotions
    return face.emotion_fit.expression


def _fault(error: FaceError, image: ImageArray) -> Fault:
    if isinstance(error, NoFaceError) and float(image[::8, ::8].mean()) < DARK:
        return "dark"
    return next((fault for fault in FAULTS if fault == error.reason), "no-face")
