"""The table of verdicts: flip times of a display and the verdict expected."""

from __future__ import annotations

import numpy as np
import pytest

from experiment.bench.verdicts import (
    OFTEN_LATE,
    Case,
    cases,
    fake_displays,
    free_running,
    from_counts,
    is_right,
    judge_display,
    vsync,
    waits_for,
)
from experiment.display.refresh import FEWEST_FLIPS, judge_refresh


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_flip_times_have_the_expected_verdict(case: Case) -> None:
    verdict = judge_refresh(case.times_s.tolist(), case.nominal_hz)

    assert verdict.kind == case.kind, verdict
    if case.measured_hz is not None:
        tolerance = 0.1 if case.kind == "no-vsync" else 0.002
        assert verdict.measured_hz == pytest.approx(case.measured_hz, rel=tolerance)
    assert is_right(case)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", fake_displays(np.random.default_rng(0)))
def test_displays_on_a_fake_clock_have_the_expected_verdict(name: str, seed: int) -> None:
    """The whole measurement with delays; only flips that do not wait are paced from then on."""
    wait, nominal_hz, kind = fake_displays(np.random.default_rng(seed))[name]

    assert judge_display(wait, nominal_hz) == (kind, kind == "no-vsync")


def test_jitter_is_not_confused_with_flips_that_do_not_wait() -> None:
    """Its intervals may grow with the delays by chance; software pacing would hide the jitter."""
    says = [judge_display(waits_for(60, np.random.default_rng(seed), jitter_s=0.007), 60)[0] for seed in range(100)]

    assert says == ["unstable"] * 100


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("hz", [59.94, 60.0, 75.0, 120.0, 144.0, 240.0])
def test_a_locked_display_is_locked_with_any_jitter(hz: float, seed: int) -> None:
    assert judge_refresh(vsync(hz, jitter_ms=40 / hz, seed=seed).tolist(), hz).kind == "locked"


@pytest.mark.parametrize("seed", range(20))
def test_regular_flips_without_vertical_sync_are_detected_by_their_drawing_time(seed: int) -> None:
    """333 flips per second, as regular as a fast display; only their growth with the drawing time shows it."""
    rng = np.random.default_rng(seed)
    delays = rng.uniform(0, 0.006, size=120)
    drawing = 0.003 + rng.normal(scale=0.0001, size=120)
    times = np.concatenate([[1.0], 1.0 + np.cumsum(drawing + delays)])

    assert judge_refresh(times.tolist(), 60, delays_s=delays.tolist()).kind == "no-vsync"


@pytest.mark.parametrize("hz", [59.94, 60.0, 120.0, 144.0])
def test_delays_do_not_change_the_verdict_of_a_display_that_waits(hz: float) -> None:
    delays = np.random.default_rng(0).uniform(0, 0.4 / hz, size=149)

    assert judge_refresh(vsync(hz).tolist(), hz, delays_s=delays.tolist()).kind == "locked"


def test_slips_are_counted() -> None:
    verdict = judge_refresh(from_counts(OFTEN_LATE).tolist(), 60)

    # 12 of 120 flips took two refreshes; the first flip has no interval before it
    assert verdict.slips == pytest.approx(11 / 119)


def test_every_verdict_except_locked_has_a_remedy() -> None:
    for times in (vsync(30), vsync(75), free_running(5, 3), vsync(60, jitter_ms=4)):
        assert ": " in judge_refresh(times.tolist(), 60).sentence()


def test_too_few_flips_are_refused() -> None:
    with pytest.raises(ValueError, match=f"at least {FEWEST_FLIPS}"):
        judge_refresh([0.0, 0.1], 60)


def test_each_interval_needs_its_delay() -> None:
    with pytest.raises(ValueError, match="149 intervals need as many delays, got 3"):
        judge_refresh(vsync(60).tolist(), 60, delays_s=[0.0] * 3)
