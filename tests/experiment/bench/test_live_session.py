"""What the benchmark of live feedback measures with; its sessions need a window and minutes."""

from __future__ import annotations

import numpy as np
import pytest

from experiment.bench.live_session import RATE_HZ, ClipCamera
from experiment.bench.resource_meter import ResourceMeter
from tests.experiment.clocks import SetClock

CLIP = [np.full((2, 2, 3), number, np.uint8) for number in range(5)]


def shown(camera: ClipCamera, count: int) -> list[int]:
    return [int(frame.image[0, 0, 0]) for _ in range(count) if (frame := camera.read()) is not None]


def test_the_clip_rests_until_it_is_played_and_is_not_restarted() -> None:
    camera = ClipCamera(CLIP, clock=SetClock())

    assert shown(camera, 2) == [0, 0]
    camera.play()
    assert shown(camera, 3) == [0, 1, 2]
    camera.play()
    assert shown(camera, 3) == [3, 4, 0]


def test_a_clip_played_before_its_first_picture_is_not_restarted() -> None:
    camera = ClipCamera(CLIP, clock=SetClock())

    camera.play()
    assert shown(camera, 2) == [0, 1]
    camera.play()
    assert shown(camera, 2) == [2, 3]


def test_pictures_that_are_late_by_a_frame_or_more_are_left_out() -> None:
    clock = SetClock()
    camera = ClipCamera(CLIP, clock=clock)
    camera.read()
    camera.play()

    clock.sleep_until(clock.now() + 2.5 / RATE_HZ)

    assert [camera.read().index for _ in range(2)] == [2, 3]  # type: ignore[union-attr]


def test_memory_growth_is_the_median_slope_after_the_warm_up() -> None:
    """200 MB are loaded in the first minute; then this process takes 1 MB a minute, the measuring process none."""
    meter = ResourceMeter(lambda: None)
    meter.times_s = [50.0 + second for second in range(0, 301, 10)]
    meter.memory_mb = [(300.0 + second / 60 if second > 60 else 100.0, 80.0) for second in range(0, 301, 10)]

    assert meter.growth_mb_per_hour(0) == pytest.approx((60.0, 230 / 60))
    assert meter.growth_mb_per_hour(1) == (0.0, 0.0)


def test_processor_time_is_a_share_of_the_time_between_first_and_last_reading() -> None:
    meter = ResourceMeter(lambda: None)
    meter.times_s = [10.0, 12.0, 20.0]
    meter.cpu_s = [{"drawing loop": 3.0}, {"drawing loop": 4.0}, {"drawing loop": 8.0, "writer": 1.0}]

    assert meter.cpu_share() == pytest.approx({"drawing loop": 0.5, "writer": 0.1})
