"""Residuals of one picture during a fit, and their first derivatives.

All quantities are in units of sigma, the noise of a landmark, for the n landmarks of the model. Image points are pixels
relative to the principal point, y up as in the model; their arrays have the axis first. With ``w`` the robust weights
of Huber [1]_, the cost of a picture is ::

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

_CROSS = np.zeros((3, 9))
"""A point times this matrix is the (3, 3) matrix, flattened, whose columns are the unit vectors times the point."""
_CROSS[2, 1] = _CROSS[0, 5] = _CROSS[1, 6] = 1.0
_CROSS[1, 2] = _CROSS[2, 3] = _CROSS[0, 7] = -1.0


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
    """First derivatives of the projection of a view, robust weights applied.

    The two coordinates of a landmark are adjacent.
    """

    residual: FloatArray
    """(2n,) detected minus projected."""
    by_camera: FloatArray
    """(n, 2, 3) derivative of each point by its movement in camera axes, 1 / mm."""
    by_model: FloatArray
    """(n, 2, 3) derivative of each point by its movement in model axes, 1 / mm."""
    rotated_mm: FloatArray
    """(3, n) model points rotated as the head is."""

    def by_pose(self) -> FloatArray:
        """Return the (2n, 6) derivative by the pose.

        By rotation vector (rad), then translation (mm).
        """
        return self.by_pose_and(np.zeros((len(self.by_camera), 3, 0)))

    def by(self, directions_mm: FloatArray) -> FloatArray:
        """Return the (2n, C) derivative by movements of the model points.

        Parameters
        ----------
        directions_mm : (3, n, C) float array
            Movements in model axes.
        """
        change: FloatArray = self.by_model @ directions_mm.transpose(1, 0, 2)
        return change.reshape(len(self.residual), directions_mm.shape[2])

    def by_pose_and(self, by_landmark_mm: FloatArray) -> FloatArray:
        """Return the (2n, 6 + C) derivative by the pose, then by movements.

        Parameters
        ----------
        by_landmark_mm : (n, 3, C) float array
            Movements in model axes, landmark by landmark.
        """
        count, columns = len(by_landmark_mm), 6 + by_landmark_mm.shape[2]
        change = np.empty((count, 2, columns))
        np.matmul(self.by_camera, rotation_columns(self.rotated_mm), out=change[:, :, :3])
        change[:, :, 3:6] = self.by_camera
        np.matmul(self.by_model, by_landmark_mm, out=change[:, :, 6:])
        return change.reshape(-1, columns)


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
    rotated = pose.rotation.dot(points_mm)
    camera = rotated + pose.translation_mm[:, None]
    depth = -camera[2]
    slope = camera[:2] / depth
    difference = view.points_px - pose.focal_px * slope
    distance = np.hypot(difference[0], difference[1]) * view.precision
    inside = np.minimum(distance, weights.huber)
    prior = weights.ridge * float(view.expression.dot(view.expression)) + float(
        view.neutral_shift.dot(view.neutral_shift)
    )
    cost = 2.0 * float(inside.dot(distance)) - float(inside.dot(inside)) + prior
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
    by_camera = np.zeros((len(scale), 2, 3))
    by_camera[:, 0, 0] = scale
    by_camera[:, 1, 1] = scale
    np.multiply(found.slope, scale, out=by_camera.transpose(2, 1, 0)[2])
    by_model = by_camera.reshape(-1, 3).dot(view.pose.rotation).reshape(by_camera.shape)
    residual = np.multiply(found.difference_px.T, weight[:, None], order="C").ravel()
    return Linearisation(residual, by_camera, by_model, found.rotated_mm)


def rotation_columns(rotated_mm: FloatArray) -> FloatArray:
    """Return the (n, 3, 3) derivative of points by a rotation vector, rad.

    Parameters
    ----------
    rotated_mm : (3, n) float array
        Points rotated as the head is.
    """
    # A rotation by a small vector w moves a point by w x rotated.
    columns: FloatArray = rotated_mm.T.dot(_CROSS)
    return columns.reshape(-1, 3, 3)


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
    return Pose(rotation.dot(pose.rotation), pose.translation_mm + step[3:], pose.focal_px, pose.centre_px)
