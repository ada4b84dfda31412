from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiment.bench.late import Stretch, compare, together
from experiment.bench.memory import MemoryGauge, accelerated
from experiment.bench.page import write_page
from experiment.bench.result import require, skipped, tell
from experiment.ports import Flip
from experiment.screens.screen import Screen


def stretch(late: int, missed: int, flips: int = 1000) -> Stretch:
    return Stretch(flips, late, missed, np.full(flips, 1000 / 60))


@pytest.mark.parametrize(
    ("session", "bare", "ratio_met", "missed_met"),
    [
        (stretch(0, 0), stretch(0, 0), True, True),
        (stretch(12, 12), stretch(10, 12), True, True),
        (stretch(13, 13), stretch(10, 12), False, False),
        (stretch(1, 1), stretch(0, 0), False, False),
        (stretch(10, 40), stretch(10, 20), True, False),
    ],
)
def test_sessions_may_be_late_a_fifth_more_often_and_miss_no_more_frames(
    session: Stretch, bare: Stretch, ratio_met: bool, missed_met: bool
) -> None:
    ratio, missed, *_ = compare(session, bare, verdict="ok", turns=1)

    assert (ratio.met, missed.met) == (ratio_met, missed_met)


def test_turns_add_up() -> None:
    whole = together([stretch(1, 2), stretch(3, 4, flips=500)])

    assert (whole.flips, whole.late, whole.missed, len(whole.intervals_ms)) == (1500, 4, 6, 1500)
    assert whole.seconds == pytest.approx(25.0)


def test_growth_is_what_comes_after_settling() -> None:
    """100 MB while loading, then 1 MB a minute for an hour."""
    gauge = MemoryGauge()
    gauge.saw(Screen("blank"), Flip(0, 0.0))
    assert gauge.readings[0][1] > 10, "this very process, in megabytes"

    gauge.readings = [(float(s), 100.0 + s / 60 if s >= 60 else 50.0) for s in range(0, 3660, 5)]

    assert gauge.growth_mb(60.0) == pytest.approx(60.0, abs=1.0)


@pytest.mark.slow
def test_a_session_of_a_hundred_trials_does_not_grow(tmp_path: Path) -> None:
    """Five minutes on a fast clock; the benchmark takes two hours of it."""
    growth_mb, hours, trials = accelerated(tmp_path, hours=0.09)

    assert trials >= 80
    assert hours > 0.08
    assert growth_mb < 20


def test_the_page_says_what_is_met_and_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [
        require("keys", "missed", "0", "0 of 1000", True),
        require("keys", "late", "0", "1 | 2", False),
        tell("memory", "used", "100 MB"),
        skipped("disk", "full disk", "mounting is not allowed"),
    ]

    page = write_page(results, {"processor": "some", "host": "secret"}, "0123456789abcdef")

    assert "| met | missed | 0 | 0 of 1000 |" in page
    assert "| **not met** | late | 0 | 1 \\| 2 |" in page
    assert "not measured: mounting is not allowed" in page
    assert "at commit 0123456789ab on:" in page
    assert "- processor: some" in page
    assert "secret" not in page
