"""Residuals of one picture during a fit, and their first derivatives.

All quantities are in units of sigma, the noise of a landmark, for the n landmarks of the model. Image points are pixels
relative to the principal point, y up as in the model; their arrays have the axis first, and stacked residuals hold all
x before all y. With ``w`` the robust weights of Huber [1]_, the cost of a picture is ::

    sum_i w_i |p_i - project(R X_i + t)|^2 / sigma_i^2  +  ridge |psi|^2  +  |g|^2        (1)

where ``psi`` are the expression coefficients and ``g`` the shift of the neutral face along its uncertain axes.

References
----------
.. [1] Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35 (1964), 73-101.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose, rotation_from_vector


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of coefficients and of large residuals."""

    ridge: float
    """Of the expression coefficients."""
    huber: float
    """Residuals beyond this many sigma count linearly."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture during a fit.

    Its landmarks, and the present estimate of pose and expression.
    """

    points_px: FloatArray
    """(2, n) landmarks."""
    precision: FloatArray
    """(n,) 1 / sigma of each landmark, 1 / px."""
    pose: Pose
    expression: FloatArray
    """(E,), or (0,) for a picture known to be neutral."""
    neutral_shift: FloatArray = field(default_factory=lambda: np.zeros(0))
    """(C,) shift of the neutral face along its uncertain axes, in standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """What the present estimate leaves unexplained of one view."""

    rotated_mm: FloatArray
    """(3, n) model points rotated as the head is."""
    px_per_mm: FloatArray
    """(n,) scale at the depth of each point."""
    slope: FloatArray
    """(2, n) direction of each point from the camera."""
    difference_px: FloatArray
    """(2, n) detected minus projected."""
    distance: FloatArray
    """(n,) its length in sigma."""
    cost: float
    """Equation 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Linearisation:
    """First derivatives of the projection of a view, robust weights applied."""

    residual: FloatArray
    """(2n,) detected minus projected."""
    by_pose: FloatArray
    """(2n, 6) derivative by rotation vector (rad), then translation (mm)."""
    scale: FloatArray
    """(n, 1) weighted sigma per mm at the depth of each point."""
    slope: FloatArray
    """(2, n, 1)"""
    rotation: FloatArray

    def by(self, directions_mm: FloatArray) -> FloatArray:
        """Return the (2n, C) derivative by movements of the model points.

        Parameters
        ----------
        directions_mm : (3, n, C) float array
            Movements in model axes.
        """
        rotated = (self.rotation @ directions_mm.reshape(3, -1)).reshape(directions_mm.shape)
        change: FloatArray = (rotated[:2] + self.slope * rotated[2]) * self.scale
        return change.reshape(2 * len(self.scale), directions_mm.shape[2])


def residuals(view: View, points_mm: FloatArray, weights: Weights) -> Residuals:
    """Return what model points in the pose of the view leave unexplained.

    Parameters
    ----------
    view : View
        Landmarks and present estimate.
    points_mm : (3, n) float array
        The face in model axes, expression included.
    weights : Weights
        Weights of coefficients and residuals.
    """
    pose = view.pose
    rotated = pose.rotation @ points_mm
    camera = rotated + pose.translation_mm[:, None]
    depth = -camera[2]
    slope = camera[:2] / depth
    difference = view.points_px - pose.focal_px * slope
    distance = np.sqrt((difference * difference).sum(axis=0)) * view.precision
    inside = np.minimum(distance, weights.huber)
    prior = weights.ridge * float(view.expression @ view.expression) + float(view.neutral_shift @ view.neutral_shift)
    cost = float(inside @ (2.0 * distance - inside)) + prior
    return Residuals(rotated, pose.focal_px / depth, slope, difference, distance, cost)


def linearise(view: View, found: Residuals, weights: Weights) -> Linearisation:
    """Return the first derivatives of a view's projection.

    Parameters
    ----------
    view : View
        Landmarks and present estimate.
    found : Residuals
        Result of `residuals` at that estimate.
    weights : Weights
        Weights of coefficients and residuals.
    """
    weight = view.precision * np.sqrt(weights.huber / np.maximum(found.distance, weights.huber))
    scale = weight * found.px_per_mm
    by_pose = movement_by_pose(found.rotated_mm, found.slope)
    by_pose *= scale
    residual = (found.difference_px * weight).ravel()
    return Linearisation(
        residual, by_pose.transpose(0, 2, 1).reshape(-1, 6), scale[:, None], found.slope[:, :, None], view.pose.rotation
    )


def movement_by_pose(rotated_mm: FloatArray, slope: FloatArray) -> FloatArray:
    """Return the derivative of the visible movement of points by the pose.

    In mm at the depth of each point.

    Parameters
    ----------
    rotated_mm : (3, n) float array
        Points rotated as the head is.
    slope : (2, n) float array
        Direction of each point from the camera.

    Returns
    -------
    (2, 6, n) float array
        By rotation vector (rad), then translation (mm).
    """
    x, y, z = rotated_mm
    across, up = slope
    by_pose = np.zeros((2, 6, len(x)))
    # A rotation by a small vector w moves a point by w x rotated.
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
    return by_pose


def moved_pose(pose: Pose, step: FloatArray) -> Pose:
    """Return the pose after a small rotation and shift.

    Parameters
    ----------
    pose : Pose
        Pose of the head.
    step : (6,) float array
        Rotation vector (rad), then translation (mm).
    """
    rotation = rotation_from_vector(step[:3])
    return Pose(rotation @ pose.rotation, pose.translation_mm + step[3:], pose.focal_px, pose.centre_px)
