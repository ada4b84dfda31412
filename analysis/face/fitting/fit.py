"""Fit a face model to landmarks: identity, expression and head pose.

The objective of one picture is, in units of the landmark noise ``sigma`` (a fraction of the eye distance)::

    sum_i  w_i |p_i - project(R (N_i + L_i g + S_i psi) + t)|^2 / sigma_i^2  +  ridge |psi|^2  +  |g|^2,   0 <= psi <= 1

with the full perspective camera, the neutral landmarks ``N`` of the person, the shapes ``S`` of an expression basis and
robust weights ``w`` (Huber). `analysis.face.fitting.gauss_newton` minimises it. Only the landmark rows of the model
are used. ``L`` are the axes along which calibration leaves the neutral landmarks uncertain, mostly their depth: without
them, an underestimated length of the nose appears as an expression when the head turns.

Identity comes from neutral pictures of the person where there are any (`calibrate_identity`), and is then fixed. Where
there are none, `fit_jointly` shares one identity over all pictures of the person. This is worse: a face at rest and a
habitual expression cannot be distinguished. `docs/measurement.md` has the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceError, FaceTurnedError, FitError
from analysis.face.fitting.camera import CameraFit, from_principal_point, start_pose
from analysis.face.fitting.fitted_face import DEFAULT_SETTINGS, FitSettings, FittedFace, Identity
from analysis.face.fitting.gauss_newton import Solution, solve_identity, solve_pose, solve_view
from analysis.face.fitting.landmark_basis import LandmarkRows, landmark_rows
from analysis.face.fitting.many_views import solve_views
from analysis.face.fitting.movable_face import MovableFace
from analysis.face.fitting.neutral_posterior import neutral_offsets, uncertain_axes
from analysis.face.fitting.residuals import Residuals, View
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel

T = TypeVar("T")

_JAW, _MOUTH, _CHIN = 17, 48, 8
"""Landmarks before the first are the jaw line, from the second on the mouth; the third is the chin."""
_LIDS = (37, 38, 40, 41, 43, 44, 46, 47)
_OFFSET_MM = 3.0
"""Standard deviation of a neutral landmark from the model's after the identity has been fitted."""
_JITTER = 0.007
"""Noise of a landmark, in eye distances, that differs between pictures of one face in one expression."""
_AXIS_SCALE = 2.0
"""Extra uncertainty of a calibrated neutral face: people differ from the model, and the detector's error turns with the
head. This value finds the units of drawn people best and halves the expressions invented by turning the head."""


def _noise_factors() -> FloatArray:
    # The jaw line is an outline, not points of the skin: it slides over the face when the head turns.
    factors = np.ones(68)
    factors[:_JAW] = 4.0
    factors[_CHIN] = 1.5
    factors[list(_LIDS)] = 1.5
    return factors


_FACTORS = _noise_factors()


def calibrate_identity(
    neutrals: Sequence[Landmarks], model: FaceModel, *, settings: FitSettings = DEFAULT_SETTINGS
) -> Identity:
    """Estimate the face of a person at rest from neutral pictures.

    All pictures share one identity, each has its own pose, and no expression is allowed. 5 or more pictures are best.

    Parameters
    ----------
    neutrals : sequence of Landmarks
        At least one picture.
    model : FaceModel
        The face model.
    settings : FitSettings
        Assumptions of the fit.

    Raises
    ------
    FitError
        If the sequence is empty, or no face of the model fits the landmarks.
    FaceTurnedError
        If a head is turned too far.
    """
    rows = landmark_rows(model, next(iter(model.bases)))
    start = _Start.of(rows.mean, rows)
    views = [_view(one, rows, start, settings=settings, expressions=False)[0] for one in _required(neutrals)]
    identity, solutions = _solve(lambda: solve_identity(views, rows, settings.weights))
    for one, solution in zip(neutrals, solutions, strict=True):
        _checked_error_px(one.eye_distance_px, solution, rows, settings=settings)
    solved, points = [solution.view for solution in solutions], rows.neutral(identity)
    offsets = np.zeros((68, 3))
    if settings.offsets:
        jitter = [np.hypot(_JITTER * one.eye_distance_px, settings.pixel_noise_px / 2.0) for one in neutrals]
        offsets[rows.landmarks] = neutral_offsets(solved, points, jitter_px=jitter, spread_mm=_OFFSET_MM).T
    axes = np.zeros((68, 3, settings.neutral_axes))
    if settings.neutral_axes:
        found = uncertain_axes(
            solved,
            rows.identity,
            neutral_mm=points,
            noise_px=[_sigma_px(one, settings) for one in neutrals],
            spread_mm=_OFFSET_MM,
            count=settings.neutral_axes,
        )
        axes[rows.landmarks] = _AXIS_SCALE * found.transpose(1, 0, 2)
    return Identity(identity, model.name, len(neutrals), "neutral", offsets, axes)


def fit_expression(
    landmarks: Landmarks,
    model: FaceModel,
    identity: Identity,
    *,
    basis: str = "units",
    settings: FitSettings = DEFAULT_SETTINGS,
    start: FittedFace | None = None,
) -> FittedFace:
    """Fit pose and expression of one picture of a person with known identity.

    Parameters
    ----------
    landmarks : Landmarks
        The landmarks of the picture.
    model : FaceModel
        The face model.
    identity : Identity
        The person at rest.
    basis : str
        ``units`` or ``emotions``.
    settings : FitSettings
        Assumptions of the fit.
    start : FittedFace, optional
        The fit of the previous frame, in the same basis: fewer steps are needed from there.

    Raises
    ------
    FitError
        If no face of the model fits the landmarks.
    FaceTurnedError
        If the head is turned too far.
    """
    rows = landmark_rows(model, basis)
    person = _person(identity, rows)
    view, found = _view(landmarks, rows, person.start, settings=settings, before=start)
    if start is not None and start.identity is identity:
        view = replace(view, neutral_shift=start.neutral_shift)
    solution = _solve(lambda: solve_view(view, person.face, settings.weights, found=found))
    return _fitted(landmarks, solution, rows, identity=identity, settings=settings)


def fit_expressions(
    landmarks: Sequence[Landmarks],
    model: FaceModel,
    identity: Identity,
    *,
    bases: Sequence[str],
    settings: FitSettings = DEFAULT_SETTINGS,
) -> list[tuple[FittedFace, ...] | FaceError]:
    """Fit pose and expression of many pictures of a person with known identity.

    Every picture has the result of `fit_expression`, except for rounding, in less time. It does not depend on the
    other pictures.

    Parameters
    ----------
    landmarks : sequence of Landmarks
        The landmarks of the pictures.
    model : FaceModel
        The face model.
    identity : Identity
        The person at rest.
    bases : sequence of str
        ``units``, ``emotions`` or both.
    settings : FitSettings
        Assumptions of the fit.

    Returns
    -------
    list
        For each picture a fit in each basis, or why there is none.
    """
    results: list[tuple[FittedFace, ...] | FaceError] = []
    views: list[View] = []
    fitted: list[int] = []
    first = landmark_rows(model, bases[0])
    for number, one in enumerate(landmarks):
        try:
            views.append(_view(one, first, _person(identity, first).start, settings=settings)[0])
        except FaceError as error:
            results.append(error)
        else:
            fitted.append(number)
            results.append(())
    for basis in bases:
        rows = landmark_rows(model, basis)
        starts = [replace(view, expression=np.zeros(len(rows.names))) for view in views]
        solutions = _solve(partial(solve_views, starts, _person(identity, rows).face, settings.weights))
        for number, solution in zip(fitted, solutions, strict=True):
            so_far = results[number]
            if not isinstance(so_far, FaceError):
                try:
                    fit = _fitted(landmarks[number], solution, rows, identity=identity, settings=settings)
                    results[number] = (*so_far, fit)
                except FaceError as error:
                    results[number] = error
    return results


def fit_jointly(
    landmarks: Sequence[Landmarks],
    model: FaceModel,
    *,
    basis: str = "units",
    settings: FitSettings = DEFAULT_SETTINGS,
) -> list[FittedFace]:
    """Fit pictures of one person without a neutral one.

    One identity, an expression for each.

    The identities of the results say ``joint``; reports must repeat this.

    Parameters
    ----------
    landmarks : sequence of Landmarks
        At least one picture.
    model : FaceModel
        The face model.
    basis : str
        ``units`` or ``emotions``.
    settings : FitSettings
        Assumptions of the fit.

    Raises
    ------
    FitError
        If the sequence is empty, or no face of the model fits the landmarks.
    FaceTurnedError
        If a head is turned too far.
    """
    rows = landmark_rows(model, basis)
    start = _Start.of(rows.mean, rows)
    views = [_view(one, rows, start, settings=settings)[0] for one in _required(landmarks)]
    coefficients, solutions = _solve(lambda: solve_identity(views, rows, settings.weights))
    identity = Identity(coefficients, model.name, len(landmarks), "joint", np.zeros((68, 3)))
    return [
        _fitted(one, solution, rows, identity=identity, settings=settings)
        for one, solution in zip(landmarks, solutions, strict=True)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Start:
    """A face at rest, from which the pose of a picture is first estimated."""

    face: MovableFace
    rigid: IntArray
    """Numbers, 0..67, of its landmarks that expressions hardly move."""
    camera: CameraFit
    """The camera that maps these."""

    @classmethod
    def of(cls, neutral_mm: FloatArray, rows: LandmarkRows) -> _Start:
        # Brows, nose and eyes hardly move against each other: the best start for every expression of the mouth.
        rigid = (rows.landmarks >= _JAW) & (rows.landmarks < _MOUTH)
        face = MovableFace.of(neutral_mm, np.zeros((*neutral_mm.shape, 0)))
        return cls(face, rows.landmarks[rigid], CameraFit.to(neutral_mm[:, rigid].T))


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """What stays the same from picture to picture of a person."""

    face: MovableFace
    start: _Start


@lru_cache(maxsize=16)
def _person(identity: Identity, rows: LandmarkRows) -> _Person:
    """Return a person with known identity.

    Cached, as every frame of a clip needs it.
    """
    points = rows.at_rest(identity)
    axes = identity.neutral_axes_mm[rows.landmarks].transpose(1, 0, 2)
    return _Person(MovableFace.of(points, rows.shapes, axes), _Start.of(points, rows))


def _solve(solve: Callable[[], T]) -> T:
    """Return the result of a solver; a singular problem becomes a FitError."""
    try:
        return solve()
    except np.linalg.LinAlgError as error:
        raise FitError(f"no face of the model fits the landmarks: {error}; check the landmarks") from None


def _required(landmarks: Sequence[Landmarks]) -> Sequence[Landmarks]:
    if not landmarks:
        raise FitError("a fit needs at least one picture of the person")
    return landmarks


def _view(
    landmarks: Landmarks,
    rows: LandmarkRows,
    start: _Start,
    *,
    settings: FitSettings,
    before: FittedFace | None = None,
    expressions: bool = True,
) -> tuple[View, Residuals | None]:
    """Return the picture with a first estimate of its pose.

    The second value is its residuals, if they are known.
    """
    points = np.asarray(landmarks.points_px, dtype=np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise FitError(f"a fit needs (68, 2) finite landmarks, not {points.shape}")
    centred = from_principal_point(points.take(rows.landmarks, axis=0), landmarks.image_size)
    precision = 1.0 / (_sigma_px(landmarks, settings) * _FACTORS.take(rows.landmarks))
    # A frame of another size comes from another camera: its pose is not a start.
    if before is not None and before.image_size == landmarks.image_size and before.names == rows.names:
        return View(centred, precision, before.pose, before.expression), None
    camera = start.camera.camera(points.take(start.rigid, axis=0))
    pose = start_pose(camera, image_size=landmarks.image_size, focal_px=settings.focal_px)
    view = View(centred, precision, pose, np.zeros(rows.shapes.shape[2] if expressions else 0))
    return _solve(lambda: solve_pose(view, start.face, settings.weights))


def _sigma_px(landmarks: Landmarks, settings: FitSettings) -> float:
    return math.hypot(settings.noise * landmarks.eye_distance_px, settings.pixel_noise_px)


def _fitted(
    landmarks: Landmarks, solution: Solution, rows: LandmarkRows, *, identity: Identity, settings: FitSettings
) -> FittedFace:
    eyes_px = landmarks.eye_distance_px
    error_px = _checked_error_px(eyes_px, solution, rows, settings=settings)
    variance = _solve(solution.expression_variance)
    return FittedFace(
        identity=identity,
        expression=solution.view.expression,
        names=rows.names,
        basis=rows.basis,
        pose=solution.view.pose,
        image_size=landmarks.image_size,
        reprojection_error_px=error_px,
        reprojection_error_eyes=error_px / eyes_px,
        uncertainty=np.sqrt(variance),
        observability=np.maximum(1.0 - settings.ridge * variance, 0.0),
        neutral_shift=solution.view.neutral_shift,
    )


def _checked_error_px(eyes_px: float, solution: Solution, rows: LandmarkRows, *, settings: FitSettings) -> float:
    """Return the reprojection error, px.

    Raise if the fit is implausible or the head is turned too far.
    """
    # The numbers of the landmarks rise.
    difference = solution.residuals.difference_px[:, int(rows.landmarks.searchsorted(_JAW)) :].ravel()
    error_px = math.sqrt(2.0 * float(difference.dot(difference)) / len(difference))
    pose = solution.view.pose
    if error_px > settings.max_error * eyes_px or pose.distance_mm <= 0:
        raise FitError(
            "no face of the model fits the landmarks: "
            f"they are off by {100 * error_px / eyes_px:.0f} % of the eye distance "
            f"(at most {100 * settings.max_error:.0f} %); the landmarks may not be on a face"
        )
    for turn, direction in ((pose.yaw_deg, "to the side"), (pose.pitch_deg, "up or down")):
        if abs(turn) > settings.max_turn_deg:
            raise FaceTurnedError(
                f"the head is turned {abs(turn):.0f} degrees {direction} (at most {settings.max_turn_deg:.0f}); "
                "face the camera"
            )
    return error_px
