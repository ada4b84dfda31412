from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.arrays import ImageArray
from analysis.face.errors import FaceBlurredError, ImageError, NoFaceError, SeveralFacesError
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.tracker import LandmarkTracker
from tests.conftest import shared_path


@pytest.fixture(scope="module")
def photograph() -> ImageArray:
    image = read_image(shared_path("faces/london/001_neutral.jpg"))
    return np.asarray(cv2.resize(image, (480, 480), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def frame(image: ImageArray, *, x: float = 80.0, y: float = 0.0) -> ImageArray:
    """A 640x480 webcam frame with the photograph at some place."""
    move = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    shown = cv2.warpAffine(image, move, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, dtype=np.uint8)


def empty() -> ImageArray:
    return np.full((480, 640, 3), 90, dtype=np.uint8)


class CountingDetector:
    """Counts how often the detector proper ran."""

    def __init__(self) -> None:
        self.inner = LandmarkDetector()
        self.searches = 0

    def __getattr__(self, name: str) -> Any:
        if name == "find_face":
            self.searches += 1
        return getattr(self.inner, name)


def test_a_moving_face_is_followed_with_the_detectors_accuracy(photograph: ImageArray) -> None:
    tracker = LandmarkTracker()
    still = LandmarkDetector().detect(frame(photograph, x=0.0)).points_px
    for step in range(12):
        x, y = 60.0 + 5 * step, 3.0 * step
        found = tracker.update(frame(photograph, x=x, y=y))
        assert np.hypot(*(found.points_px - still - (x, y)).T).mean() < 0.02 * found.eye_distance_px


def test_the_detector_runs_at_first_and_then_every_so_often(photograph: ImageArray) -> None:
    for every, expected in ((1, 8), (3, 3), (100, 1)):
        detector: Any = CountingDetector()
        tracker = LandmarkTracker(detector, redetect_every=every)
        scores = [tracker.update(frame(photograph, x=80.0 + i)).score for i in range(8)]
        assert detector.searches == expected
        assert sum(score is not None for score in scores) == expected


def test_a_face_that_jumps_is_found_again_in_the_same_frame(photograph: ImageArray) -> None:
    tracker = LandmarkTracker(redetect_every=100)
    here = tracker.update(frame(photograph, x=0.0)).points_px
    there = tracker.update(frame(photograph, x=160.0)).points_px
    assert np.abs(there - here - (160.0, 0.0)).max() < 6.0


def test_a_face_that_leaves_is_missed_at_once_and_found_when_it_is_back(photograph: ImageArray) -> None:
    tracker = LandmarkTracker(redetect_every=100)
    tracker.update(frame(photograph))
    for _ in range(2):
        with pytest.raises(NoFaceError):
            tracker.update(empty())
    assert tracker.update(frame(photograph)).score is not None


def test_a_second_face_is_detected_at_the_next_detection(photograph: ImageArray) -> None:
    alone = np.asarray(cv2.resize(frame(photograph), (480, 360)), dtype=np.uint8)
    alone = np.pad(alone, ((60, 60), (0, 160), (0, 0)), mode="edge")
    joined = alone.copy()
    joined[60:420, 400:640] = alone[60:420, 120:360]
    tracker = LandmarkTracker(redetect_every=2)
    tracker.update(alone)
    tracker.update(joined)
    with pytest.raises(SeveralFacesError):
        tracker.update(joined)


def test_one_blurred_frame_does_not_lose_the_face(photograph: ImageArray) -> None:
    tracker = LandmarkTracker(redetect_every=100)
    tracker.update(frame(photograph))
    blurred = np.asarray(cv2.GaussianBlur(frame(photograph), (0, 0), 6.5), dtype=np.uint8)
    with pytest.raises(FaceBlurredError):
        tracker.update(blurred)
    assert tracker.update(frame(photograph)).score is None


def test_a_file_that_is_not_a_picture_is_refused() -> None:
    with pytest.raises(ImageError):
        LandmarkTracker().update(np.zeros((0, 0, 3), dtype=np.uint8))


def clip(name: str) -> Iterator[ImageArray]:
    capture = cv2.VideoCapture(str(shared_path(f"faces/video/{name}")))
    while True:
        there, picture = capture.read()
        if not there:
            return
        yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


@pytest.mark.slow
def test_tracking_a_clip_agrees_with_detection() -> None:
    tracker, detector = LandmarkTracker(), LandmarkDetector()
    apart = []
    for number, picture in enumerate(clip("single_face.mp4")):
        tracked = tracker.update(picture)
        if number % 9 == 5:
            detected = detector.detect(picture)
            apart.append(np.hypot(*(tracked.points_px - detected.points_px).T).mean() / detected.eye_distance_px)
    assert len(apart) >= 7
    assert np.mean(apart) < 0.01


@pytest.mark.slow
def test_a_clip_without_people_has_no_face() -> None:
    tracker = LandmarkTracker()
    for number, picture in enumerate(clip("no_face.mp4")):
        if number % 10 == 0:
            with pytest.raises(NoFaceError):
                tracker.update(picture)


def test_a_detection_near_the_tracked_face_confirms_it_and_moves_nothing(photograph: ImageArray) -> None:
    """The detector's box moves in steps; what was tracked is the better start."""
    often, never = LandmarkTracker(redetect_every=2), LandmarkTracker(redetect_every=100)
    for step in range(6):
        picture = frame(photograph, x=80.0 + 2 * step)
        confirmed, tracked = often.update(picture), never.update(picture)
        assert (confirmed.score is not None) == (step % 2 == 0)
        assert_array_equal(confirmed.points_px, tracked.points_px)


def test_a_fast_face_is_predicted_twice(photograph: ImageArray) -> None:
    """Moved by a tenth of its width, it is found as well as by a search of the whole frame."""
    tracker = LandmarkTracker(redetect_every=100)
    tracker.update(frame(photograph, x=60.0))
    moved = frame(photograph, x=90.0, y=12.0)
    expected = LandmarkDetector().detect(moved)
    apart = np.hypot(*(tracker.update(moved).points_px - expected.points_px).T).mean()
    assert apart < 0.006 * expected.eye_distance_px
