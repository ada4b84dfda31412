"""Gauss-Newton solvers for pose, bounded expression and shared identity.

Conventions of arrays and units are those of `analysis.face.fitting.residuals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg.lapack import dposv, dpotrf, dpotri

from analysis.face.arrays import FloatArray
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.elimination import eliminate
from analysis.face.fitting.landmark_basis import LandmarkRows
from analysis.face.fitting.movable_face import MovableFace
from analysis.face.fitting.residuals import Residuals, View, Weights, linearise, moved_pose, residuals

MAX_STEPS = 12
HALVINGS = 6
ENOUGH = 0.02
"""Stop when a step lowers the cost by less. The cost is a chi-square: the last step moved every parameter by less than
a seventh of its uncertainty, and the next one would move it much less."""
_SHARED_NOISE = 0.85
"""The part of the landmark noise that is the same in every picture of one person (the detector's bias, not jitter)."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The result of a fit of one view."""

    view: View
    residuals: Residuals
    normal: FloatArray
    """(L + E, L + E) inverse covariance of L local parameters and the expression coefficients, priors included."""

    def expression_variance(self) -> FloatArray:
        """Return the (E,) variances of the expression coefficients, bounds left aside.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the landmarks do not determine the expression.
        """
        first = len(self.normal) - len(self.view.expression)
        # The last block of the factor belongs to the coefficients with optimal local parameters (Schur complement).
        factor, failed = dpotrf(self.normal, lower=1)
        inverse, failed_too = dpotri(factor[first:, first:], lower=1)
        if failed or failed_too:
            raise np.linalg.LinAlgError("the landmarks leave the expression undetermined")
        return np.asarray(inverse.diagonal(), dtype=np.float64)


def solve_view(view: View, face: MovableFace, weights: Weights, *, found: Residuals | None = None) -> Solution:
    """Find pose and expression of a view, given the person's neutral landmarks.

    Each Gauss-Newton step solves the problem in the pose, the shift of the neutral face and the bounded expression
    exactly. A step that would raise the cost is halved, and in the end rejected.

    Parameters
    ----------
    view : View
        Landmarks, and the estimate to start from.
    face : MovableFace
        The person, with one shape for each coefficient of ``view.expression``.
    weights : Weights
        Weights of coefficients and residuals.
    found : Residuals, optional
        Result of `residuals` at the start, where it is known.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks do not determine the pose.
    """
    first = 6 + face.axes
    if len(view.neutral_shift) != face.axes:
        view = replace(view, neutral_shift=np.zeros(face.axes))
    along = np.concatenate((view.neutral_shift, view.expression))
    ridge = np.concatenate((face.curvature, np.full(len(view.expression), weights.ridge)))
    found = residuals(view, face.moved(along), weights) if found is None else found
    for _ in range(MAX_STEPS):
        linear = linearise(view, found, weights)
        change = linear.by_pose_and(face.by_landmark_mm)
        normal = change.T @ change
        # The residual of the face at rest, to first order.
        right = linear.residual.dot(change) + normal[:, 6:].dot(along)
        normal.reshape(-1)[:: len(normal) + 1] += ridge
        step = minimise_in_box(normal, right, first=first, start=view.expression)
        step[6:] -= along  # shift and expression are solved themselves, the pose by its change
        for _ in range(HALVINGS):
            moved = along + step[6:]
            pose = moved_pose(view.pose, step[:6])
            trial = View(view.points_px, view.precision, pose, moved[face.axes :], moved[: face.axes])
            trial_found = residuals(trial, face.moved(moved), weights)
            if trial_found.cost <= found.cost:
                break
            step = step / 2.0
        else:
            break
        gained = found.cost - trial_found.cost
        view, found, along = trial, trial_found, moved
        if gained <= ENOUGH:
            break
    return Solution(view, found, normal)


def solve_pose(view: View, face: MovableFace, weights: Weights) -> tuple[View, Residuals]:
    """Return the view after one Gauss-Newton step of its pose alone.

    The step turns a scaled-orthographic start into a perspective pose. The second value is the residuals of the view.

    Parameters
    ----------
    view : View
        Landmarks, and the estimate to start from.
    face : MovableFace
        The person; only the landmarks at rest are used.
    weights : Weights
        Weights of coefficients and residuals.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the landmarks do not determine the pose.
    """
    found = residuals(view, face.neutral_mm, weights)
    linear = linearise(view, found, weights)
    change = linear.by_pose()
    _, step, failed = dposv(change.T @ change, linear.residual.dot(change))
    if failed:
        raise np.linalg.LinAlgError("the landmarks do not determine the pose")
    trial = replace(view, pose=moved_pose(view.pose, step))
    trial_found = residuals(trial, face.neutral_mm, weights)
    return (trial, trial_found) if trial_found.cost < found.cost else (view, found)


def solve_identity(views: Sequence[View], rows: LandmarkRows, weights: Weights) -> tuple[FloatArray, list[Solution]]:
    """Find the identity that all views share, and their poses and expressions.

    Gauss-Newton over the identity. In each step the pose and the free expression coefficients of every view are
    eliminated; after it they are solved again, with their bounds.

    Parameters
    ----------
    views : sequence of View
        Pictures of one person, all with the same number of expression coefficients; none if they are neutral.
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
    count, shapes = rows.identity.shape[2], len(views[0].expression)
    # Several pictures of one person share the detector's bias: ten of them are not ten times the evidence.
    share = 1.0 / (1.0 + _SHARED_NOISE * (len(views) - 1))

    def solve_views(identity: FloatArray, starts: Sequence[View]) -> tuple[list[Solution], float]:
        face = MovableFace.of(rows.neutral(identity), rows.shapes[:, :, :shapes])
        solved = [solve_view(view, face, weights) for view in starts]
        return solved, share * sum(one.residuals.cost for one in solved) + float(identity @ identity)

    identity = np.zeros(count)
    solutions, cost = solve_views(identity, views)
    for _ in range(MAX_STEPS):
        normal, right = np.eye(count), -identity
        for one in solutions:
            of_view, right_of_view = _reduced_to_identity(one, rows, weights)
            normal, right = normal + share * of_view, right + share * right_of_view
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


def _reduced_to_identity(solution: Solution, rows: LandmarkRows, weights: Weights) -> tuple[FloatArray, FloatArray]:
    """Return the normal equations of one view in the identity.

    Coefficients at a bound stay there.
    """
    expression = solution.view.expression
    free = np.flatnonzero((expression > 0.0) & (expression < 1.0))
    linear = linearise(solution.view, solution.residuals, weights)
    by_local = np.column_stack((linear.by_pose(), linear.by(rows.shapes[:, :, free])))
    ridge = np.concatenate((np.zeros(6), np.full(len(free), weights.ridge)))
    gradient = -ridge * np.concatenate((np.zeros(6), expression[free]))
    return eliminate(linear.by(rows.identity), by_local, linear.residual, ridge=ridge, gradient=gradient)
