from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.errors import NoFaceError
from analysis.face.fitting.camera import Pose
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.mirror import detect_with_mirror, mirror_landmarks
from analysis.face.models.registry import load_model
from tests.conftest import shared_path


def test_mirroring_twice_changes_nothing(rng: np.random.Generator) -> None:
    points = rng.uniform(0, 255, (68, 2))

    assert_allclose(mirror_landmarks(mirror_landmarks(points, 256), 256), points)


def test_the_outer_corner_of_one_eye_becomes_that_of_the_other() -> None:
    points = np.zeros((68, 2))
    points[36] = 10, 50

    assert mirror_landmarks(points, 100)[45].tolist() == [89, 50]


def test_a_picture_and_its_mirror_image_get_mirrored_landmarks() -> None:
    image = read_image(shared_path("faces/london/001_smiling.jpg"))
    detector = LandmarkDetector(boxes=1)
    one, other = detect_with_mirror(detector, image), detect_with_mirror(detector, image[:, ::-1])

    difference = one.points_px - mirror_landmarks(other.points_px, image.shape[1])

    # Not exactly 0: the detector finds another box in the mirror image.
    assert np.abs(difference).mean() < 0.008 * one.eye_distance_px


def test_a_picture_without_a_face_is_refused() -> None:
    with pytest.raises(NoFaceError, match="no face was found"):
        detect_with_mirror(LandmarkDetector(), np.full((200, 200, 3), 127, dtype=np.uint8))


def test_a_symmetric_face_seen_from_the_front_is_its_own_mirror_image() -> None:
    model = load_model()
    pose = Pose(np.eye(3), np.array([0.0, 0.0, -600.0]), 700.0, (319.5, 239.5))
    points = pose.project(model.mean[model.landmark_vertices])

    assert_allclose(mirror_landmarks(points, 640), points, atol=0.05)
