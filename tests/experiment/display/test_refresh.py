"""The verdict table: what a display does, and what has to be said about it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from experiment.display.refresh import FEWEST_FLIPS, judge_refresh

Times = NDArray[np.float64]


def vsync(hz: float, flips: int = 150, *, jitter_ms: float = 0.1, seed: int = 0) -> Times:
    """Flips of a display that refreshes at ``hz``, stamped with a little jitter."""
    rng = np.random.default_rng(seed)
    return 5.0 + np.arange(flips) / hz + rng.normal(scale=jitter_ms / 1000, size=flips)


def free_running(mean_ms: float, spread_ms: float, flips: int = 150, seed: int = 0) -> Times:
    """Flips that return as soon as the computer has drawn."""
    rng = np.random.default_rng(seed)
    return 5.0 + np.cumsum(rng.uniform(mean_ms - spread_ms, mean_ms + spread_ms, size=flips)) / 1000


def from_counts(counts: list[int], hz: float = 60.0, jitter_ms: float = 0.1) -> Times:
    """Flips that took ``counts`` refreshes each."""
    rng = np.random.default_rng(0)
    return np.cumsum(counts) / hz + rng.normal(scale=jitter_ms / 1000, size=len(counts))


STEPPED = [1] * 40 + [2] * 40 + [1] * 40
ALTERNATING = [1, 2] * 60
OFTEN_LATE = [2 if index % 10 == 0 else 1 for index in range(120)]
ONE_HICCUP = [1] * 60 + [4] + [1] * 60
BURSTS = np.cumsum([0.001, 0.0323] * 60)
"""A compositor that queues frames: two flips at once, then a wait."""


@pytest.mark.parametrize(
    ("times_s", "nominal_hz", "kind", "measured_hz"),
    [
        pytest.param(vsync(30), 30, "locked", 30, id="30 as asked"),
        pytest.param(vsync(59.94), 60, "locked", 59.94, id="59.94 is 60"),
        pytest.param(vsync(60), 60, "locked", 60, id="60"),
        pytest.param(vsync(60, jitter_ms=0.8), 60, "locked", 60, id="60 with jittering stamps"),
        pytest.param(vsync(75), 75, "locked", 75, id="75 as asked"),
        pytest.param(vsync(120), 120, "locked", 120, id="120 as asked"),
        pytest.param(vsync(144), 144, "locked", 144, id="144 as asked"),
        pytest.param(from_counts(ONE_HICCUP), 60, "locked", 60, id="60 with one hiccup"),
        pytest.param(vsync(75), 60, "other-rate", 75, id="75 instead of 60"),
        pytest.param(vsync(120), 60, "other-rate", 120, id="120 is not taken for 60"),
        pytest.param(vsync(144), 60, "other-rate", 144, id="144 instead of 60"),
        pytest.param(vsync(60), 120, "halved", 60, id="60 instead of 120"),
        pytest.param(vsync(50), 60, "other-rate", 50, id="50 instead of 60"),
        pytest.param(vsync(59), 60, "other-rate", 59, id="59 is not 60"),
        pytest.param(vsync(30), 60, "halved", 30, id="halved"),
        pytest.param(vsync(29.97), 60, "halved", 29.97, id="halved 59.94"),
        pytest.param(vsync(2000, jitter_ms=0.02), 60, "no-vsync", 2000, id="2000 Hz"),
        pytest.param(free_running(0.5, 0.05), 60, "no-vsync", 2000, id="about 2000 Hz"),
        pytest.param(free_running(5, 3), 60, "no-vsync", 200, id="none: 2-8 ms"),
        pytest.param(free_running(2.3, 0.5), 60, "no-vsync", 430, id="none: about 430 Hz"),
        pytest.param(vsync(60, jitter_ms=4), 60, "unstable", None, id="jittering"),
        pytest.param(from_counts(STEPPED), 60, "unstable", None, id="compositor steps to 30 and back"),
        pytest.param(from_counts(ALTERNATING), 60, "unstable", None, id="compositor drops every third"),
        pytest.param(from_counts([2] * 80 + [1] * 40), 60, "unstable", None, id="mostly halved, then not"),
        pytest.param(from_counts(OFTEN_LATE), 60, "unstable", None, id="every tenth late"),
        pytest.param(BURSTS, 60, "unstable", None, id="compositor queues frames"),
    ],
)
def test_verdict(times_s: Times, nominal_hz: float, kind: str, measured_hz: float | None) -> None:
    verdict = judge_refresh(times_s.tolist(), nominal_hz)

    assert verdict.kind == kind, verdict
    if measured_hz is not None:
        assert verdict.measured_hz == pytest.approx(measured_hz, rel=0.1 if kind == "no-vsync" else 0.002)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("hz", [59.94, 60.0, 75.0, 120.0, 144.0, 240.0])
def test_a_locked_display_is_locked_whatever_the_jitter_of_the_moment(hz: float, seed: int) -> None:
    assert judge_refresh(vsync(hz, jitter_ms=40 / hz, seed=seed).tolist(), hz).kind == "locked"


@pytest.mark.parametrize("seed", range(20))
def test_even_flips_without_vsync_are_found_by_the_time_they_take_to_draw(seed: int) -> None:
    """333 flips a second, as regular as a fast display: only that they grow with the drawing gives them away."""
    rng = np.random.default_rng(seed)
    delays = rng.uniform(0, 0.006, size=120)
    drawing = 0.003 + rng.normal(scale=0.0001, size=120)
    times = np.concatenate([[1.0], 1.0 + np.cumsum(drawing + delays)])

    assert judge_refresh(times.tolist(), 60, delays_s=delays.tolist()).kind == "no-vsync"


@pytest.mark.parametrize("hz", [59.94, 60.0, 120.0, 144.0])
def test_a_display_that_waits_does_not_mind_the_time_spent_before(hz: float) -> None:
    delays = np.random.default_rng(0).uniform(0, 0.4 / hz, size=149)

    assert judge_refresh(vsync(hz).tolist(), hz, delays_s=delays.tolist()).kind == "locked"


def test_slips_are_counted() -> None:
    verdict = judge_refresh(from_counts(OFTEN_LATE).tolist(), 60)

    # 12 of 120 flips took two refreshes; the first flip has no interval before it
    assert verdict.slips == pytest.approx(11 / 119)


def test_every_verdict_but_locked_says_what_to_do() -> None:
    for times in (vsync(30), vsync(75), free_running(5, 3), vsync(60, jitter_ms=4)):
        assert ": " in judge_refresh(times.tolist(), 60).sentence()


def test_too_few_flips_are_no_basis() -> None:
    with pytest.raises(ValueError, match=f"at least {FEWEST_FLIPS}"):
        judge_refresh([0.0, 0.1], 60)


def test_each_interval_needs_its_delay() -> None:
    with pytest.raises(ValueError, match="149 intervals need as many delays, got 3"):
        judge_refresh(vsync(60).tolist(), 60, delays_s=[0.0] * 3)
