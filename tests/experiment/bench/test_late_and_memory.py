from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.bench.__main__ import Part, main, measure
from experiment.bench.late import Stretch, compare, compare_rates, join
from experiment.bench.memory import MemoryGauge, run_accelerated
from experiment.bench.result import Result, ResultPart
from experiment.bench.timing_page import write_page
from experiment.ports.display import Flip
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
    ratio, _, missed, *_ = compare(session, bare, verdict="ok", turns=1)

    assert (ratio.met, missed.met) == (ratio_met, missed_met)


@pytest.mark.parametrize(
    ("session", "bare", "ratio", "by_chance"),
    [
        # Every one late in a session, each with probability 1/2: 1/2, 1/32.
        (stretch(1, 1), stretch(0, 0), np.inf, 1 / 2),
        (stretch(5, 5), stretch(0, 0), np.inf, 1 / 32),
        # As many either way: 4 or more of 8, (70 + 56 + 28 + 8 + 1) / 256.
        (stretch(4, 4), stretch(4, 4), 1.0, 163 / 256),
        # Sessions were three quarters of the time: 2 of 2 by (3/4)^2.
        (stretch(2, 2, flips=3000), stretch(0, 0), np.inf, 9 / 16),
        (stretch(0, 0), stretch(0, 0), 1.0, 1.0),
        (stretch(0, 0), stretch(3, 3), 0.0, 1.0),
    ],
)
def test_the_probability_of_a_difference_by_chance_is_binomial(
    session: Stretch, bare: Stretch, ratio: float, by_chance: float
) -> None:
    rates = compare_rates(session, bare)

    assert rates.ratio == ratio
    assert rates.by_chance == pytest.approx(by_chance)
    assert rates.lowest <= ratio <= rates.highest


def test_the_interval_of_the_ratio_is_that_of_the_binomial_share() -> None:
    """1 of 1: a share of at least 0.025 (Clopper and Pearson), odds 0.025 to 0.975; twice the flips halve the ratio."""
    once = compare_rates(stretch(1, 1, flips=2000), stretch(0, 0))
    many = compare_rates(stretch(150, 150), stretch(100, 100))

    assert once.lowest == pytest.approx(0.025 / 0.975 / 2)
    assert once.highest == np.inf
    assert many.lowest == pytest.approx(1.15695, abs=1e-4)
    assert many.highest == pytest.approx(1.95174, abs=1e-4)


def test_a_ratio_too_large_is_not_met_though_it_may_be_chance() -> None:
    ratio, chance, *_ = compare(stretch(1, 1), stretch(0, 0), verdict="ok", turns=1)

    assert (ratio.met, chance.met) == (False, None)
    assert "50.0%" in chance.measured


def test_no_late_flip_at_all_says_how_rare_they_are() -> None:
    """Had one in 1000 been late, none of 2996 would have been with a probability of 0.05."""
    _, certainty, *_ = compare(stretch(0, 0, flips=2996), stretch(0, 0), verdict="ok", turns=1)

    assert certainty.measured == "none was late: in sessions fewer than one in 1000, 95 % sure"


def test_a_part_that_fails_keeps_its_results() -> None:
    def fail() -> Iterator[Result]:
        yield ResultPart("disk").note("size", "8 MB")
        raise RuntimeError("no\nspace")

    size, failed = measure("disks", Part("some disk", fail))

    assert (size.measured, failed.part, failed.met) == ("8 MB", "disk", False)
    assert failed.measured.startswith("RuntimeError in test_late_and_memory.py:")
    assert failed.measured.endswith(": no space")


@pytest.mark.parametrize("how", [["verdicts"], ["--part", "verdicts"]])
def test_one_part_is_measured_alone(how: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--json", *how])

    status = main()

    printed = capsys.readouterr()
    assert {result["part"] for result in json.loads(printed.out)["results"]} == {"display verdict"}
    assert printed.err.startswith("1/1 verdicts: verdicts on displays")
    assert status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lates"], "unknown part lates; the parts are: verdicts, stalls"),
        (["late", "--write", "page.md"], "--write makes the page of all parts"),
        (["--write", "nowhere/page.md"], "the folder .* for the page does not exist"),
    ],
)
def test_unknown_parts_and_folders_are_refused_at_once(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", *arguments])

    with pytest.raises(SystemExit, match="2"):
        main()

    assert re.search(words, capsys.readouterr().err)


def test_turns_add_up() -> None:
    whole = join([stretch(1, 2), stretch(3, 4, flips=500)])

    assert (whole.flips, whole.late, whole.missed, len(whole.intervals_ms)) == (1500, 4, 6, 1500)
    assert whole.seconds == pytest.approx(25.0)


def test_growth_is_what_comes_after_settling() -> None:
    """100 MB while loading, then 1 MB a minute for an hour."""
    gauge = MemoryGauge()
    gauge.on_flip(Screen("blank"), Flip(0, 0.0))
    assert gauge.readings[0][1] > 10, "this very process, in megabytes"

    gauge.readings = [(float(s), 100.0 + s / 60 if s >= 60 else 50.0) for s in range(0, 3660, 5)]

    assert gauge.growth_mb(60.0) == pytest.approx(60.0, abs=1.0)


@pytest.mark.slow
def test_a_session_of_a_hundred_trials_does_not_grow(tmp_path: Path) -> None:
    """Five minutes on a fast clock; the benchmark takes two hours of it."""
    growth_mb, hours, trials = run_accelerated(tmp_path, hours=0.09)

    assert trials >= 80
    assert hours > 0.08
    assert growth_mb < 20


def test_the_page_says_what_is_met_and_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [
        ResultPart("keys").require("missed", "0", "0 of 1000", met=True),
        ResultPart("keys").require("late", "0", "1 | 2", met=False),
        ResultPart("memory").note("used", "100 MB"),
        ResultPart("disk").skip("full disk", "mounting is not allowed"),
    ]

    page = write_page(results, machine={"processor": "some", "host": "secret"}, commit="0123456789abcdef")

    assert "| met | missed | 0 | 0 of 1000 |" in page
    assert "| **not met** | late | 0 | 1 \\| 2 |" in page
    assert "not measured: mounting is not allowed" in page
    assert "at commit 0123456789ab on:" in page
    assert "- processor: some" in page
    assert "secret" not in page
