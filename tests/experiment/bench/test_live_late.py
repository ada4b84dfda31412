"""Late flips with and without the measurement: both kinds of session must draw the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.face.images import read_image
from analysis.face.models.registry import load_model
from experiment.bench.live_late import late_results, record_readings
from experiment.bench.live_session import bench_plan
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"


def test_recorded_readings_have_everything_that_the_screen_draws_and_begin_again() -> None:
    clip = [read_image(TARGETS / f"{name}.png") for name in ("neutral", "happiness")]
    recorded = record_readings(bench_plan(20), clip, load_model())
    first, second, third = (recorded.measure(clip[0]) for _ in range(3))

    assert recorded.info.hints
    assert second.similarity > first.similarity + 0.3
    assert third is first
    assert all(one.forecast is not None and one.places is not None for one in (first, second))
    assert any(one.distance is not None and np.ptp(one.distance) > 0 for one in (first, second))


def test_without_a_display_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    (result,) = late_results(load_model(), tmp_path, turns=1)

    assert result.measured == "not measured: no X display"
