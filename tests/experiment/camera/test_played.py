"""Pictures played at given times of the session's clock."""

from __future__ import annotations

import numpy as np

from experiment.camera.played import Delivery, PlayedCamera, at_rate
from experiment.ports.camera import Image
from tests.experiment.clocks import SetClock


def test_a_frame_is_returned_at_its_arrival_with_the_picture_of_that_moment() -> None:
    clock = SetClock(1000.0)
    taken_s: list[float] = []

    def picture() -> Image:
        taken_s.append(clock.now())
        return np.zeros((2, 2, 3), np.uint8)

    camera = PlayedCamera(
        iter([Delivery(7, 1000.5, 1000.8, picture)]), clock=clock, time_kind="driver", facts={"kind": "test"}
    )
    frame = camera.read()

    assert frame is not None
    assert (frame.index, frame.captured_s, frame.time_kind) == (7, 1000.5, "driver")
    assert taken_s == [1000.8]
    assert camera.read() is None


def test_a_slow_reader_loses_pictures_and_no_time() -> None:
    clock = SetClock(1000.0)
    deliveries = at_rate(lambda index: lambda: np.full((1, 1, 3), index, np.uint8), clock=clock, rate_hz=10.0)

    first = next(deliveries)
    clock.sleep_until(1000.35)
    later = [next(deliveries) for _ in range(2)]

    assert [one.index for one in (first, *later)] == [0, 3, 4]
    np.testing.assert_allclose([one.captured_s for one in (first, *later)], [1000.0, 1000.3, 1000.4])
    assert later[0].picture().max() == 3
