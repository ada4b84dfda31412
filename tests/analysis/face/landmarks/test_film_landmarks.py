"""Landmarks of a stretch of film, all frames at once."""

from __future__ import annotations

import dlib
import numpy as np
from numpy.testing import assert_array_equal

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError, NoFaceError
from analysis.face.images import as_grey, read_image
from analysis.face.landmarks import detector as detector_module
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.film_landmarks import find_in_stretch
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.regression_trees import BoxFrames, predict_boxes
from analysis.paths import PROTOCOLS

DETECTOR = LandmarkDetector(boxes=3)


def face(name: str, *, right_px: int = 0) -> ImageArray:
    """A shipped target at half its size, moved to the right."""
    grey = as_grey(read_image(PROTOCOLS / "targets" / f"{name}.png"))[::2, ::2]
    padded = np.pad(grey, ((0, 0), (200 + right_px, 200 - right_px)), mode="edge")
    return np.ascontiguousarray(padded)


def points(found: Landmarks | FaceError) -> FloatArray:
    assert isinstance(found, Landmarks), found
    return found.points_px


def test_the_trees_give_the_landmarks_of_dlib_before_rounding() -> None:
    picture = face("fear")  # without a tie in a tree, which rounding decides in another way
    boxes = [(190, 60, 440, 310), (210, 90, 450, 330), (150, -20, 460, 290)]  # the last one leaves the picture
    expected = []
    for left, top, right, bottom in boxes:
        parts = detector_module._predictor()(picture, dlib.rectangle(left, top, right, bottom)).parts()
        expected.append([(part.x, part.y) for part in parts])
    turn = np.array([np.diag([right - left, bottom - top]) for left, top, right, bottom in boxes], dtype=np.float64)
    corner = np.array([box[:2] for box in boxes], dtype=np.float64)

    found = predict_boxes(picture[None], BoxFrames(np.zeros(3, dtype=np.intp), turn, corner, np.ones(3)))

    inside = slice(0, 2)  # beyond the border dlib reads black, and we the outermost pixel
    assert_array_equal(np.floor(found[inside] + 0.5), np.array(expected)[inside])
    assert np.abs(found[2] - expected[2]).max() < 20


def test_a_frame_has_the_same_landmarks_alone_and_among_others() -> None:
    frames = [face("neutral"), face("happiness"), face("surprise", right_px=7), face("anger")]
    together = find_in_stretch(frames, DETECTOR)
    for one in (1, 2, 3):
        alone = find_in_stretch([frames[0], frames[one]], DETECTOR)[1]
        assert_array_equal(points(alone), points(together[one]))


def test_landmarks_are_those_of_a_still_picture_and_move_with_the_face() -> None:
    at_once = find_in_stretch([face("neutral"), face("happiness"), face("happiness", right_px=40)], DETECTOR)
    still = DETECTOR.detect(face("happiness"))
    eyes = still.eye_distance_px
    assert np.hypot(*(points(at_once[1]) - still.points_px).T).mean() < 0.01 * eyes
    assert np.hypot(*(points(at_once[2]) - still.points_px - (40, 0)).T).mean() < 0.01 * eyes


def test_a_face_that_jumps_is_searched_and_an_empty_frame_has_no_face() -> None:
    empty = np.full_like(face("neutral"), 90)
    found = find_in_stretch([face("neutral"), empty, face("happiness", right_px=170), face("anger")], DETECTOR)
    assert isinstance(found[1], NoFaceError)
    jumped = DETECTOR.detect(face("happiness", right_px=170))
    assert np.hypot(*(points(found[2]) - jumped.points_px).T).mean() < 0.02 * jumped.eye_distance_px
    assert isinstance(found[3], Landmarks)


def test_an_anchor_without_a_face_does_not_hide_the_faces_after_it() -> None:
    empty = np.full_like(face("neutral"), 90)
    found = find_in_stretch([empty, face("neutral")], DETECTOR)
    assert isinstance(found[0], NoFaceError)
    still = DETECTOR.detect(face("neutral"))
    assert np.hypot(*(points(found[1]) - still.points_px).T).mean() < 0.01 * still.eye_distance_px
