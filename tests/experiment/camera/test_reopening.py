"""A source that is opened again after it failed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from experiment.camera.played import Delivery, PlayedCamera
from experiment.camera.reopening import ReopeningSource
from experiment.errors import CameraError
from tests.experiment.clocks import SetClock


def camera(count: int) -> PlayedCamera:
    def deliveries() -> Iterator[Delivery]:
        for index in range(count):
            yield Delivery(index, 1000.0, 1000.0, lambda: np.zeros((2, 2, 3), np.uint8))
        raise CameraError("cable")

    return PlayedCamera(deliveries(), clock=SetClock(), time_kind="simulated", facts={})


def test_indices_continue_after_the_last_frame_before_the_failure() -> None:
    source = ReopeningSource(camera(2), lambda: camera(1))
    before = [source.read() for _ in range(2)]
    with pytest.raises(CameraError, match="cable"):
        source.read()
    source.close()

    assert source.open_again()
    after = source.read()

    assert [frame.index for frame in (*before, after) if frame is not None] == [0, 1, 2]


def test_a_source_that_cannot_be_opened_stays_closed() -> None:
    def fail() -> PlayedCamera:
        raise CameraError("still gone")

    for reopen in (fail, None):
        source = ReopeningSource(camera(0), reopen)
        source.close()
        assert not source.open_again()
        assert not source.is_open
