from __future__ import annotations

from pathlib import Path

import pytest

from analysis.evaluation import icc_coverage, statistics_coverage
from analysis.evaluation.statistics_coverage import false_alarms, interval_coverage
from analysis.evaluation.statistics_page import statistics


def test_the_interval_in_use_covers_and_the_bootstrap_of_three_participants_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statistics_coverage, "PARTICIPANTS", (3,))

    found = {one.method: one for one in interval_coverage(30)}

    assert found["Gaffke (used)"].mean > 0.95
    assert found["percentile bootstrap"].mean < 0.75
    assert found["percentile bootstrap"].width < found["Gaffke (used)"].width


def test_tests_of_labels_without_meaning_have_a_p_value_for_every_design(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics_coverage, "PARTICIPANTS", (3,))

    found = list(false_alarms(40))

    assert [one.what for one in found] == ["each with each", "each with each", "sessions"]
    assert all(one.share < 0.25 for one in found if "(used)" in one.method)


def test_the_page_has_a_row_for_every_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics_coverage, "PARTICIPANTS", (3,))

    monkeypatch.setattr(icc_coverage, "ICC_PARTICIPANTS", (3,))

    statistics(studies=1, out=tmp_path / "results" / "statistics.md")

    page = (tmp_path / "results" / "statistics.md").read_text("utf-8")
    assert page.count("| rank-1, ") == 5
    assert page.count("| ICC(2,1) | ") == 3
    assert page.count("(used)") == 5
