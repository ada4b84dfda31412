"""The mirror image: cropped, scaled, and kept for as long as a hold looks back."""

from __future__ import annotations

import numpy as np

from experiment.clock import ManualClock
from experiment.feedback.mirror import MirrorBuffer, mirror_image
from tests.experiment.feedback.fakes import frame


def test_the_mirror_shows_the_middle_of_the_picture_at_the_size_it_has_on_the_display() -> None:
    image = np.zeros((360, 640, 3), dtype=np.uint8)
    image[:, 318:322] = 255

    mirror = mirror_image(image, (1440, 900))

    assert mirror.shape == (450, 360, 3)
    assert mirror[0, 179, 0] > 200
    assert mirror[0, 100, 0] == 0


def test_the_buffer_returns_the_newest_image_and_the_one_nearest_to_a_time() -> None:
    buffer = MirrorBuffer((1440, 900), kept_s=1.0, clock=ManualClock(7.0))
    assert buffer.newest is None
    assert buffer.nearest(0.0) is None
    for number in range(4):
        buffer.add(frame(number, 0.5 * number, similarity=10 * number))

    nearest, newest = buffer.nearest(0.9), buffer.newest

    assert newest is not None
    assert (newest[0], newest[1][0, 0, 0]) == (7.0, 30)
    assert nearest is not None
    assert nearest[0, 0, 0] == 20
    oldest = buffer.nearest(0.0)
    assert oldest is not None
    assert oldest[0, 0, 0] == 10, "images older than a second are dropped"
