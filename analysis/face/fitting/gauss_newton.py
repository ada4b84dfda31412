"""Gauss-Newton solvers for pose, bounded expression and shared identity.

Conventions of arrays and units are those of `analysis.face.fitting.residuals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.elimination import ReducedProblem, eliminate
from analysis.face.fitting.landmark_basis import LandmarkRows
from analysis.face.fitting.residuals import Residuals, View, Weights, linearise, moved_pose, residuals

MAX_STEPS = 12
HALVINGS = 6
ENOUGH = 0.02
"""Stop when a step lowers the cost by less. The cost is a chi-square: the last step moved every parameter by less than
a seventh of its uncertainty, and the next one would move it much less."""
_SHARED_NOISE = 0.85
"""The part of the landmark noise that is the same in every picture of one person (the detector's bias, not jitter)."""


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """The landmarks of a person at rest, and their uncertainty."""

    points_mm: FloatArray
    """(3, n)"""
    axes_mm: FloatArray
    """(3, n, C) one standard deviation along each axis of uncertainty."""

    @staticmethod
    def exact(points_mm: FloatArray) -> Neutral:
        """Return points without uncertainty.

        Parameters
        ----------
        points_mm : (3, n) float array
            Landmarks of the person at rest.
        """
        return Neutral(points_mm, np.zeros((*points_mm.shape, 0)))


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The result of a fit of one view."""

    view: View
    residuals: Residuals
    information: FloatArray
    """(E, E) inverse covariance of the expression coefficients, prior included, bounds left aside."""


def solve_view(view: View, neutral: Neutral, shapes_mm: FloatArray, weights: Weights) -> Solution:
    """Find pose and expression of a view, given the person's neutral landmarks.

    In each Gauss-Newton step the pose and the shift of the neutral face are eliminated, and the bounded problem in the
    expression is solved exactly. A step that would raise the cost is halved, and in the end rejected.

    Parameters
    ----------
    view : View
        Landmarks, and the estimate to start from.
    neutral : Neutral
        The n landmarks of the person at rest.
    shapes_mm : (3, n, E) float array
        Movement at full strength of each expression shape; unused where ``view.expression`` is empty.
    weights : Weights
        Weights of coefficients and residuals.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks do not determine the pose.
    """
    axes = neutral.axes_mm.shape[2]
    shapes = shapes_mm if len(view.expression) else shapes_mm[:, :, :0]
    directions = np.concatenate((neutral.axes_mm, shapes), axis=2) if axes else shapes
    local_ridge = np.concatenate((np.zeros(6), np.ones(axes)))
    if len(view.neutral_shift) != axes:
        view = replace(view, neutral_shift=np.zeros(axes))

    def moved_face(estimate: View) -> FloatArray:
        along = np.concatenate((estimate.neutral_shift, estimate.expression)) if axes else estimate.expression
        points: FloatArray = neutral.points_mm + directions @ along
        return points

    found = residuals(view, moved_face(view), weights)
    for _ in range(MAX_STEPS):
        linear = linearise(view, found, weights)
        by_direction = linear.by(directions)
        by_local = np.concatenate((linear.by_pose, by_direction[:, :axes]), axis=1) if axes else linear.by_pose
        by_shape = by_direction[:, axes:]
        # The residual without any expression, to first order.
        residual = linear.residual + by_shape @ view.expression
        gradient = np.concatenate((np.zeros(6), -view.neutral_shift))
        reduced = eliminate(by_shape, by_local, residual, ridge=local_ridge, gradient=gradient)
        information = reduced.normal
        information.flat[:: len(information) + 1] += weights.ridge
        expression = minimise_in_box(information, reduced.right, start=view.expression)
        step = reduced.local_step - reduced.local_by_coefficient @ expression
        change = expression - view.expression
        for _ in range(HALVINGS):
            pose = moved_pose(view.pose, step[:6])
            trial = View(view.points_px, view.precision, pose, view.expression + change, view.neutral_shift + step[6:])
            trial_found = residuals(trial, moved_face(trial), weights)
            if trial_found.cost <= found.cost:
                break
            step, change = step / 2.0, change / 2.0
        else:
            break
        gained = found.cost - trial_found.cost
        view, found = trial, trial_found
        if gained <= ENOUGH:
            break
    return Solution(view, found, information)


def solve_pose(view: View, points_mm: FloatArray, weights: Weights) -> View:
    """Return the view after one Gauss-Newton step of its pose alone.

    The step turns a scaled-orthographic start into a perspective pose.

    Parameters
    ----------
    view : View
        Landmarks, and the estimate to start from.
    points_mm : (3, n) float array
        The face in model axes.
    weights : Weights
        Weights of coefficients and residuals.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks do not determine the pose.
    """
    found = residuals(view, points_mm, weights)
    linear = linearise(view, found, weights)
    normal, right = linear.by_pose.T @ linear.by_pose, linear.by_pose.T @ linear.residual
    step = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
    trial = replace(view, pose=moved_pose(view.pose, step))
    return trial if residuals(trial, points_mm, weights).cost < found.cost else view


def solve_identity(views: Sequence[View], rows: LandmarkRows, weights: Weights) -> tuple[FloatArray, list[Solution]]:
    """Find the identity that all views share, and their poses and expressions.

    Gauss-Newton over the identity. In each step the pose and the free expression coefficients of every view are
    eliminated; after it they are solved again, with their bounds.

    Parameters
    ----------
    views : sequence of View
        Pictures of one person; those without expression coefficients are neutral.
    rows : LandmarkRows
        The model.
    weights : Weights
        Weights of coefficients and residuals.

    Returns
    -------
    identity : (K,) float array
        Standard deviations of the components.
    solutions : list of Solution
        One a view.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks do not determine a pose.
    """
    count = rows.identity.shape[2]
    # Several pictures of one person share the detector's bias: ten of them are not ten times the evidence.
    share = 1.0 / (1.0 + _SHARED_NOISE * (len(views) - 1))

    def solve_views(identity: FloatArray, starts: Sequence[View]) -> tuple[list[Solution], float]:
        neutral = Neutral.exact(rows.neutral(identity))
        solved = [solve_view(view, neutral, rows.shapes, weights) for view in starts]
        return solved, share * sum(one.residuals.cost for one in solved) + float(identity @ identity)

    identity = np.zeros(count)
    solutions, cost = solve_views(identity, views)
    for _ in range(MAX_STEPS):
        normal, right = np.eye(count), -identity
        for one in solutions:
            reduced = _reduced_to_identity(one, rows, weights)
            normal, right = normal + share * reduced.normal, right + share * reduced.right
        step = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
        starts = [one.view for one in solutions]
        for _ in range(HALVINGS):
            trial, trial_cost = solve_views(identity + step, starts)
            if trial_cost <= cost:
                break
            step = step / 2.0
        else:
            break
        gained = cost - trial_cost
        identity, solutions, cost = identity + step, trial, trial_cost
        if gained <= ENOUGH:
            break
    return identity, solutions


def _reduced_to_identity(solution: Solution, rows: LandmarkRows, weights: Weights) -> ReducedProblem:
    """Return the problem of one view in the identity.

    Coefficients at a bound stay there.
    """
    expression = solution.view.expression
    free = np.flatnonzero((expression > 0.0) & (expression < 1.0))
    linear = linearise(solution.view, solution.residuals, weights)
    by_local = np.column_stack((linear.by_pose, linear.by(rows.shapes[:, :, free])))
    ridge = np.concatenate((np.zeros(6), np.full(len(free), weights.ridge)))
    gradient = -ridge * np.concatenate((np.zeros(6), expression[free]))
    return eliminate(linear.by(rows.identity), by_local, linear.residual, ridge=ridge, gradient=gradient)
