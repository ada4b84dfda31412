from __future__ import annotations

import cv2
import numpy as np
import pytest

from analysis.face.arrays import ImageArray
from analysis.face.errors import (
    FaceCutError,
    FaceOverexposedError,
    FaceTooSmallError,
    NoFaceError,
    SeveralFacesError,
)
from analysis.face.images import as_grey, read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import FaceBox, Landmarks
from analysis.face.landmarks.quality import Limits, blur, require_inside, require_one_face, require_size, white_share
from tests.conftest import PROJECT, shared_path


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


@pytest.fixture(scope="module")
def drawn() -> ImageArray:
    return read_image(PROJECT / "protocols" / "targets" / "happiness.png")


@pytest.fixture(scope="module")
def detected(drawn: ImageArray) -> Landmarks:
    return LandmarkDetector().detect(drawn)


@pytest.mark.parametrize("side", ["upper", "lower", "left", "right"])
def test_a_landmark_clearly_outside_the_picture_is_refused(side: str) -> None:
    points = np.random.default_rng(1).uniform(20.0, 80.0, (68, 2))
    points[36:42], points[42:48] = (30.0, 50.0), (70.0, 50.0)
    width, height = 100, 100
    require_inside(points, (width, height), Limits())
    moved = {"upper": (1, -0.5), "left": (0, -0.5), "lower": (1, height - 0.5), "right": (0, width - 0.5)}[side]
    points[0, moved[0]] = moved[1]
    require_inside(points, (width, height), Limits())  # half a pixel is within the error of the detector
    points[0, moved[0]] += 1.0 if moved[1] > 0 else -1.0

    with pytest.raises(FaceCutError, match=f"the {side} border of the picture cuts the face"):
        require_inside(points, (width, height), Limits())


@pytest.mark.parametrize("side", ["top", "bottom", "left"])
def test_a_cropped_face_is_refused_and_one_cropped_beside_the_face_is_measured(
    side: str, drawn: ImageArray, detected: Landmarks
) -> None:
    points, eyes = detected.points_px, detected.eye_distance_px
    low, high = points.min(axis=0), points.max(axis=0)

    def cropped(inside: float) -> ImageArray:
        if side == "top":
            return drawn[int(low[1] + inside * eyes) :]
        if side == "bottom":
            return drawn[: int(high[1] - inside * eyes)]
        return drawn[:, int(low[0] + inside * eyes) :]

    LandmarkDetector().detect(cropped(-0.1))
    for inside in (0.1, 0.2):
        with pytest.raises(FaceCutError, match="border of the picture cuts the face"):
            LandmarkDetector().detect(cropped(inside))


@pytest.mark.parametrize("brightness", [0.15, 0.2, 0.3, 0.5, 0.7, 1.3])
def test_landmarks_of_a_dim_picture_are_those_of_the_usual_one(
    brightness: float, drawn: ImageArray, detected: Landmarks
) -> None:
    changed = (drawn * brightness).round().clip(0, 255).astype(np.uint8)

    points = LandmarkDetector().detect(changed).points_px

    moved = np.sqrt(((points - detected.points_px) ** 2).sum(axis=1).mean())
    assert moved < 0.025 * detected.eye_distance_px


def test_an_overexposed_face_is_refused(drawn: ImageArray, detected: Landmarks) -> None:
    assert white_share(as_grey(drawn), detected.points_px) == 0.0
    with pytest.raises(FaceOverexposedError, match="of the face is white"):
        LandmarkDetector().detect((drawn * 2.5).clip(0, 255).astype(np.uint8))
