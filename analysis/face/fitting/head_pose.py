"""Where a head is, whatever its face does: landmarks weighed by how they move in expressions of all kinds.

A fit that looks for pose and expression together explains by one what belongs to the other: a jaw that drops looks
like a chin that is raised, the more so the more reluctant the fit is to see an expression. Here the movement ``d`` of
the landmarks from the person at rest is taken for noise, with the covariance ``M`` it has over many people, expressions
and poses that are known, and the pose is the one where ::

    J' (M + s^2 I)^-1 d(pose) = 0

(the equation of generalised least squares, with the derivative ``J`` of a face at rest, so that a large movement does
not change how it is weighed). ``M`` holds what faces do and what the detector makes of it, also of a
turned head. On rendered people of a face model that ``M`` was not learned from, the error falls from 2.4 to 1.3-1.6
degrees to the side and from 3.1 to 2.3 up and down (``docs/notes/similarity-tried.md``).
"""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.residuals import moved_pose

_STEPS = 3
"""From the pose of a fit; the third moves no head by a hundredth of a degree."""


def movement_mm(pose: Pose, rest_mm: FloatArray, seen_px: FloatArray) -> FloatArray:
    """(n, 2) how far landmarks moved from where they are at rest, mm, to the right and up on a frontal face.

    Movement towards the camera is not seen and taken for none.

    Parameters
    ----------
    rest_mm : (3, n) float array
        The landmarks of the person at rest, in model axes.
    seen_px : (n, 2) float array
        Where they are in the picture.
    """
    difference = (seen_px - pose.project(rest_mm.T)) * (1.0, -1.0)
    depth = -(pose.rotation[2] @ rest_mm + pose.translation_mm[2])
    in_camera_mm = difference * (depth / pose.focal_px)[:, None]
    return np.asarray(np.linalg.solve(pose.rotation[:2, :2], in_camera_mm.T).T)


def head_pose(start: Pose, rest_mm: FloatArray, seen_px: FloatArray, precision: FloatArray) -> Pose:
    """The pose of a head whose landmarks move as those of people do.

    Parameters
    ----------
    start : Pose
        Of a fit.
    rest_mm : (3, n) float array
    seen_px : (n, 2) float array
    precision : (2n, 2n) float array
        ``(M + s^2 I)^-1``, 1 / mm^2; x and y of a landmark next to each other.
    """
    pose = start
    for _ in range(_STEPS):
        movement, change = movement_mm(pose, rest_mm, seen_px).ravel(), by_pose(pose, rest_mm)
        weighed = change.T @ precision
        pose = moved_pose(pose, np.asarray(np.linalg.solve(weighed @ change, weighed @ movement)))
    return pose


def by_pose(pose: Pose, rest_mm: FloatArray) -> FloatArray:
    """(2n, 6) minus the change of `movement_mm` with a small turn (rotation vector, rad) and shift (mm), at rest."""
    x, y, z = pose.rotation @ rest_mm
    camera_mm = np.stack((x, y, z)) + pose.translation_mm[:, None]
    across, up = camera_mm[:2] / -camera_mm[2]
    change = np.zeros((2, 6, len(x)))
    change[0, :3] = across * y, z - across * x, -y
    change[1, :3] = up * y - z, -up * x, x
    change[0, 3] = change[1, 4] = 1.0
    change[:, 5] = across, up
    in_the_face = np.linalg.solve(pose.rotation[:2, :2], change.reshape(2, -1)).reshape(change.shape)
    return np.asarray(in_the_face.transpose(2, 0, 1).reshape(-1, 6), dtype=np.float64)
