"""Fit a face model to landmarks: who it is (identity), what the face does (expression), where the head is (pose).

The objective of one picture is, in units of the landmark noise ``sigma`` (a fraction of the eye distance)::

    sum_i  w_i |p_i - project(R (N_i + S_i psi) + t)|^2 / sigma_i^2  +  ridge |psi|^2,     0 <= psi <= 1

with the full perspective camera, the neutral landmarks ``N`` of the person, the shapes ``S`` of an expression basis and
robust weights ``w`` (Huber). It is minimised by Gauss-Newton steps; in each, the pose is eliminated and the bounded
problem in psi is solved exactly. Only the landmark rows of the model are touched.

Identity comes from neutral pictures of the person where there are any (`calibrate_identity`), and is frozen then.
Where there are none, `fit_jointly` shares one identity over all pictures of the person, which is worse: a face at rest
and a habitual expression cannot be told apart. `docs/measurement.md` has the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.bounded import minimise_in_box
from analysis.face.camera import Pose, fit_scaled_ortho, rotation_from_vector, start_pose
from analysis.face.errors import FaceTurnedError, FitError
from analysis.face.landmarks import Landmarks
from analysis.face.model import FaceModel, FloatArray
from analysis.face.rows import LandmarkRows, landmark_rows

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
    max_turn_deg: float = 30.0
    """Yaw or pitch beyond which a face is refused."""
    max_error: float = 0.12
    """Reprojection error, in eye distances, beyond which a fit is refused."""


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
    reprojection_error_px: float
    """Root mean square distance between fitted and detected landmarks, without the jaw line."""
    reprojection_error_eyes: float
    """The same in eye distances of this picture."""
    uncertainty: FloatArray
    """(E,) standard deviation of each coefficient if the landmark noise is as assumed, the bounds left aside."""
    observability: FloatArray
    """(E,) 0..1: how much these landmarks said about each coefficient; 0 means it is only the prior's guess."""

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

_CHIN = 8
_LIDS = (37, 38, 40, 41, 43, 44, 46, 47)
_MAX_STEPS = 12
_OFFSET_MM = 3.0
"""How far, one standard deviation, a neutral landmark is off the model's after the identity has been fitted."""
_SHARED_NOISE = 0.85
"""The part of the landmark noise that is the same in every picture of one person (the detector's bias, not jitter)."""


def _noise_factors() -> FloatArray:
    # The jaw line is an outline, not points of the skin: it slides over the face when the head turns.
    factors = np.ones(68)
    factors[:17] = 4.0
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
    views = _views(neutrals, rows, settings)
    identity, views = _fit_identity(views, rows, settings, expressions=False)
    offsets = np.zeros((68, 3))
    if settings.offsets:
        offsets[rows.landmarks] = _neutral_offsets(views, rows.neutral(identity))
    return Identity(identity, model.name, len(neutrals), "neutral", offsets)


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
    neutral = rows.neutral(identity.coefficients) + identity.landmark_offsets_mm[rows.landmarks]
    view = _view(landmarks, rows, neutral, settings, start=start)
    view = _fit_view(view, neutral, rows, settings)
    return _fitted(view, neutral, rows, identity, basis, settings)


def fit_expressions(
    landmarks: Sequence[Landmarks],
    model: FaceModel,
    identity: Identity,
    *,
    basis: str = "units",
    settings: FitSettings = FitSettings(),
) -> list[FittedFace]:
    """Fit every frame of a clip of one person, each from where the one before ended."""
    fitted: list[FittedFace] = []
    for one in landmarks:
        start = fitted[-1] if fitted else None
        fitted.append(fit_expression(one, model, identity, basis=basis, settings=settings, start=start))
    return fitted


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
    views = _views(landmarks, rows, settings)
    coefficients, views = _fit_identity(views, rows, settings, expressions=True)
    identity = Identity(coefficients, model.name, len(landmarks), "joint", np.zeros((68, 3)))
    neutral = rows.neutral(coefficients)
    return [_fitted(view, neutral, rows, identity, basis, settings) for view in views]


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One picture during a fit: what was seen, and the present guess of pose and expression."""

    seen_px: FloatArray
    """(n, 2)"""
    precision: FloatArray
    """(n,) 1 / sigma of each landmark, 1 / px."""
    eyes_px: float
    pose: Pose
    expression: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """The residuals of a view and how they change, all in units of sigma, robust weights applied."""

    residual: FloatArray
    """(2n,)"""
    by_pose: FloatArray
    """(2n, 6) rotation vector (rad), then translation (mm)."""
    by_point: FloatArray
    """(n, 2, 3) change with each model point, per mm, in model axes."""


def _views(landmarks: Sequence[Landmarks], rows: LandmarkRows, settings: FitSettings) -> list[_View]:
    if not landmarks:
        raise FitError("no picture to fit: give at least one picture of the person")
    return [_view(one, rows, rows.mean, settings) for one in landmarks]


def _view(
    landmarks: Landmarks,
    rows: LandmarkRows,
    neutral: FloatArray,
    settings: FitSettings,
    start: FittedFace | None = None,
) -> _View:
    points = np.asarray(landmarks.points_px, dtype=np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise FitError(f"a fit needs (68, 2) finite landmarks, not {points.shape}")
    seen = points[rows.landmarks]
    if start is not None:
        pose, expression = start.pose, start.expression
    else:
        # Brows, nose and eyes hardly move against each other: the best start whatever the mouth does.
        rigid = (rows.landmarks >= 17) & (rows.landmarks < 48)
        camera = fit_scaled_ortho(seen[rigid], neutral[rigid])
        pose = start_pose(camera, image_size=landmarks.image_size, focal_px=settings.focal_px)
        expression = np.zeros(rows.shapes.shape[2])
    eyes = landmarks.eye_distance_px
    sigma = np.hypot(settings.noise * eyes, settings.pixel_noise_px)
    precision = 1.0 / (sigma * _FACTORS[rows.landmarks])
    return _View(seen, precision, eyes, pose, expression)


def _cost(view: _View, points: FloatArray, settings: FitSettings) -> float:
    difference = view.seen_px - view.pose.project(points)
    distance = np.sqrt((difference**2).sum(axis=1)) * view.precision
    beyond = distance > settings.huber
    robust = np.where(beyond, settings.huber * (2.0 * distance - settings.huber), distance**2)
    return float(robust.sum()) + settings.ridge * float(view.expression @ view.expression)


def _linearise(view: _View, points: FloatArray, settings: FitSettings) -> _Linear:
    pose = view.pose
    turned = points @ pose.rotation.T
    camera = turned + pose.translation_mm
    per_depth = pose.focal_px / -camera[:, 2]
    slope = camera[:, :2] / -camera[:, 2:]
    projected = np.array(pose.centre_px) + per_depth[:, None] * camera[:, :2] * (1.0, -1.0)
    residual = view.seen_px - projected
    distance = np.sqrt((residual**2).sum(axis=1)) * view.precision
    weight = view.precision * np.sqrt(settings.huber / np.maximum(distance, settings.huber))

    by_camera = np.zeros((len(points), 2, 3))
    by_camera[:, 0, 0] = weight * per_depth
    by_camera[:, 0, 2] = by_camera[:, 0, 0] * slope[:, 0]
    by_camera[:, 1, 1] = -by_camera[:, 0, 0]
    by_camera[:, 1, 2] = by_camera[:, 1, 1] * slope[:, 1]

    by_pose = np.empty((len(points), 2, 6))
    # Turning by a small vector w moves a point by w x turned.
    by_pose[:, :, 0] = by_camera[:, :, 2] * turned[:, None, 1] - by_camera[:, :, 1] * turned[:, None, 2]
    by_pose[:, :, 1] = by_camera[:, :, 0] * turned[:, None, 2] - by_camera[:, :, 2] * turned[:, None, 0]
    by_pose[:, :, 2] = by_camera[:, :, 1] * turned[:, None, 0] - by_camera[:, :, 0] * turned[:, None, 1]
    by_pose[:, :, 3:] = by_camera
    return _Linear((residual * weight[:, None]).ravel(), by_pose.reshape(-1, 6), by_camera @ pose.rotation)


def _moved(pose: Pose, step: FloatArray) -> Pose:
    return replace(
        pose, rotation=rotation_from_vector(step[:3]) @ pose.rotation, translation_mm=pose.translation_mm + step[3:]
    )


def _fit_view(view: _View, neutral: FloatArray, rows: LandmarkRows, settings: FitSettings) -> _View:
    """Pose and expression for known neutral landmarks; refuses a step that would raise the cost."""
    cost = _cost(view, neutral + rows.shapes @ view.expression, settings)
    ridge = settings.ridge * np.eye(len(view.expression))
    for _ in range(_MAX_STEPS):
        linear = _linearise(view, neutral + rows.shapes @ view.expression, settings)
        by_shape = (linear.by_point @ rows.shapes).reshape(len(linear.residual), -1)
        # What the landmarks would be if this picture showed no expression, to first order.
        target = linear.residual + by_shape @ view.expression
        pose_normal = linear.by_pose.T @ linear.by_pose
        cross = linear.by_pose.T @ by_shape
        by_pose_solved = np.linalg.solve(pose_normal, np.column_stack((cross, linear.by_pose.T @ target)))
        hessian = by_shape.T @ by_shape - cross.T @ by_pose_solved[:, :-1] + ridge
        expression = minimise_in_box(hessian, by_shape.T @ target - cross.T @ by_pose_solved[:, -1])
        step = by_pose_solved[:, -1] - by_pose_solved[:, :-1] @ expression
        change = expression - view.expression
        for _ in range(6):
            trial = replace(view, pose=_moved(view.pose, step), expression=view.expression + change)
            trial_cost = _cost(trial, neutral + rows.shapes @ trial.expression, settings)
            if trial_cost <= cost:
                break
            step, change = step / 2.0, change / 2.0
        else:
            return view
        gained = cost - trial_cost
        view, cost = trial, trial_cost
        if gained < 1e-4 * (1.0 + cost) * min(1.0, settings.noise / 0.018):
            break
    return view


def _fit_identity(
    views: list[_View], rows: LandmarkRows, settings: FitSettings, *, expressions: bool
) -> tuple[FloatArray, list[_View]]:
    """Gauss-Newton over the shared identity; every view's pose and expression (if allowed) is eliminated first."""
    count = rows.identity.shape[2]
    still = rows if expressions else replace(rows, shapes=rows.shapes[:, :, :0], names=())
    if not expressions:
        views = [replace(view, expression=np.zeros(0)) for view in views]
    # Several pictures of one person share the detector's bias: ten of them are not ten times the evidence.
    share = 1.0 / (1.0 + _SHARED_NOISE * (len(views) - 1))

    def settle(identity: FloatArray, views: list[_View]) -> tuple[list[_View], float]:
        neutral = rows.neutral(identity)
        settled = [_fit_view(view, neutral, still, settings) for view in views]
        total = sum(_cost(view, neutral + still.shapes @ view.expression, settings) for view in settled)
        return settled, share * total + float(identity @ identity)

    identity = np.zeros(count)
    views, cost = settle(identity, views)
    for _ in range(_MAX_STEPS):
        normal, right = np.eye(count), -identity
        for view in views:
            part, towards = _identity_evidence(view, rows.neutral(identity), still, rows, settings)
            normal, right = normal + share * part, right + share * towards
        step = np.linalg.solve(normal, right)
        for _ in range(5):
            trial_views, trial_cost = settle(identity + step, views)
            if trial_cost <= cost:
                break
            step = step / 2.0
        else:
            break
        identity, views, gained, cost = identity + step, trial_views, cost - trial_cost, trial_cost
        if gained < 1e-4 * (1.0 + cost) * min(1.0, settings.noise / 0.018):
            break
    return identity, views


def _identity_evidence(
    view: _View, neutral: FloatArray, still: LandmarkRows, rows: LandmarkRows, settings: FitSettings
) -> tuple[FloatArray, FloatArray]:
    """(K, K) and (K,): what one view says about a step of the identity, its own pose and expression eliminated."""
    linear = _linearise(view, neutral + still.shapes @ view.expression, settings)
    by_identity = (linear.by_point @ rows.identity).reshape(len(linear.residual), -1)
    free = (view.expression > 0.0) & (view.expression < 1.0)
    by_shape = (linear.by_point @ still.shapes[:, :, free]).reshape(len(linear.residual), -1)
    local = np.column_stack((linear.by_pose, by_shape))
    prior = np.concatenate((np.zeros(6), np.full(by_shape.shape[1], settings.ridge)))
    local_normal = local.T @ local + np.diag(prior)
    local_right = local.T @ linear.residual - prior * np.concatenate((np.zeros(6), view.expression[free]))
    cross = local.T @ by_identity
    solved = np.linalg.solve(local_normal, np.column_stack((cross, local_right)))
    normal = by_identity.T @ by_identity - cross.T @ solved[:, :-1]
    return normal, by_identity.T @ linear.residual - cross.T @ solved[:, -1]


def _neutral_offsets(views: list[_View], neutral: FloatArray) -> FloatArray:
    """(n, 3) mm: where the neutral landmarks of a person are, beside where the identity says."""
    normal = np.tile(np.eye(3) / _OFFSET_MM**2, (len(neutral), 1, 1))
    right = np.zeros((len(neutral), 3))
    plain = FitSettings(huber=1e9)  # the identity has been fitted robustly; what is left is all meant
    for view in views:
        # In pixels of jitter, which is what remains different between neutral pictures of one person.
        sharp = replace(view, precision=np.full(len(neutral), 1.0 / (0.007 * view.eyes_px)))
        linear = _linearise(sharp, neutral, plain)
        residual = linear.residual.reshape(-1, 2)
        normal += np.einsum("nij,nik->njk", linear.by_point, linear.by_point)
        right += np.einsum("nij,ni->nj", linear.by_point, residual)
    return np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0], dtype=np.float64)


def _fitted(
    view: _View, neutral: FloatArray, rows: LandmarkRows, identity: Identity, basis: str, settings: FitSettings
) -> FittedFace:
    points = neutral + rows.shapes @ view.expression
    inner = rows.landmarks >= 17
    difference = (view.seen_px - view.pose.project(points))[inner]
    error = float(np.sqrt((difference**2).sum(axis=1).mean()))
    if error > settings.max_error * view.eyes_px or view.pose.distance_mm <= 0:
        raise FitError(
            f"no face of the model fits the landmarks: they are off by {100 * error / view.eyes_px:.0f} % of the eye "
            f"distance (at most {100 * settings.max_error:.0f} %); the landmarks may be on something that is no face"
        )
    for turn, way in ((view.pose.yaw_deg, "to the side"), (view.pose.pitch_deg, "up or down")):
        if abs(turn) > settings.max_turn_deg:
            raise FaceTurnedError(
                f"the head is turned {abs(turn):.0f} degrees {way} (at most {settings.max_turn_deg:.0f}); "
                "face the camera"
            )
    linear = _linearise(view, points, settings)
    by_shape = (linear.by_point @ rows.shapes).reshape(len(linear.residual), -1)
    cross = linear.by_pose.T @ by_shape
    told = by_shape.T @ by_shape - cross.T @ np.linalg.solve(linear.by_pose.T @ linear.by_pose, cross)
    variance = np.linalg.inv(told + settings.ridge * np.eye(len(told))).diagonal()
    return FittedFace(
        identity=identity,
        expression=view.expression,
        names=rows.names,
        basis=basis,
        pose=view.pose,
        reprojection_error_px=error,
        reprojection_error_eyes=error / view.eyes_px,
        uncertainty=np.sqrt(variance),
        observability=np.clip(1.0 - settings.ridge * variance, 0.0, 1.0),
    )
