from __future__ import annotations

import numpy as np
import pytest

from experiment.camera.delay import estimate_delay, flash_durations_s
from experiment.errors import CameraError


def watched(
    rng: np.random.Generator, *, delay_s: float, exposure_s: float, rate_hz: float, noise: float, flashes: int = 20
) -> tuple[list[float], list[float], list[float]]:
    """Flips, and stamps and brightness of a camera; the light of an exposure is summed by brute force."""
    flips_s = 1 + np.concatenate([[0.0], np.cumsum(flash_durations_s(rng, flashes))])[:-1]
    times_s = np.arange(0.5, flips_s[-1] + 1, 1 / rate_hz) + rng.uniform(0, 1 / rate_hz)
    moments = times_s[:, None] - delay_s + np.linspace(-exposure_s / 2, exposure_s / 2, 201)
    bright = (np.searchsorted(flips_s, moments, side="right") % 2).mean(axis=1)
    return list(flips_s), list(times_s), list(40 + 60 * bright + rng.normal(0, noise, len(times_s)))


@pytest.mark.parametrize("rate_hz", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("delay_s", [-0.01, 0.0, 0.043, 0.12, 0.31])
def test_a_known_delay_is_found_within_its_interval(delay_s: float, rate_hz: float) -> None:
    rng = np.random.default_rng(round(1000 * delay_s + rate_hz + 100))
    series = watched(rng, delay_s=delay_s, exposure_s=0.008, rate_hz=rate_hz, noise=2.0)

    found = estimate_delay(*series, rng=rng)

    assert found.delay_s == pytest.approx(delay_s, abs=0.1 / rate_hz)
    assert found.low_s - 0.001 <= delay_s <= found.high_s + 0.001
    assert found.flashes == 20


def test_the_interval_holds_the_truth_in_nearly_all_of_60_measurements() -> None:
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        delay_s = rng.uniform(0.0, 0.2)
        series = watched(rng, delay_s=delay_s, exposure_s=rng.uniform(0.002, 0.03), rate_hz=30, noise=5.0, flashes=12)
        found = estimate_delay(*series, rng=rng)
        held += found.low_s <= delay_s <= found.high_s

    assert held >= 52


def test_a_camera_without_the_screen_in_view_is_refused(rng: np.random.Generator) -> None:
    flips_s, times_s, brightness = watched(rng, delay_s=0.05, exposure_s=0.01, rate_hz=30, noise=1.0)

    with pytest.raises(CameraError, match="does not see the screen flash"):
        estimate_delay(flips_s, times_s, list(rng.normal(80, 3, len(brightness))), rng=rng)


def test_a_constant_picture_is_refused(rng: np.random.Generator) -> None:
    flips_s, times_s, brightness = watched(rng, delay_s=0.05, exposure_s=0.01, rate_hz=30, noise=1.0)

    with pytest.raises(CameraError, match="does not see the screen flash"):
        estimate_delay(flips_s, times_s, [80.0] * len(brightness), rng=rng)


def test_too_few_flashes_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(CameraError, match="at least 5 flashes"):
        estimate_delay(*watched(rng, delay_s=0.05, exposure_s=0.01, rate_hz=30, noise=1.0, flashes=4), rng=rng)
