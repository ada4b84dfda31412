"""The numerical heart of the fit: Gauss-Newton on pose, bounded expression and shared identity.

Everything is in units of sigma, the noise of a landmark, and for the n landmarks the model has. Image points are in
pixels relative to the principal point, y up as in the model; arrays of them have the axis first, and stacked residuals
hold all x before all y.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.lapack import dposv

from analysis.face.arrays import FloatArray
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.camera import Pose, rotation_from_vector
from analysis.face.fitting.landmark_basis import LandmarkRows

_MAX_STEPS = 12
_HALVINGS = 6
_ENOUGH = 0.02
"""Stop when a step lowers the cost by less. The cost is a chi-square: the last step moved everything by less than a
seventh of its uncertainty, and the next one would move it by hardly anything."""
_SHARED_NOISE = 0.85
"""The part of the landmark noise that is the same in every picture of one person (the detector's bias, not jitter)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How residuals and coefficients count."""

    ridge: float
    """Of the expression coefficients."""
    huber: float
    """Residuals beyond this many sigma count linearly."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture during a fit: what was seen, and the present guess of pose and expression."""

    seen_px: FloatArray
    """(2, n)"""
    precision: FloatArray
    """(n,) 1 / sigma of each landmark, 1 / px."""
    pose: Pose
    expression: FloatArray
    """(E,), or (0,) for a picture known to be neutral."""
    leeway: FloatArray = field(default_factory=lambda: np.zeros(0))
    """(C,) how far along its leeway the neutral face is moved, in standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """What is known of the landmarks of a person at rest."""

    points_mm: FloatArray
    """(3, n)"""
    leeway_mm: FloatArray
    """(3, n, C) one standard deviation of each direction in which the points are not known."""

    @staticmethod
    def known(points_mm: FloatArray) -> Neutral:
        """Points taken to be exact."""
        return Neutral(points_mm, np.zeros((*points_mm.shape, 0)))


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """What the present guess leaves unexplained of one view."""

    turned: FloatArray
    """(3, n) model points, mm, turned as the head is."""
    per_depth: FloatArray
    """(n,) pixels per mm at the depth of each point."""
    slope: FloatArray
    """(2, n) direction of each point as seen from the camera."""
    difference_px: FloatArray
    """(2, n) seen minus projected."""
    distance: FloatArray
    """(n,) its length in sigma."""
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Linearised:
    """How the projection of a view changes, robust weights applied."""

    residual: FloatArray
    """(2n,) seen minus projected."""
    by_pose: FloatArray
    """(2n, 6) rotation vector (rad), then translation (mm)."""
    pull: FloatArray
    """(n, 1) sigma per mm at the depth of each point."""
    slope: FloatArray
    """(2, n, 1)"""
    rotation: FloatArray

    def by(self, directions_mm: FloatArray) -> FloatArray:
        """(2n, C) change with each of (3, n, C) directions added to the model points."""
        turned = (self.rotation @ directions_mm.reshape(3, -1)).reshape(directions_mm.shape)
        change: FloatArray = (turned[:2] + self.slope * turned[2]) * self.pull
        return change.reshape(2 * len(self.pull), directions_mm.shape[2])


def residuals(view: View, points_mm: FloatArray, weights: Weights) -> Residuals:
    """What (3, n) model points in the pose of the view leave unexplained."""
    pose = view.pose
    turned = pose.rotation @ points_mm
    camera = turned + pose.translation_mm[:, None]
    depth = -camera[2]
    slope = camera[:2] / depth
    difference = view.seen_px - pose.focal_px * slope
    distance = np.sqrt((difference * difference).sum(axis=0)) * view.precision
    inside = np.minimum(distance, weights.huber)
    prior = weights.ridge * float(view.expression @ view.expression) + float(view.leeway @ view.leeway)
    cost = float(inside @ (2.0 * distance - inside)) + prior
    return Residuals(turned, pose.focal_px / depth, slope, difference, distance, cost)


def linearise(view: View, seen: Residuals, weights: Weights) -> Linearised:
    """First-order change of the projection of a view around its present guess."""
    weight = view.precision * np.sqrt(weights.huber / np.maximum(seen.distance, weights.huber))
    pull = weight * seen.per_depth
    x, y, z = seen.turned
    across, up = seen.slope
    by_pose = np.zeros((2, 6, len(pull)))
    # Turning by a small vector w moves a point by w x turned.
    by_pose[0, 0] = across * y
    by_pose[0, 1] = z - across * x
    by_pose[0, 2] = -y
    by_pose[0, 3] = 1.0
    by_pose[0, 5] = across
    by_pose[1, 0] = up * y - z
    by_pose[1, 1] = -up * x
    by_pose[1, 2] = x
    by_pose[1, 4] = 1.0
    by_pose[1, 5] = up
    by_pose *= pull
    residual = (seen.difference_px * weight).ravel()
    return Linearised(
        residual, by_pose.transpose(0, 2, 1).reshape(-1, 6), pull[:, None], seen.slope[:, :, None], view.pose.rotation
    )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a view says about C coefficients once its L local parameters are eliminated."""

    normal: FloatArray
    """(C, C)"""
    right: FloatArray
    """(C,)"""
    follow: FloatArray
    """(L, C) how the local parameters move against the coefficients."""
    local_step: FloatArray
    """(L,) their step where the coefficients stay."""


def evidence(
    by_coefficient: FloatArray, by_local: FloatArray, residual: FloatArray, *, ridge: FloatArray, pull: FloatArray
) -> Evidence:
    """Eliminate local parameters from a least-squares problem (the Schur complement of bundle adjustment).

    Parameters
    ----------
    by_coefficient : (2n, C) float array
    by_local : (2n, L) float array
    residual : (2n,) float array
    ridge, pull : (L,) float arrays
        The prior on the local parameters: its curvature and minus its gradient. Both zero for a pose.
    """
    count = by_local.shape[1]
    # One product of matrices for all of them: calls cost more than arithmetic here.
    everything = np.concatenate((by_local, by_coefficient, residual[:, None]), axis=1)
    normal = everything.T @ everything
    local_normal, cross, right = normal[:count, :count], normal[:count, count:], normal[count:-1, -1]
    local_normal.flat[:: count + 1] += ridge
    cross[:, -1] += pull
    _, solved, failed = dposv(local_normal, cross)
    if failed:
        raise np.linalg.LinAlgError("the landmarks do not determine the pose")
    follow, step = solved[:, :-1], solved[:, -1]
    return Evidence(normal[count:-1, count:-1] - cross[:, :-1].T @ follow, right - cross[:, :-1].T @ step, follow, step)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Where a view ended."""

    view: View
    left: Residuals
    information: FloatArray
    """(E, E) inverse covariance of the expression coefficients, their prior included, bounds left aside."""


def solve_view(view: View, neutral: Neutral, shapes_mm: FloatArray, weights: Weights) -> Solution:
    """Find pose and expression of a view of a person whose n neutral landmarks are known.

    Gauss-Newton; in each step the pose and what is uncertain of the neutral face are eliminated and the bounded problem
    in the expression solved exactly. A step that would raise the cost is halved, and refused in the end.
    """
    loose = neutral.leeway_mm.shape[2]
    shapes = shapes_mm if len(view.expression) else shapes_mm[:, :, :0]
    directions = np.concatenate((neutral.leeway_mm, shapes), axis=2) if loose else shapes
    local_ridge = np.concatenate((np.zeros(6), np.ones(loose)))
    if len(view.leeway) != loose:
        view = replace(view, leeway=np.zeros(loose))

    def moved_face(guess: View) -> FloatArray:
        along = np.concatenate((guess.leeway, guess.expression)) if loose else guess.expression
        points: FloatArray = neutral.points_mm + directions @ along
        return points

    seen = residuals(view, moved_face(view), weights)
    for _ in range(_MAX_STEPS):
        linear = linearise(view, seen, weights)
        by_direction = linear.by(directions)
        by_local = np.concatenate((linear.by_pose, by_direction[:, :loose]), axis=1) if loose else linear.by_pose
        by_shape = by_direction[:, loose:]
        # What the residual would be if this picture showed no expression, to first order.
        target = linear.residual + by_shape @ view.expression
        pull = np.concatenate((np.zeros(6), -view.leeway))
        told = evidence(by_shape, by_local, target, ridge=local_ridge, pull=pull)
        information = told.normal
        information.flat[:: len(information) + 1] += weights.ridge
        expression = minimise_in_box(information, told.right, start=view.expression)
        step, change = told.local_step - told.follow @ expression, expression - view.expression
        for _ in range(_HALVINGS):
            pose = moved(view.pose, step[:6])
            trial = View(view.seen_px, view.precision, pose, view.expression + change, view.leeway + step[6:])
            trial_seen = residuals(trial, moved_face(trial), weights)
            if trial_seen.cost <= seen.cost:
                break
            step, change = step / 2.0, change / 2.0
        else:
            break
        gained = seen.cost - trial_seen.cost
        view, seen = trial, trial_seen
        if gained <= _ENOUGH:
            break
    return Solution(view, seen, information)


def solve_pose(view: View, points_mm: FloatArray, weights: Weights) -> View:
    """One Gauss-Newton step of the pose alone: brings a scaled-orthographic start into perspective."""
    seen = residuals(view, points_mm, weights)
    linear = linearise(view, seen, weights)
    normal, right = linear.by_pose.T @ linear.by_pose, linear.by_pose.T @ linear.residual
    step = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
    trial = replace(view, pose=moved(view.pose, step))
    return trial if residuals(trial, points_mm, weights).cost < seen.cost else view


def moved(pose: Pose, step: FloatArray) -> Pose:
    """The pose after a small turn (rotation vector, rad) and shift (mm)."""
    turn = rotation_from_vector(step[:3])
    return Pose(turn @ pose.rotation, pose.translation_mm + step[3:], pose.focal_px, pose.centre_px)


def solve_identity(views: Sequence[View], rows: LandmarkRows, weights: Weights) -> tuple[FloatArray, list[Solution]]:
    """Find the one identity that all views share, with the pose and (where a view has any) expression of each.

    Gauss-Newton over the identity; from each step every view's pose and free expression coefficients are eliminated,
    and after it they are solved anew, with their bounds.

    Returns
    -------
    identity : (K,) float array
    solutions : list of Solution
        One a view.
    """
    count = rows.identity.shape[2]
    # Several pictures of one person share the detector's bias: ten of them are not ten times the evidence.
    share = 1.0 / (1.0 + _SHARED_NOISE * (len(views) - 1))

    def settle(identity: FloatArray, guesses: Sequence[View]) -> tuple[list[Solution], float]:
        neutral = Neutral.known(rows.neutral(identity))
        solved = [solve_view(view, neutral, rows.shapes, weights) for view in guesses]
        return solved, share * sum(one.left.cost for one in solved) + float(identity @ identity)

    identity = np.zeros(count)
    settled, cost = settle(identity, views)
    for _ in range(_MAX_STEPS):
        normal, right = np.eye(count), -identity
        for one in settled:
            told = _identity_evidence(one, rows, weights)
            normal, right = normal + share * told.normal, right + share * told.right
        step = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
        guesses = [one.view for one in settled]
        for _ in range(_HALVINGS):
            trial, trial_cost = settle(identity + step, guesses)
            if trial_cost <= cost:
                break
            step = step / 2.0
        else:
            break
        gained = cost - trial_cost
        identity, settled, cost = identity + step, trial, trial_cost
        if gained <= _ENOUGH:
            break
    return identity, settled


def _identity_evidence(solution: Solution, rows: LandmarkRows, weights: Weights) -> Evidence:
    expression = solution.view.expression
    free = np.flatnonzero((expression > 0.0) & (expression < 1.0))
    linear = linearise(solution.view, solution.left, weights)
    by_local = np.column_stack((linear.by_pose, linear.by(rows.shapes[:, :, free])))
    ridge = np.concatenate((np.zeros(6), np.full(len(free), weights.ridge)))
    pull = -ridge * np.concatenate((np.zeros(6), expression[free]))
    return evidence(linear.by(rows.identity), by_local, linear.residual, ridge=ridge, pull=pull)


def neutral_offsets(
    views: Sequence[View], neutral_mm: FloatArray, *, jitter_px: Sequence[float], spread_mm: float
) -> FloatArray:
    """(3, n) mm: where the neutral landmarks of a person are, beside where the identity says.

    Parameters
    ----------
    jitter_px : (views,) floats
        Noise that differs between neutral pictures of one person.
    spread_mm : float
        How far, one standard deviation, a landmark is expected to be off before anything is seen.
    """
    normal, right = _point_evidence(views, neutral_mm, jitter_px)
    normal += np.eye(3) / spread_mm**2
    return np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0].T, dtype=np.float64)


def neutral_leeway(
    views: Sequence[View],
    neutral_mm: FloatArray,
    identity_mm: FloatArray,
    *,
    noise_px: Sequence[float],
    spread_mm: float,
    count: int,
) -> FloatArray:
    """(3, n, count) mm: the directions in which the pictures leave the neutral landmarks most uncertain.

    They are the longest principal axes, one standard deviation each, of what people differ in once the pictures are
    known. From pictures taken from the front that is depth: a nose may be longer or shorter, and only shows when the
    head turns, where it would be taken for an expression.

    Parameters
    ----------
    identity_mm : (3, n, K) float array
        How people of the model differ, one standard deviation each.
    noise_px : (views,) floats
        Of a landmark in each picture, in all.
    spread_mm : float
        What people differ by beyond the model, one standard deviation.
    """
    n = neutral_mm.shape[1]
    spread = identity_mm.reshape(3 * n, -1)
    information = np.linalg.inv(spread @ spread.T + spread_mm**2 * np.eye(3 * n))
    seen, _ = _point_evidence(views, neutral_mm, noise_px)
    for point in range(n):
        information[point::n, point::n] += seen[point]
    # Least information, most variance.
    precision, axes = eigh(information, subset_by_index=(0, count - 1))
    leeway: FloatArray = (axes / np.sqrt(precision)).reshape(3, n, count)
    return leeway


def _point_evidence(
    views: Sequence[View], neutral_mm: FloatArray, noise_px: Sequence[float]
) -> tuple[FloatArray, FloatArray]:
    """What the views say about each point in mm: (n, 3, 3) information, and (n, 3) the pull of their residuals."""
    count = neutral_mm.shape[1]
    normal, right = np.zeros((count, 3, 3)), np.zeros((count, 3))
    plain = Weights(ridge=0.0, huber=1e9)  # the identity was fitted robustly; what is left is all meant
    axes = np.broadcast_to(np.eye(3)[:, None, :], (3, count, 3))
    for view, noise in zip(views, noise_px, strict=True):
        sharp = replace(view, precision=np.full(count, 1.0 / noise))
        linear = linearise(sharp, residuals(sharp, neutral_mm, plain), plain)
        by_point = linear.by(axes).reshape(2, count, 3)
        normal += np.einsum("anj,ank->njk", by_point, by_point)
        right += np.einsum("anj,an->nj", by_point, linear.residual.reshape(2, count))
    return normal, right
