from __future__ import annotations

import numpy as np

from experiment.feedback.messages import shrink_image


def test_large_pictures_are_shrunk_to_640_pixels() -> None:
    assert shrink_image(np.zeros((720, 1280, 3), np.uint8)).shape == (360, 640, 3)
    assert shrink_image(np.zeros((1280, 720, 3), np.uint8)).shape == (640, 360, 3)
    small = np.zeros((480, 640, 3), np.uint8)
    assert shrink_image(small) is small
