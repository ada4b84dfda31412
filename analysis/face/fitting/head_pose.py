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
from analysis.face.fitting.residuals import moved_pose, rotation_columns

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
    camera_mm = pose.rotation.dot(rest_mm) + pose.translation_mm[:, None]
    x, y = pose.centre_px
    per_px = camera_mm[2] / -pose.focal_px
    in_camera_mm = np.empty((2, len(points_px)))
    np.multiply(points_px[:, 0] - x, per_px, out=in_camera_mm[0])
    np.multiply(y - points_px[:, 1], per_px, out=in_camera_mm[1])
    in_camera_mm -= camera_mm[:2]
    return np.ascontiguousarray(_to_face(pose).dot(in_camera_mm).T)


def _to_face(pose: Pose) -> FloatArray:
    """Return the (2, 2) matrix from the plane of the camera to that of the face."""
    (a, b), (c, d) = pose.rotation[:2, :2].tolist()
    inverse: FloatArray = np.array([[d, -b], [-c, a]]) / (a * d - b * c)
    return inverse


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
        weighted = change.T.dot(precision)
        pose = moved_pose(pose, np.asarray(np.linalg.solve(weighted.dot(change), weighted.dot(movement))))
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
    rotated_mm = pose.rotation.dot(rest_mm)
    count = rotated_mm.shape[1]
    camera_mm = rotated_mm + pose.translation_mm[:, None]
    visible = np.zeros((2, count, 3))  # derivative of the visible movement by a movement in camera axes
    visible[0, :, 0] = 1.0
    visible[1, :, 1] = 1.0
    np.divide(camera_mm[:2], -camera_mm[2], out=visible[:, :, 2])
    by_camera = _to_face(pose).dot(visible.reshape(2, -1)).reshape(2, count, 3).transpose(1, 0, 2)
    change = np.empty((count, 2, 6))
    np.matmul(by_camera, rotation_columns(rotated_mm), out=change[:, :, :3])
    change[:, :, 3:] = by_camera
    return change.reshape(-1, 6)
