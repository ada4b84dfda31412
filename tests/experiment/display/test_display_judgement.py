from __future__ import annotations

from dataclasses import replace

import pytest

from experiment.clock import VirtualClock
from experiment.display.display_judgement import DisplayFacts, judge_display
from experiment.display.opening import measure_refresh, verify_display, yields_processor
from experiment.display.refresh import RefreshKind, RefreshVerdict
from experiment.display.simulated import SimulatedDisplay
from experiment.protocol.plan import DisplaySettings

ASKED = DisplaySettings((1440, 900), 60.0, 50.0, True, "black")
RIGHT = DisplayFacts((1440, 900), (1440, 900), (1440, 900), True, "any")
LOCKED = RefreshVerdict("locked", 60.0, 59.95, 0.1, 0.0, 120)


@pytest.mark.parametrize(
    ("kind", "share", "asleep"),
    [("locked", 0.1, True), ("locked", 0.95, False), ("unstable", 0.95, False), ("no-vsync", 0.95, True)],
)
def test_a_driver_that_waits_actively_is_detected_by_its_processor_load(
    kind: RefreshKind, share: float, asleep: bool
) -> None:
    verdict = judge_display(ASKED, RIGHT, replace(LOCKED, kind=kind))

    assert yields_processor(verdict, processor_share=share) is asleep


def test_a_display_that_matches_is_ok() -> None:
    verdict = judge_display(ASKED, RIGHT, LOCKED)

    assert (verdict.word, verdict.faults, verdict.notes) == ("ok", (), ())
    assert verdict.period_s == pytest.approx(1 / 59.95)


def test_a_scaled_display_is_refused_with_both_sizes() -> None:
    """2880x1800 pixels where the system reports 1440x900: neither size alone shows the scaling."""
    verdict = judge_display(ASKED, replace(RIGHT, framebuffer_px=(2880, 1800)), LOCKED)

    assert verdict.word == "mismatch"
    assert "scaled by 2: 2880x1800 pixels are drawn where the system counts 1440x900" in verdict.faults[0]
    assert "100 %" in verdict.faults[0]


def test_a_screen_of_another_size_is_refused() -> None:
    facts = DisplayFacts((1920, 1080), (1920, 1080), (1920, 1080), True, "any")

    assert (
        "the screen has 1920x1080 pixels, the protocol asks for 1440x900"
        in judge_display(ASKED, facts, LOCKED).faults[0]
    )


def test_a_window_larger_than_the_screen_is_refused() -> None:
    facts = DisplayFacts((1280, 700), (1280, 700), (1280, 720), False, "any")

    assert "use a screen larger than 1440x900 (this one has 1280x720)" in judge_display(ASKED, facts, LOCKED).faults[0]


@pytest.mark.parametrize("kind", ["halved", "other-rate", "unstable"])
def test_a_wrong_refresh_is_refused(kind: RefreshKind) -> None:
    refresh = replace(LOCKED, kind=kind, measured_hz=30.0)

    assert judge_display(ASKED, RIGHT, refresh).word == "mismatch"


def test_without_vertical_sync_the_session_is_labelled_and_paced_at_the_nominal_rate() -> None:
    verdict = judge_display(ASKED, RIGHT, replace(LOCKED, kind="no-vsync", measured_hz=430.0))

    assert verdict.word == "software-paced"
    assert verdict.period_s == 1 / 60
    assert any("virtual display" in note for note in verdict.notes)


def test_a_wrong_size_is_not_excused_by_a_missing_vertical_sync() -> None:
    facts = replace(RIGHT, framebuffer_px=(1024, 768), logical_px=(1024, 768))

    assert judge_display(ASKED, facts, replace(LOCKED, kind="no-vsync")).word == "mismatch"


def test_a_window_instead_of_the_full_screen_is_a_warning() -> None:
    verdict = judge_display(ASKED, replace(RIGHT, fullscreen=False), LOCKED)

    assert verdict.word == "ok"
    assert "does not fill the screen" in verdict.notes[0]


def test_the_verdict_is_recorded_completely() -> None:
    stored = judge_display(ASKED, RIGHT, LOCKED).to_json()

    assert stored["verdict"] == "ok"
    assert stored["refresh"]["measured_hz"] == 59.95
    assert stored["found"]["framebuffer_px"] == (1440, 900)
    assert stored["asked"]["viewing_distance_cm"] == 50.0


@pytest.mark.parametrize(
    ("rate_hz", "kind"), [(60.0, "locked"), (59.94, "locked"), (30.0, "halved"), (120.0, "other-rate")]
)
def test_the_refresh_rate_is_measured_by_flips(rate_hz: float, kind: str) -> None:
    clock = VirtualClock()

    assert measure_refresh(SimulatedDisplay(clock, rate_hz=rate_hz), ASKED, clock=clock).kind == kind


def test_a_display_that_matches_is_not_paced_by_software() -> None:
    clock = VirtualClock()

    verdict = verify_display(SimulatedDisplay(clock), ASKED, clock=clock)

    assert verdict.word == "ok"
    assert not verdict.is_software_paced
