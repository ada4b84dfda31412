from __future__ import annotations

import numpy as np

from analysis.face.landmarks.landmarks import Landmarks, eye_distance_px


def test_eye_distance_is_between_the_middles_of_the_eyes() -> None:
    points = np.zeros((68, 2))
    points[36:42] = (100.0, 50.0)
    points[42:48] = (130.0, 90.0)
    assert eye_distance_px(points) == 50.0


def test_landmarks_from_another_source_need_no_picture() -> None:
    points = np.arange(136.0).reshape(68, 2)
    assert Landmarks(points, (640, 480)).score is None
