"""Solve pose and bounded expression of many views of one person at once.

The same steps as `analysis.face.fitting.gauss_newton.solve_view`, with one more axis in front of every array: calls
take longer than arithmetic on arrays as small as these. Products are made view by view, so that the result of a view
does not depend on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.camera import Pose, rotation_from_vector
from analysis.face.fitting.gauss_newton import ENOUGH, HALVINGS, MAX_STEPS, Solution, solve_view
from analysis.face.fitting.movable_face import MovableFace
from analysis.face.fitting.residuals import View, Weights, residuals, rotation_columns

_MOST_CHANGES = 40


@dataclass(frozen=True, slots=True, eq=False)
class _Estimates:
    """The present estimates of B views, and what they leave unexplained."""

    points_px: FloatArray
    precision: FloatArray
    focal_px: FloatArray
    rotation: FloatArray
    translation_mm: FloatArray
    along: FloatArray
    """(B, A + E) shift of the neutral face, then expression."""
    rotated_mm: FloatArray
    depth_mm: FloatArray
    slope: FloatArray
    difference_px: FloatArray
    distance: FloatArray
    cost: FloatArray

    def part(self, chosen: IntArray) -> _Estimates:
        return _Estimates(*(getattr(self, one.name)[chosen] for one in fields(self)))

    def put(self, chosen: IntArray, others: _Estimates, taken: IntArray) -> None:
        for one in fields(self):
            getattr(self, one.name)[chosen] = getattr(others, one.name)[taken]


def solve_views(views: Sequence[View], face: MovableFace, weights: Weights) -> list[Solution]:
    """Find pose and expression of views, given the person's neutral landmarks.

    Parameters
    ----------
    views : sequence of View
        Landmarks, and the estimates to start from; all with E expression coefficients.
    face : MovableFace
        The person.
    weights : Weights
        Weights of coefficients and residuals.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks of a view do not determine its pose.
    """
    if not views:
        return []
    shifts = [one.neutral_shift if len(one.neutral_shift) == face.axes else np.zeros(face.axes) for one in views]
    estimates = _evaluated(
        face,
        weights,
        np.stack([one.points_px for one in views]),
        np.stack([one.precision for one in views]),
        np.array([one.pose.focal_px for one in views]),
        np.stack([one.pose.rotation for one in views]),
        np.stack([one.pose.translation_mm for one in views]),
        np.stack([np.concatenate((shift, one.expression)) for shift, one in zip(shifts, views, strict=True)]),
    )
    try:
        information = _improve(estimates, face, weights)
    except np.linalg.LinAlgError:
        return [solve_view(one, face, weights) for one in views]
    return [
        _solution(one, estimates, number, face, weights=weights, information=information[number])
        for number, one in enumerate(views)
    ]


def _solution(
    view: View, found: _Estimates, number: int, face: MovableFace, *, weights: Weights, information: FloatArray
) -> Solution:
    pose = Pose(found.rotation[number], found.translation_mm[number], view.pose.focal_px, view.pose.centre_px)
    along = found.along[number]
    view = replace(view, pose=pose, neutral_shift=along[: face.axes], expression=along[face.axes :])
    return Solution(view, residuals(view, face.moved(along), weights), information)


def _improve(found: _Estimates, face: MovableFace, weights: Weights) -> FloatArray:
    """Improve the estimates in place; return the information on the expressions.

    Its shape is (B, E, E).
    """
    count, coefficients = len(found.cost), found.along.shape[1] - face.axes
    information = np.zeros((count, coefficients, coefficients))
    active = np.arange(count)
    for _ in range(MAX_STEPS):
        now = found.part(active)
        information[active], step, change = _step(now, face, weights)
        gained = np.zeros(len(active))
        trying = np.arange(len(active))
        for halving in range(HALVINGS):
            trial = _moved(now.part(trying), step[trying] / 2**halving, change[trying] / 2**halving, face, weights)
            better = trial.cost <= now.cost[trying]
            taken = np.flatnonzero(better)
            gained[trying[taken]] = now.cost[trying[taken]] - trial.cost[taken]
            found.put(active[trying[taken]], trial, taken)
            trying = trying[~better]
            if not len(trying):
                break
        active = active[gained > ENOUGH]
        if not len(active):
            break
    return information


def _step(now: _Estimates, face: MovableFace, weights: Weights) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return information, step of the pose, and change of shift and expression.

    The steps have the shapes (B, 6) and (B, A + E).
    """
    count, points = now.distance.shape
    axes = face.axes
    weight = now.precision * np.sqrt(weights.huber / np.maximum(now.distance, weights.huber))
    scale = weight * now.focal_px[:, None] / now.depth_mm
    by_rotation = rotation_columns(now.rotated_mm.transpose(1, 0, 2).reshape(3, -1)).reshape(count, points, 3, 3)
    by_translation = np.broadcast_to(np.eye(3)[:, None], (count, 3, points, 3))
    by_direction = (now.rotation @ face.directions_mm.reshape(3, -1)).reshape(count, 3, points, -1)
    in_camera = np.concatenate((by_rotation.transpose(0, 2, 1, 3), by_translation, by_direction), axis=3)
    change = (in_camera[:, :2] + now.slope[..., None] * in_camera[:, 2:]) * scale[:, None, :, None]
    change = change.reshape(count, 2 * points, -1)
    local = 6 + axes
    expression = now.along[:, axes:]
    residual = (now.difference_px * weight[:, None]).reshape(count, -1, 1)
    residual = residual + change[:, :, local:] @ expression[:, :, None]
    everything = np.concatenate((change, residual), axis=2)
    normal = everything.transpose(0, 2, 1) @ everything
    local_normal, cross = normal[:, :local, :local], normal[:, :local, local:]
    local_normal[:, range(6, local), range(6, local)] += 1.0
    cross[:, 6:, -1] -= now.along[:, :axes]
    solved = np.linalg.solve(local_normal, cross)
    follow, step = solved[:, :, :-1], solved[:, :, -1]
    cross_t = cross[:, :, :-1].transpose(0, 2, 1)
    information = normal[:, local:-1, local:-1] - cross_t @ follow
    shapes = range(expression.shape[1])
    information[:, shapes, shapes] += weights.ridge
    right = normal[:, local:-1, -1] - (cross_t @ step[:, :, None])[:, :, 0]
    best = minimise_in_boxes(information, right, start=expression)
    step = step - (follow @ best[:, :, None])[:, :, 0]
    return information, step[:, :6], np.concatenate((step[:, 6:], best - expression), axis=1)


def _moved(now: _Estimates, step: FloatArray, change: FloatArray, face: MovableFace, weights: Weights) -> _Estimates:
    turns = np.stack([rotation_from_vector(one) for one in step[:, :3]])
    return _evaluated(
        face,
        weights,
        now.points_px,
        now.precision,
        now.focal_px,
        turns @ now.rotation,
        now.translation_mm + step[:, 3:],
        now.along + change,
    )


def _evaluated(  # noqa: PLR0913 - the arrays of an estimate
    face: MovableFace,
    weights: Weights,
    points_px: FloatArray,
    precision: FloatArray,
    focal_px: FloatArray,
    rotation: FloatArray,
    translation_mm: FloatArray,
    along: FloatArray,
) -> _Estimates:
    """Return estimates with their residuals, as `residuals` of one view."""
    moved = face.directions_mm.reshape(-1, along.shape[1]) @ along[:, :, None]
    rotated = rotation @ (face.neutral_mm + moved.reshape(len(along), 3, -1))
    camera = rotated + translation_mm[:, :, None]
    depth = -camera[:, 2]
    slope = camera[:, :2] / depth[:, None]
    difference = points_px - focal_px[:, None, None] * slope
    distance = np.sqrt((difference * difference).sum(axis=1)) * precision
    inside = np.minimum(distance, weights.huber)
    shift, expression = along[:, : face.axes], along[:, face.axes :]
    prior = weights.ridge * (expression * expression).sum(axis=1) + (shift * shift).sum(axis=1)
    cost = (inside * (2.0 * distance - inside)).sum(axis=1) + prior
    return _Estimates(
        points_px,
        precision,
        focal_px,
        rotation,
        translation_mm,
        along,
        rotated,
        depth,
        slope,
        difference,
        distance,
        cost,
    )


def minimise_in_boxes(hessian: FloatArray, linear: FloatArray, *, start: FloatArray) -> FloatArray:
    """Minimise quadratic functions with every variable between 0 and 1.

    The method of `minimise_in_box`, for all of them at once.

    Parameters
    ----------
    hessian : (B, E, E) float array
        Symmetric positive definite.
    linear : (B, E) float array
        Linear terms.
    start : (B, E) float array
        A guess; only its elements at a bound matter.

    Returns
    -------
    (B, E) float array

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular.
    """
    found = np.zeros_like(linear)
    due = np.arange(len(linear))
    at_lower, at_upper = start <= 0.0, start >= 1.0
    diagonal = range(linear.shape[1])
    for _ in range(_MOST_CHANGES):
        free = ~(at_lower | at_upper)
        bounds = at_upper.astype(np.float64)
        part = hessian[due]
        right = np.where(free, linear[due] - (part @ bounds[:, :, None])[:, :, 0], bounds)
        # Rows and columns of variables at a bound are those of the identity: the others are solved without them.
        masked = part * (free[:, :, None] & free[:, None, :])
        masked[:, diagonal, diagonal] += ~free
        solved = np.linalg.solve(masked, right[:, :, None])[:, :, 0]
        gradient = (part @ solved[:, :, None])[:, :, 0] - linear[due]
        next_lower = np.where(at_lower, gradient > 0, solved < 0.0)
        next_upper = np.where(at_upper, gradient < 0, solved > 1.0)
        found[due] = solved
        going = (next_lower != at_lower).any(axis=1) | (next_upper != at_upper).any(axis=1)
        due, at_lower, at_upper = due[going], next_lower[going], next_upper[going]
        if not len(due):
            return found
    for one in due:  # the guesses repeat
        found[one] = minimise_in_box(hessian[one], linear[one], start=start[one])
    return found
