from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from analysis.face.errors import FitError
from analysis.face.fitting.camera import (
    NEAREST_MM,
    Pose,
    ScaledOrthoCamera,
    default_focal_px,
    fit_scaled_ortho,
    principal_point,
    rotation_from_angles,
    rotation_from_vector,
    start_pose,
    turns_deg,
)


def test_a_point_to_the_right_above_and_near_is_projected_by_hand() -> None:
    """10 mm right and 20 mm up at 500 mm with f = 1000 px: 20 px right, 40 px up of the middle."""
    pose = Pose(np.eye(3), np.array([0.0, 0.0, -550.0]), 1000.0, (320.0, 240.0))
    assert_allclose(pose.project(np.array([[10.0, 20.0, 50.0]])), [[340.0, 200.0]])


def test_a_nearer_point_lies_farther_from_the_middle() -> None:
    pose = Pose(np.eye(3), np.array([0.0, 0.0, -600.0]), 700.0, (0.0, 0.0))
    near, far = pose.project(np.array([[50.0, 0.0, 80.0], [50.0, 0.0, 0.0]]))
    assert near[0] > far[0]


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(20, 0, 0), (0, -15, 0), (0, 0, 30), (-25, 10, 5)])
def test_angles_make_the_rotation_they_are_read_from(yaw: float, pitch: float, roll: float) -> None:
    rotation = rotation_from_angles(yaw_deg=yaw, pitch_deg=pitch)
    pose = Pose(rotation, np.array([0.0, 0.0, -600.0]), 700.0, (0.0, 0.0))
    assert_allclose([pose.yaw_deg, pose.pitch_deg], [yaw, pitch], atol=1e-9)
    rolled = Pose(rotation_from_angles(roll_deg=roll), pose.translation_mm, 700.0, (0.0, 0.0))
    assert_allclose(rolled.roll_deg, roll, atol=1e-9)


def test_positive_yaw_turns_the_nose_to_the_right_and_positive_pitch_lifts_it() -> None:
    nose = np.array([[0.0, 0.0, 100.0]])
    for angles, axis, way in (({"yaw_deg": 20.0}, 0, 1), ({"pitch_deg": 20.0}, 1, -1)):
        pose = Pose(rotation_from_angles(**angles), np.array([0.0, 0.0, -600.0]), 700.0, (0.0, 0.0))
        assert pose.project(nose)[0, axis] * way > 10.0


def test_rotation_vectors_agree_with_scipy(rng: np.random.Generator) -> None:
    for vector in (*rng.normal(size=(5, 3)), np.zeros(3)):
        assert_allclose(rotation_from_vector(vector), Rotation.from_rotvec(vector).as_matrix(), atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_fit_recovers_the_camera_that_made_the_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points_mm = rng.normal(scale=50, size=(12, 3)) + rng.normal(scale=100, size=3)
    truth = ScaledOrthoCamera(Rotation.random(rng=rng).as_matrix(), rng.uniform(0.2, 5), rng.uniform(0, 500, 2))

    fitted = fit_scaled_ortho(truth.project(points_mm), points_mm)

    assert_allclose(fitted.rotation, truth.rotation, atol=1e-9)
    assert_allclose(fitted.scale, truth.scale, rtol=1e-9)
    assert_allclose(fitted.shift, truth.shift, atol=1e-6)


def test_fit_scale_averages_an_image_stretched_unevenly(rng: np.random.Generator) -> None:
    """3 px/mm across and 1 px/mm up: the nearest single scale is their mean, 2."""
    points_mm = rng.normal(scale=50, size=(12, 3))
    assert_allclose(fit_scaled_ortho(points_mm[:, :2] * (3.0, -1.0), points_mm).scale, 2.0)


def test_the_rotation_is_the_nearest_to_the_affine_camera(rng: np.random.Generator) -> None:
    """The polar factor of its normalised rows and their cross product, here from a singular value decomposition."""
    points_mm, points_px = rng.normal(scale=50, size=(12, 3)), rng.normal(scale=60, size=(12, 2))
    affine, *_ = np.linalg.lstsq(np.column_stack((points_mm, np.ones(12))), points_px * (1.0, -1.0))
    rows = affine[:3].T / np.linalg.norm(affine[:3].T, axis=1, keepdims=True)
    u, _, vt = np.linalg.svd(np.vstack((rows, np.cross(*rows))))
    assert abs(rows[0] @ rows[1]) > 0.1
    assert_allclose(fit_scaled_ortho(points_px, points_mm).rotation, u @ vt, atol=1e-12)


def test_a_picture_of_a_line_is_refused(rng: np.random.Generator) -> None:
    points_mm = rng.normal(scale=50, size=(12, 3))
    with pytest.raises(FitError, match="on one line"):
        fit_scaled_ortho(points_mm[:, [0, 0]], points_mm)


@pytest.mark.parametrize("flat", ["model in a plane", "model at a point", "picture at a point"])
def test_points_without_depth_are_refused(flat: str, rng: np.random.Generator) -> None:
    points_mm, points_px = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    if flat == "model in a plane":
        points_mm[:, 2] = 0
    elif flat == "model at a point":
        points_mm[:] = 1
    else:
        points_px[:] = 100
    with pytest.raises(FitError, match="one plane or at one point"):
        fit_scaled_ortho(points_px, points_mm)


def test_the_start_pose_looks_like_the_camera_it_starts_from() -> None:
    camera = ScaledOrthoCamera(rotation_from_angles(yaw_deg=12, pitch_deg=5), 1.2, np.array([420.0, 200.0]))
    pose = start_pose(camera, image_size=(640, 480))
    flat = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.0, 5.0, 0.0]])
    assert pose.focal_px == default_focal_px((640, 480)) == pytest.approx(704.0)
    assert_allclose(pose.project(flat), camera.project(flat), atol=0.5)


def test_a_face_at_the_side_of_the_picture_is_not_turned() -> None:
    """It is seen from the side, 14 degrees here; the scaled-orthographic camera takes that for a turn of the head."""
    pose = Pose(np.eye(3), np.array([200.0, -60.0, -800.0]), 704.0, principal_point((640, 480)))
    points = np.random.default_rng(0).uniform((-40, -40, -15), (40, 40, 15), (30, 3))
    camera = fit_scaled_ortho(pose.project(points), points)
    seen = Pose(camera.rotation, pose.translation_mm, 704.0, pose.centre_px)

    started = start_pose(camera, image_size=(640, 480))

    assert abs(seen.yaw_deg) > 12
    assert abs(started.yaw_deg) < 1.5
    assert abs(started.pitch_deg) < 1.5


def test_a_cropped_portrait_gets_a_longer_focal_length() -> None:
    """A face of 150 mm that fills a picture cannot have been 16 cm from the camera."""
    camera = ScaledOrthoCamera(np.eye(3), 256 / 150, np.array([128.0, 128.0]))
    assert start_pose(camera, image_size=(256, 256)).distance_mm == pytest.approx(NEAREST_MM)
    assert start_pose(camera, image_size=(256, 256), focal_px=300.0).focal_px == 300.0


def test_a_head_that_faces_the_camera_is_not_turned_anywhere_in_the_picture() -> None:
    """The start pose of the same frontal view, in the middle of the picture and far to the side."""
    middle, aside = (
        start_pose(ScaledOrthoCamera(np.eye(3), 1.0, np.array(shift)), image_size=(640, 480), focal_px=704.0)
        for shift in ((319.5, 239.5), (560.0, 100.0))
    )

    assert abs(aside.yaw_deg - middle.yaw_deg) > 10.0
    assert_allclose(middle.rotation_to_line_of_sight, np.eye(3), atol=1e-12)
    assert_allclose(aside.rotation_to_line_of_sight, np.eye(3), atol=1e-12)
    assert_allclose(turns_deg(aside.rotation), (aside.yaw_deg, aside.pitch_deg))
