from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from experiment.camera.frame_times import judge_times


def regular(rate_hz: float, count: int = 150) -> NDArray[np.float64]:
    return 50 + np.arange(count) / rate_hz


@pytest.mark.parametrize("rate_hz", [24.0, 29.97, 30.0, 60.0])
def test_regular_frames_at_the_rate_asked_for_are_steady(rate_hz: float) -> None:
    timing = judge_times(regular(rate_hz).tolist(), rate_hz=rate_hz)

    assert (timing.verdict, timing.lost) == ("steady", 0)
    assert timing.rate_hz == pytest.approx(rate_hz)
    assert timing.delivered_hz == pytest.approx(rate_hz)


def test_a_camera_that_halves_its_rate_in_the_dark_is_slow_and_loses_nothing() -> None:
    timing = judge_times(regular(15).tolist(), rate_hz=30)

    assert (timing.verdict, timing.lost) == ("slow", 0)
    assert timing.rate_hz == pytest.approx(15)


def test_a_camera_that_slowed_down_halfway_is_slow() -> None:
    fast, slow = regular(30, 60), regular(30, 60)[-1] + (1 + np.arange(80)) / 20

    assert judge_times([*fast, *slow], rate_hz=30).verdict == "slow"


@pytest.mark.parametrize("seed", range(10))
def test_every_lost_frame_is_counted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times_s = regular(30) + rng.normal(0, 0.002, 150)
    gone = rng.choice(np.arange(1, 149), 15, replace=False)

    timing = judge_times(np.delete(times_s, gone).tolist(), rate_hz=30)

    assert (timing.verdict, timing.lost) == ("dropping", 15)
    assert timing.rate_hz == pytest.approx(30, rel=0.03)


def test_times_of_arrival_on_a_busy_computer_are_irregular(rng: np.random.Generator) -> None:
    times_s = regular(30) + rng.uniform(0, 0.05, 150)

    assert judge_times(times_s.tolist(), rate_hz=30).verdict == "irregular"


def test_a_few_frames_give_no_verdict() -> None:
    assert judge_times([1.0, 1.1, 1.2], rate_hz=30).verdict == "unknown"
