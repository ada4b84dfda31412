"""Head pose from landmarks, weighted by how expressions move them.

A fit of pose and expression together confuses them: a dropping jaw looks like a raised chin, and the stronger the
ridge on the expression, the more so. Here the movement ``d`` of the landmarks from the person at rest is noise, with
its covariance ``M`` over many people with known expressions and poses, and the pose is the solution of ::

    J' (M + s^2 I)^-1 d(pose) = 0        (1)

the equation of generalised least squares with the derivative ``J`` of a face at rest, so that a large movement does not
change its own weight. ``M`` includes the detector's errors, also on turned heads. On rendered people of a face model
that ``M`` was not learned from, the error falls from 2.4 to 1.3-1.6 degrees to the side and from 3.1 to 2.3 up and down
(``docs/notes/similarity-tried.md``).
"""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.residuals import moved_pose, movement_by_pose

_STEPS = 3
"""From the pose of a fit; the third step rotates by less than a hundredth of a degree."""


def movement_mm(pose: Pose, rest_mm: FloatArray, points_px: FloatArray) -> FloatArray:
    """Return the movement of landmarks from rest, mm, right and up.

    Movement towards the camera is not visible and counts as none.

    Parameters
    ----------
    pose : Pose
        Of the head.
    rest_mm : (3, n) float array
        The landmarks of the person at rest, in model axes.
    points_px : (n, 2) float array
        The detected landmarks.

    Returns
    -------
    (n, 2) float array
    """
    difference = (points_px - pose.project(rest_mm.T)) * (1.0, -1.0)
    depth = -(pose.rotation[2] @ rest_mm + pose.translation_mm[2])
    in_camera_mm = difference * (depth / pose.focal_px)[:, None]
    return np.asarray(np.linalg.solve(pose.rotation[:2, :2], in_camera_mm.T).T)


def head_pose(start: Pose, rest_mm: FloatArray, points_px: FloatArray, *, precision: FloatArray) -> Pose:
    """Return the head pose of landmarks (equation 1).

    Parameters
    ----------
    start : Pose
        Of a fit.
    rest_mm : (3, n) float array
        The landmarks of the person at rest, in model axes.
    points_px : (n, 2) float array
        The detected landmarks.
    precision : (2n, 2n) float array
        ``(M + s^2 I)^-1``, 1 / mm^2; x and y of a landmark are adjacent.
    """
    pose = start
    for _ in range(_STEPS):
        movement, change = movement_mm(pose, rest_mm, points_px).ravel(), frontal_by_pose(pose, rest_mm)
        weighted = change.T @ precision
        pose = moved_pose(pose, np.asarray(np.linalg.solve(weighted @ change, weighted @ movement)))
    return pose


def frontal_by_pose(pose: Pose, rest_mm: FloatArray) -> FloatArray:
    """Return minus the derivative of `movement_mm` by the pose, for a face at rest.

    Parameters
    ----------
    pose : Pose
        Of the head.
    rest_mm : (3, n) float array
        The landmarks of the person at rest, in model axes.

    Returns
    -------
    (2n, 6) float array
        By rotation vector (rad), then translation (mm).
    """
    rotated_mm = pose.rotation @ rest_mm
    camera_mm = rotated_mm + pose.translation_mm[:, None]
    change = movement_by_pose(rotated_mm, camera_mm[:2] / -camera_mm[2])
    frontal = np.linalg.solve(pose.rotation[:2, :2], change.reshape(2, -1)).reshape(change.shape)
    return np.asarray(frontal.transpose(2, 0, 1).reshape(-1, 6), dtype=np.float64)
