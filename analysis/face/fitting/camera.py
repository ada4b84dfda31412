"""Cameras and head pose: project model millimetres to picture pixels, and back.

Frames and units: model and camera axes both have x to the right of the picture, y up, z towards the viewer, in
millimetres; the camera is at the origin and looks along -z, so a face in front of it has a negative z. Pixels have
their origin in the middle of the first one, at the top left, and y down. Only this file flips the sign between the two
y axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from analysis.face.arrays import FloatArray
from analysis.face.errors import FitError

FOCAL_PER_WIDTH = 1.1
"""Focal length of an uncalibrated webcam, in units of the longer picture side (50 degrees field of view)."""

NEAREST_MM = 350.0
"""Portraits are taken from farther away: a face that looks nearer comes from a cropped picture."""

_FLAT = 1e-9
"""Product of the variances along the three axes, relative to their sum cubed, of points taken to lie in one plane."""


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
        """Return the (N, 2) pixels of model points.

        Parameters
        ----------
        points_mm : (N, 3) float array
            In model axes.
        """
        flat = points_mm @ (self.scale * self.rotation[:2]).T
        pixels: FloatArray = flat * (1.0, -1.0) + self.shift
        return pixels


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Position and rotation of the head in front of a pinhole camera."""

    rotation: FloatArray
    """(3, 3) model-to-camera rotation, determinant +1."""
    translation_mm: FloatArray
    """(3,) position of the model origin; z is negative, minus the distance."""
    focal_px: float
    centre_px: tuple[float, float]
    """Principal point (x, y)."""

    def project(self, points_mm: FloatArray) -> FloatArray:
        """Return the (N, 2) pixels of model points.

        Parameters
        ----------
        points_mm : (N, 3) float array
            In model axes.
        """
        camera_mm = points_mm @ self.rotation.T + self.translation_mm
        scale = self.focal_px / -camera_mm[:, 2]
        pixels: FloatArray = np.stack(
            (self.centre_px[0] + scale * camera_mm[:, 0], self.centre_px[1] - scale * camera_mm[:, 1]), axis=1
        )
        return pixels

    @property
    def rotation_to_line_of_sight(self) -> FloatArray:
        """(3, 3) rotation of the head relative to its line of sight.

        Identity for a head that faces the camera.
        """
        x, y, z = self.translation_mm.tolist()
        rotation: FloatArray = _towards(x, y, -z).T @ self.rotation
        return rotation

    @property
    def distance_mm(self) -> float:
        """Distance from the camera to the model origin along the optical axis."""
        return float(-self.translation_mm[2])

    @property
    def yaw_deg(self) -> float:
        """Turn to the side, positive towards the right of the picture."""
        return turns_deg(self.rotation)[0]

    @property
    def pitch_deg(self) -> float:
        """Tilt, positive with the chin up."""
        return turns_deg(self.rotation)[1]

    @property
    def roll_deg(self) -> float:
        """Turn in the picture plane, positive counter-clockwise in the picture."""
        return math.degrees(math.atan2(self.rotation[1, 0], self.rotation[0, 0]))


def turns_deg(rotation: FloatArray) -> tuple[float, float]:
    """Return (yaw, pitch) of a rotation, degrees, with the signs of `Pose`.

    Parameters
    ----------
    rotation : (3, 3) float array
        Model-to-camera rotation.
    """
    pitch = math.asin(max(-1.0, min(1.0, rotation[1, 2])))
    return math.degrees(math.atan2(rotation[0, 2], rotation[2, 2])), math.degrees(pitch)


def rotation_from_angles(*, yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> FloatArray:
    """Return the (3, 3) rotation by pitch, yaw and roll, in this order.

    The signs are those of `Pose`.

    Parameters
    ----------
    yaw_deg, pitch_deg, roll_deg : float
        Degrees.
    """
    return np.asarray(Rotation.from_euler("xyz", [-pitch_deg, yaw_deg, roll_deg], degrees=True).as_matrix())


def rotation_from_vector(vector: FloatArray) -> FloatArray:
    """Return the (3, 3) rotation of a rotation vector (Rodrigues' formula).

    Every step of a fit calls this; `scipy.spatial.transform.Rotation` takes several times as long for one vector.

    Parameters
    ----------
    vector : (3,) float array
        Axis, with the angle in radians as its length.
    """
    return _rotation(*vector.tolist())


def _rotation(x: float, y: float, z: float) -> FloatArray:
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = x / angle, y / angle, z / angle
    sine, cosine = math.sin(angle), math.cos(angle)
    rest = 1.0 - cosine
    return np.array(
        [
            [cosine + rest * x * x, rest * x * y - sine * z, rest * x * z + sine * y],
            [rest * x * y + sine * z, cosine + rest * y * y, rest * y * z - sine * x],
            [rest * x * z - sine * y, rest * y * z + sine * x, cosine + rest * z * z],
        ]
    )


def fit_scaled_ortho(points_px: FloatArray, points_mm: FloatArray) -> ScaledOrthoCamera:
    """Estimate the scaled-orthographic camera that maps model points to image points.

    Solve the affine camera by linear least squares [1]_, then take the nearest scaled orthonormal pair of rows. With
    noisy points this is a starting value, not the minimiser of the reprojection error. It is also the pose estimate of
    eos, step by step.

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
    return CameraFit.to(points_mm).camera(points_px)


@dataclass(frozen=True, slots=True, eq=False)
class CameraFit:
    """`fit_scaled_ortho` to the same points of a model in many pictures."""

    middle_mm: tuple[float, float, float]
    """Mean of the points."""
    solver: FloatArray
    """(4, N) least-squares inverse of the points around their mean, 1 / mm, zero if they lie in one plane; then the
    weights of a mean."""

    @classmethod
    def to(cls, points_mm: FloatArray) -> CameraFit:
        """Return the fit to points of a model.

        Parameters
        ----------
        points_mm : (N, 3) float array
            In model axes.
        """
        middle = points_mm.mean(axis=0)
        centred = points_mm - middle
        spread = centred.T @ centred
        solver = np.full((4, len(points_mm)), 1.0 / len(points_mm))
        flat = np.linalg.det(spread) <= _FLAT * np.trace(spread) ** 3
        solver[:3] = 0.0 if flat else np.linalg.solve(spread, centred.T)
        return cls(tuple(middle.tolist()), solver)

    def camera(self, points_px: FloatArray) -> ScaledOrthoCamera:
        """Return the camera that maps the points onto image points.

        Parameters
        ----------
        points_px : (N, 2) float array
            Detected landmarks, in pixels.

        Raises
        ------
        FitError
            If the points lie in a plane, on a line, or at one point, in the model or in the picture.
        """
        (*first, across), (*down, below) = self.solver.dot(points_px).T.tolist()
        second = [-value for value in down]
        lengths = math.hypot(*first), math.hypot(*second)
        if min(lengths) < 1e-9:
            raise FitError(
                "the landmarks lie in one plane or at one point, so the camera is undetermined; check the landmarks"
            )
        shift = np.array([across - _dot(first, self.middle_mm), below - _dot(down, self.middle_mm)])
        rotation = _nearest_rotation([x / lengths[0] for x in first], [x / lengths[1] for x in second])
        return ScaledOrthoCamera(rotation, (lengths[0] + lengths[1]) / 2.0, shift)


def _nearest_rotation(first: list[float], second: list[float]) -> FloatArray:
    """Return the rotation whose first two rows are nearest to two unit vectors.

    Sum and difference of unit vectors are perpendicular; the rows lie between their directions.
    """
    total = [a + b for a, b in zip(first, second, strict=True)]
    difference = [a - b for a, b in zip(first, second, strict=True)]
    long, short = (math.sqrt(2.0) * math.hypot(*one) for one in (total, difference))
    if min(long, short) < 1e-9:
        raise FitError("the landmarks lie on one line, so the camera is undetermined; check the landmarks")
    pairs = [(a / long, b / short) for a, b in zip(total, difference, strict=True)]
    rows = [a + b for a, b in pairs], [a - b for a, b in pairs]
    return np.array([*rows, _cross(*rows)])


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Sequence[float], b: Sequence[float]) -> list[float]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def default_focal_px(image_size: tuple[int, int]) -> float:
    """Return the focal length assumed for an uncalibrated camera, px."""
    return FOCAL_PER_WIDTH * max(image_size)


def principal_point(image_size: tuple[int, int]) -> tuple[float, float]:
    """Return the middle of a picture of (width, height) pixels.

    The first pixel has its centre at (0, 0).
    """
    return (image_size[0] - 1) / 2.0, (image_size[1] - 1) / 2.0


def from_principal_point(points_px: FloatArray, image_size: tuple[int, int]) -> FloatArray:
    """Return the (2, n) points of a picture relative to its principal point, y up, px.

    Parameters
    ----------
    points_px : (n, 2) float array
        Points of the picture.
    image_size : (width, height)
        Of the picture, px.
    """
    x, y = principal_point(image_size)
    centred = np.empty((2, len(points_px)))
    np.subtract(points_px[:, 0], x, out=centred[0])
    np.subtract(y, points_px[:, 1], out=centred[1])
    return centred


def start_pose(camera: ScaledOrthoCamera, *, image_size: tuple[int, int], focal_px: float | None = None) -> Pose:
    """Return the perspective pose closest to a scaled-orthographic camera.

    Parameters
    ----------
    camera : ScaledOrthoCamera
        The camera to replace.
    image_size : (width, height)
        Its middle is taken as the principal point.
    focal_px : float, optional
        From a calibration. Otherwise `default_focal_px`, or longer where the face would be nearer than `NEAREST_MM`:
        such a picture was cropped, and its true focal length is longer than its width suggests.
    """
    focal = focal_px if focal_px is not None else max(default_focal_px(image_size), NEAREST_MM * camera.scale)
    centre = principal_point(image_size)
    depth = focal / camera.scale
    x, y = ((at - middle) / camera.scale for at, middle in zip(camera.shift.tolist(), centre, strict=True))
    # Scaled orthography looks along -z; the camera sees a face at the side along the line of sight to it.
    return Pose(_towards(x, -y, depth) @ camera.rotation, np.array([x, -y, -depth]), float(focal), centre)


def _towards(x: float, y: float, depth: float) -> FloatArray:
    """Return the rotation that gives a head at (x, y, -depth) the view of the middle."""
    aside = math.hypot(x, y)
    if aside == 0:
        return np.eye(3)
    angle = math.atan2(aside, depth) / aside
    return _rotation(y * angle, -x * angle, 0.0)
