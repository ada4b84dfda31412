"""Cameras and head pose: from model millimetres to picture pixels and back.

Frames and units: model and camera axes both have x to the right of the picture, y up, z towards the viewer, in
millimetres; the camera sits at the origin and looks along -z, so a face before it has a negative z. Pixels have
their origin at the top left and y down. The sign flip between the two y axes lives in this file and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.errors import FitError
from analysis.face.model import FloatArray

FOCAL_PER_WIDTH = 1.1
"""Focal length of an uncalibrated webcam, in units of the longer picture side (50 degrees field of view)."""

NEAREST_MM = 350.0
"""No portrait is taken from nearer than this: a face that looks nearer comes from a cropped picture."""


@dataclass(frozen=True, slots=True, eq=False)
class ScaledOrthoCamera:
    """A camera that drops depth: ``pixel = flip_y(scale * R[:2] @ X) + shift``."""

    rotation: FloatArray
    """(3, 3) model-to-camera rotation, determinant +1."""
    scale: float
    """Pixels per millimetre, > 0."""
    shift: FloatArray
    """(2,) image position of the model origin, pixels."""

    def project(self, points_mm: FloatArray) -> FloatArray:
        """(N, 2) pixels of (N, 3) model points."""
        flat = points_mm @ (self.scale * self.rotation[:2]).T
        pixels: FloatArray = flat * (1.0, -1.0) + self.shift
        return pixels


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where the head is, seen by a pinhole camera."""

    rotation: FloatArray
    """(3, 3) model-to-camera rotation, determinant +1."""
    translation_mm: FloatArray
    """(3,) position of the model origin; z is negative, minus the distance."""
    focal_px: float
    centre_px: tuple[float, float]
    """Principal point (x, y)."""

    def project(self, points_mm: FloatArray) -> FloatArray:
        """(N, 2) pixels of (N, 3) model points."""
        seen = points_mm @ self.rotation.T + self.translation_mm
        per_depth = self.focal_px / -seen[:, 2]
        pixels: FloatArray = np.stack(
            (self.centre_px[0] + per_depth * seen[:, 0], self.centre_px[1] - per_depth * seen[:, 1]), axis=1
        )
        return pixels

    @property
    def distance_mm(self) -> float:
        """Distance from the camera to the model origin along the optical axis."""
        return float(-self.translation_mm[2])

    @property
    def yaw_deg(self) -> float:
        """Turn to the side, positive towards the right of the picture."""
        return float(np.degrees(np.arctan2(self.rotation[0, 2], self.rotation[2, 2])))

    @property
    def pitch_deg(self) -> float:
        """Tilt, positive with the chin up."""
        return float(np.degrees(np.arcsin(np.clip(self.rotation[1, 2], -1.0, 1.0))))

    @property
    def roll_deg(self) -> float:
        """Turn in the picture plane, positive counter-clockwise in the picture."""
        return float(np.degrees(np.arctan2(self.rotation[1, 0], self.rotation[0, 0])))


def rotation_from_angles(*, yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> FloatArray:
    """(3, 3) rotation: pitch first, then yaw, then roll, with the signs of `Pose`."""
    yaw, pitch, roll = np.radians([yaw_deg, -pitch_deg, roll_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    rotation: FloatArray = about_z @ about_y @ about_x
    return rotation


def rotation_from_vector(vector: FloatArray) -> FloatArray:
    """(3, 3) rotation about ``vector`` by its length in radians (Rodrigues)."""
    angle = float(np.sqrt(vector @ vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: FloatArray = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
    return rotation


def fit_scaled_ortho(points_px: FloatArray, points_mm: FloatArray) -> ScaledOrthoCamera:
    """Estimate the scaled-orthographic camera that maps model points onto image points.

    Solves the affine camera by linear least squares [1]_, then takes the nearest scaled orthonormal pair of rows. With
    noisy points this is a starting value, not the minimiser of the reprojection error. It is also, step by step, the
    pose estimate of eos.

    Parameters
    ----------
    points_px : (N, 2) float array
        Detected landmarks, in pixels. N >= 4.
    points_mm : (N, 3) float array
        The same points on the model, in millimetres, not all in one plane.

    Raises
    ------
    FitError
        If the points lie in a plane, on a line, or at one point, in the model or in the picture.

    References
    ----------
    .. [1] Hartley & Zisserman, Multiple View Geometry, 2nd ed. (2003), Alg. 7.2.
    """
    middle = points_mm.mean(axis=0)
    homogeneous = np.column_stack((points_mm - middle, np.ones(len(points_mm))))
    rows, _, rank, _ = np.linalg.lstsq(homogeneous, points_px * (1.0, -1.0), rcond=None)
    lengths = np.sqrt((rows[:3] ** 2).sum(axis=0))
    if rank < 4 or not np.all(lengths > 1e-9):
        raise FitError("the landmarks lie in one plane or at one point, so no camera can be found; check the landmarks")
    first, second = (rows[:3] / lengths).T
    u, _, vt = np.linalg.svd(np.stack((first, second, np.cross(first, second))))
    rotation = u @ vt
    if np.linalg.det(rotation) < 0:
        u[:, 2] *= -1
        rotation = u @ vt
    scale = float(lengths.mean())
    shift = rows[3] - rows[:3].T @ middle
    return ScaledOrthoCamera(rotation, scale, shift * (1.0, -1.0))


def default_focal_px(image_size: tuple[int, int]) -> float:
    """Focal length to assume for a picture of (width, height) pixels from a camera nobody calibrated."""
    return FOCAL_PER_WIDTH * max(image_size)


def start_pose(camera: ScaledOrthoCamera, *, image_size: tuple[int, int], focal_px: float | None = None) -> Pose:
    """The perspective pose that looks most like a scaled-orthographic one.

    Parameters
    ----------
    image_size : (width, height)
        Its middle is taken as the principal point.
    focal_px : float, optional
        From a calibration. Otherwise `default_focal_px`, or longer where that would put the face nearer than
        `NEAREST_MM`: such a picture was cropped, and its true focal length is longer than its width suggests.
    """
    focal = focal_px if focal_px is not None else max(default_focal_px(image_size), NEAREST_MM * camera.scale)
    centre = (image_size[0] / 2.0, image_size[1] / 2.0)
    depth = focal / camera.scale
    x, y = (camera.shift - centre) / camera.scale
    # Scaled orthography looks along -z; a face at the side of the picture is seen along the line of sight to it.
    sight = np.array([x, -y, -depth])
    sight /= np.sqrt(sight @ sight)
    straight = np.array([0.0, 0.0, -1.0])
    axis = np.cross(straight, sight)
    sine = float(np.sqrt(axis @ axis))
    towards = rotation_from_vector(axis / sine * np.arcsin(min(sine, 1.0))) if sine > 1e-12 else np.eye(3)
    return Pose(towards @ camera.rotation, np.array([x, -y, -depth]), float(focal), centre)
