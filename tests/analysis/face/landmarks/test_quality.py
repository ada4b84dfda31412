from __future__ import annotations

import cv2
import numpy as np
import pytest

from analysis.face.arrays import ImageArray
from analysis.face.errors import FaceTooSmallError, NoFaceError, SeveralFacesError
from analysis.face.images import as_grey, read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import FaceBox
from analysis.face.landmarks.quality import Limits, blur, require_one_face, require_size
from tests.conftest import shared_path


def resized(image: ImageArray, factor: float) -> ImageArray:
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def test_blur_grows_with_blurring_and_not_with_contrast_or_size() -> None:
    image = as_grey(read_image(shared_path("faces/london/001_neutral.jpg")))
    points = LandmarkDetector().detect(image).points_px
    values = [blur(np.asarray(cv2.GaussianBlur(image, (0, 0), s), dtype=np.uint8), points) for s in (0.5, 2, 4, 6)]
    assert np.all(np.diff(values) > 0.02)
    faint = (image // 3 + 80).astype(np.uint8)
    assert blur(faint, points) == pytest.approx(blur(image, points), abs=0.03)
    assert blur(resized(image, 2.0), 2 * points) == pytest.approx(blur(image, points), abs=0.05)


def test_the_largest_face_is_chosen_and_a_similar_one_refused() -> None:
    large, small = FaceBox((0, 0, 100, 100), 1.0), FaceBox((200, 0, 240, 40), 1.0)
    similar = FaceBox((200, 0, 260, 60), 1.0)

    assert require_one_face([small, large], Limits()) is large
    with pytest.raises(SeveralFacesError, match="2 faces"):
        require_one_face([large, similar], Limits())
    with pytest.raises(NoFaceError):
        require_one_face([], Limits())


def test_the_smallest_eye_distance_is_a_limit() -> None:
    points = np.zeros((68, 2))
    points[42:48, 0] = 24.0

    require_size(points, Limits())
    with pytest.raises(FaceTooSmallError, match="24 px apart and must be 25"):
        require_size(points, Limits(min_eye_distance_px=25.0))
