"""Fit a face model to landmarks: who it is (identity), what the face does (expression), where the head is (pose).

The objective of one picture is, in units of the landmark noise ``sigma`` (a fraction of the eye distance)::

    sum_i  w_i |p_i - project(R (N_i + L_i g + S_i psi) + t)|^2 / sigma_i^2  +  ridge |psi|^2  +  |g|^2,   0 <= psi <= 1

with the full perspective camera, the neutral landmarks ``N`` of the person, the shapes ``S`` of an expression basis and
robust weights ``w`` (Huber); `analysis.face.fitting.gauss_newton` minimises it. Only the landmark rows of the model
are touched. The directions ``L`` are those in which the calibration leaves the neutral landmarks uncertain, mostly
their depth: without them, a nose longer than was thought is an expression as soon as the head turns.

Identity comes from neutral pictures of the person where there are any (`calibrate_identity`), and is frozen then.
Where there are none, `fit_jointly` shares one identity over all pictures of the person, which is worse: a face at rest
and a habitual expression cannot be told apart. `docs/measurement.md` has the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceTurnedError, FitError
from analysis.face.fitting.camera import Pose, fit_scaled_ortho, from_principal_point, start_pose
from analysis.face.fitting.gauss_newton import (
    Neutral,
    Solution,
    View,
    Weights,
    neutral_leeway,
    neutral_offsets,
    solve_identity,
    solve_pose,
    solve_view,
)
from analysis.face.fitting.landmark_basis import LandmarkRows, landmark_rows
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel

INTENSITY_RIDGE = 10.0
"""Weak: coefficients keep most of their size. For saying how strong an expression is."""
SCORE_RIDGE = 30.0
"""Strong: coefficients are too small but rank best. For comparing faces."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a fit assumes. The defaults are for dlib's landmarks."""

    noise: float = 0.018
    """Standard deviation of a landmark in eye distances: jitter (0.007), the detector's pull to its mean, misfit."""
    pixel_noise_px: float = 0.5
    """What the picture's own resolution adds to that; matters for eye distances below about 50 pixels."""
    ridge: float = SCORE_RIDGE
    """Weight of ``|psi|^2`` in noise units: 1 / variance of a coefficient before anything was seen."""
    huber: float = 2.5
    """Residuals beyond this many sigma count linearly."""
    focal_px: float | None = None
    """Of a calibrated camera; otherwise 1.1 picture widths, see `camera.start_pose`."""
    offsets: bool = True
    """Calibration keeps what no identity explains of the neutral landmarks, so that it is no expression later."""
    leeway: int = 12
    """Directions in which a calibrated neutral face is left uncertain, 0 for none; more than 12 change nothing."""
    max_turn_deg: float = 30.0
    """Yaw or pitch beyond which a face is refused."""
    max_error: float = 0.12
    """Reprojection error, in eye distances, beyond which a fit is refused."""

    @property
    def weights(self) -> Weights:
        """What the solver is told."""
        return Weights(self.ridge, self.huber)


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """The face of one person at rest."""

    coefficients: FloatArray
    """(K,) in standard deviations of the model's identity components."""
    model_name: str
    frames: int
    """How many pictures it rests on."""
    how: str
    """``neutral`` (from labelled neutral pictures), ``joint`` (shared by pictures of any expression), or ``mean``."""
    landmark_offsets_mm: FloatArray
    """(68, 3) what the neutral landmarks of this person add to the model's; zero where not known."""
    leeway_mm: FloatArray = field(default_factory=lambda: np.zeros((68, 3, 0)))
    """(68, 3, C) one standard deviation of each direction in which the neutral landmarks remain uncertain: mostly their
    depth, which pictures from the front say little about."""

    @staticmethod
    def mean(model: FaceModel) -> Identity:
        """The mean face of the model: for pictures of nobody in particular."""
        return Identity(np.zeros(len(model.identity)), model.name, 0, "mean", np.zeros((68, 3)))


@dataclass(frozen=True, slots=True, eq=False)
class FittedFace:
    """One face of one picture, explained by a model."""

    identity: Identity
    expression: FloatArray
    """(E,) coefficients of the basis, 0..1."""
    names: tuple[str, ...]
    """(E,) what they are called."""
    basis: str
    """``units`` or ``emotions``."""
    pose: Pose
    image_size: tuple[int, int]
    """(width, height) of the picture."""
    reprojection_error_px: float
    """Root mean square distance between fitted and detected landmarks, without the jaw line."""
    reprojection_error_eyes: float
    """The same in eye distances of this picture."""
    uncertainty: FloatArray
    """(E,) standard deviation of each coefficient if the landmark noise is as assumed, the bounds left aside."""
    observability: FloatArray
    """(E,) 0..1: how much these landmarks said about each coefficient; 0 means it is only the prior's guess."""
    leeway: FloatArray = field(default_factory=lambda: np.zeros(0))
    """(C,) how far the neutral landmarks were moved along `Identity.leeway_mm` to explain this picture."""

    @property
    def unobservable(self) -> tuple[str, ...]:
        """Names of the shapes these landmarks can say next to nothing about."""
        return tuple(name for name, seen in zip(self.names, self.observability, strict=True) if seen < UNOBSERVABLE)

    def coefficient(self, name: str) -> float:
        """The coefficient of one named shape."""
        return float(self.expression[self.names.index(name)])

    def neutral_mm(self, model: FaceModel) -> FloatArray:
        """(V, 3) vertices of this person at rest, mm."""
        return model.neutral(self.identity.coefficients)

    def displacement_mm(self, model: FaceModel) -> FloatArray:
        """(V, 3) movement of the vertices away from the person's own neutral face, mm."""
        return model.displacement(self.expression, self.basis)

    def vertices_mm(self, model: FaceModel) -> FloatArray:
        """(V, 3) vertices of the fitted face, mm, in model axes (no pose)."""
        vertices: FloatArray = self.neutral_mm(model) + self.displacement_mm(model)
        return vertices


UNOBSERVABLE = 0.1
"""Observability below which a shape is named as not observable."""

_JAW, _MOUTH, _CHIN = 17, 48, 8
"""Landmarks before the first are the jaw line, from the second on the mouth; the third is the chin."""
_LIDS = (37, 38, 40, 41, 43, 44, 46, 47)
_OFFSET_MM = 3.0
"""How far, one standard deviation, a neutral landmark is off the model's after the identity has been fitted."""
_JITTER = 0.007
"""Noise of a landmark, in eye distances, that differs between pictures of one face in one expression."""

_LEEWAY = 2.0
"""How much more uncertain a calibrated neutral face is than if people were of the model and the detector's error did
not turn with the head. Twice finds the units of drawn people best and halves what turning the head invents."""


def _noise_factors() -> FloatArray:
    # The jaw line is an outline, not points of the skin: it slides over the face when the head turns.
    factors = np.ones(68)
    factors[:_JAW] = 4.0
    factors[_CHIN] = 1.5
    factors[list(_LIDS)] = 1.5
    return factors


_FACTORS = _noise_factors()


def calibrate_identity(
    neutrals: Sequence[Landmarks], model: FaceModel, *, settings: FitSettings = FitSettings()
) -> Identity:
    """Find the face of a person at rest from pictures known to be neutral (5 or more are best, 1 will do).

    One identity is shared, each picture has its own pose, no expression is allowed.

    Raises
    ------
    FitError
        If there is no picture, or no face of the model fits the landmarks.
    FaceTurnedError
        If a head is turned too far.
    """
    rows = landmark_rows(model, next(iter(model.bases)))
    views = [_view(one, rows, rows.mean, settings, expressions=False) for one in _some(neutrals)]
    identity, solutions = _solvable(lambda: solve_identity(views, rows, settings.weights))
    for one, solution in zip(neutrals, solutions, strict=True):
        _checked(one, solution, rows, settings)
    jitter = [np.hypot(_JITTER * one.eye_distance_px, settings.pixel_noise_px / 2.0) for one in neutrals]
    solved, points = [solution.view for solution in solutions], rows.neutral(identity)
    offsets = np.zeros((68, 3))
    if settings.offsets:
        added = neutral_offsets(solved, points, jitter_px=jitter, spread_mm=_OFFSET_MM)
        offsets[rows.landmarks] = added.T
    leeway = np.zeros((68, 3, settings.leeway))
    if settings.leeway:
        noise = [_sigma_px(one, settings) for one in neutrals]
        directions = neutral_leeway(
            solved, points, rows.identity, noise_px=noise, spread_mm=_OFFSET_MM, count=settings.leeway
        )
        leeway[rows.landmarks] = _LEEWAY * directions.transpose(1, 0, 2)
    return Identity(identity, model.name, len(neutrals), "neutral", offsets, leeway)


def fit_expression(
    landmarks: Landmarks,
    model: FaceModel,
    identity: Identity,
    *,
    basis: str = "units",
    settings: FitSettings = FitSettings(),
    start: FittedFace | None = None,
) -> FittedFace:
    """Fit pose and expression of one picture of a person whose identity is known.

    Parameters
    ----------
    start : FittedFace, optional
        The fit of the frame before, in the same basis: fewer steps are needed from there.

    Raises
    ------
    FitError
        If no face of the model fits the landmarks.
    FaceTurnedError
        If the head is turned too far.
    """
    rows = landmark_rows(model, basis)
    points = rows.neutral(identity.coefficients) + identity.landmark_offsets_mm[rows.landmarks].T
    neutral = Neutral(points, identity.leeway_mm[rows.landmarks].transpose(1, 0, 2))
    view = _view(landmarks, rows, points, settings, start=start)
    if start is not None and start.identity is identity:
        view = replace(view, leeway=start.leeway)
    solution = _solvable(lambda: solve_view(view, neutral, rows.shapes, settings.weights))
    return _fitted(landmarks, solution, rows, identity, basis, settings)


def fit_jointly(
    landmarks: Sequence[Landmarks],
    model: FaceModel,
    *,
    basis: str = "units",
    settings: FitSettings = FitSettings(),
) -> list[FittedFace]:
    """Fit pictures of one person none of which is known to be neutral: one identity for all, an expression for each.

    The identities of the results say ``joint``; pass this on to whoever reads the numbers.

    Raises
    ------
    FitError
        If there is no picture, or no face of the model fits the landmarks.
    FaceTurnedError
        If a head is turned too far.
    """
    rows = landmark_rows(model, basis)
    views = [_view(one, rows, rows.mean, settings) for one in _some(landmarks)]
    coefficients, solutions = _solvable(lambda: solve_identity(views, rows, settings.weights))
    identity = Identity(coefficients, model.name, len(landmarks), "joint", np.zeros((68, 3)))
    return [
        _fitted(one, solution, rows, identity, basis, settings)
        for one, solution in zip(landmarks, solutions, strict=True)
    ]


T = TypeVar("T")


def _solvable(solve: Callable[[], T]) -> T:
    try:
        return solve()
    except np.linalg.LinAlgError as error:
        raise FitError(f"no face of the model fits the landmarks: {error}; check the landmarks") from None


def _some(landmarks: Sequence[Landmarks]) -> Sequence[Landmarks]:
    if not landmarks:
        raise FitError("no picture to fit: give at least one picture of the person")
    return landmarks


def _view(
    landmarks: Landmarks,
    rows: LandmarkRows,
    neutral: FloatArray,
    settings: FitSettings,
    *,
    start: FittedFace | None = None,
    expressions: bool = True,
) -> View:
    points = np.asarray(landmarks.points_px, dtype=np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise FitError(f"a fit needs (68, 2) finite landmarks, not {points.shape}")
    seen = from_principal_point(points[rows.landmarks], landmarks.image_size)
    precision = 1.0 / (_sigma_px(landmarks, settings) * _FACTORS[rows.landmarks])
    # A frame of another size comes from another camera: its pose is no start.
    if start is not None and start.image_size == landmarks.image_size and start.names == rows.names:
        return View(seen, precision, start.pose, start.expression)
    # Brows, nose and eyes hardly move against each other: the best start whatever the mouth does.
    rigid = (rows.landmarks >= _JAW) & (rows.landmarks < _MOUTH)
    camera = fit_scaled_ortho(points[rows.landmarks[rigid]], neutral[:, rigid].T)
    pose = start_pose(camera, image_size=landmarks.image_size, focal_px=settings.focal_px)
    view = View(seen, precision, pose, np.zeros(rows.shapes.shape[2] if expressions else 0))
    return _solvable(lambda: solve_pose(view, neutral, settings.weights))


def _sigma_px(landmarks: Landmarks, settings: FitSettings) -> float:
    return math.hypot(settings.noise * landmarks.eye_distance_px, settings.pixel_noise_px)


def _fitted(
    landmarks: Landmarks,
    solution: Solution,
    rows: LandmarkRows,
    identity: Identity,
    basis: str,
    settings: FitSettings,
) -> FittedFace:
    error = _checked(landmarks, solution, rows, settings)
    variance = _inverse_diagonal(solution.information)
    return FittedFace(
        identity=identity,
        expression=solution.view.expression,
        names=rows.names,
        basis=basis,
        pose=solution.view.pose,
        image_size=landmarks.image_size,
        reprojection_error_px=error,
        reprojection_error_eyes=error / landmarks.eye_distance_px,
        uncertainty=np.sqrt(variance),
        observability=np.clip(1.0 - settings.ridge * variance, 0.0, 1.0),
        leeway=solution.view.leeway,
    )


def _inverse_diagonal(matrix: FloatArray) -> FloatArray:
    factor, failed = dpotrf(matrix, lower=1)
    inverse, failed_too = dpotri(factor, lower=1)
    if failed or failed_too:
        raise FitError("the landmarks leave the expression undetermined; use a larger ridge")
    return np.asarray(inverse.diagonal(), dtype=np.float64)


def _checked(landmarks: Landmarks, solution: Solution, rows: LandmarkRows, settings: FitSettings) -> float:
    """The reprojection error, px, of a fit that is one."""
    difference = solution.left.difference_px[:, rows.landmarks >= _JAW]
    error = math.sqrt(float((difference * difference).sum()) / difference.shape[1])
    eyes = landmarks.eye_distance_px
    pose = solution.view.pose
    if error > settings.max_error * eyes or pose.distance_mm <= 0:
        raise FitError(
            f"no face of the model fits the landmarks: they are off by {100 * error / eyes:.0f} % of the eye distance "
            f"(at most {100 * settings.max_error:.0f} %); the landmarks may be on something that is no face"
        )
    for turn, way in ((pose.yaw_deg, "to the side"), (pose.pitch_deg, "up or down")):
        if abs(turn) > settings.max_turn_deg:
            raise FaceTurnedError(
                f"the head is turned {abs(turn):.0f} degrees {way} (at most {settings.max_turn_deg:.0f}); "
                "face the camera"
            )
    return error
