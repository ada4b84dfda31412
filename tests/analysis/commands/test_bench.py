"""`python -m analysis bench` with few repetitions: its output, not the speed of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.face.bench.document import BEGIN, END
from analysis.face.bench.speed import STAGES, SpeedFigures
from tests.analysis.running import run

PROMISED = ("landmark_ms", "detect_ms", "fit_ms", "eos_fit_ms", "fit_speedup_over_eos", "tracking_fps", "detection_fps")


@pytest.mark.slow
def test_one_run_measures_every_stage_and_the_accuracy(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = tmp_path / "measurement.md"
    document.write_text(f"{BEGIN}{END}")
    done = run(capsys, "bench", "--json", "--rounds", 1, "--accuracy", "--actors", 2, "--document", document)
    assert done.status == 0
    facts = json.loads(done.out)
    assert set(PROMISED) <= set(facts)
    assert all(facts[name] > 0 for name in (*PROMISED, *STAGES))
    assert facts["fit_speedup_over_eos"] == pytest.approx(
        facts["processor_ms"]["eos_fit_ms"] / facts["processor_ms"]["fit_ms"]
    )
    assert set(facts["processor_ms"]) == set(STAGES)
    assert facts["recovery"]["pictures"] == 14
    assert facts["recovery"]["exact"]["cloud_mm"] < 0.5
    assert facts["turned"]["mean_face"]["largest_mm"] < 0.3
    text = document.read_text()
    assert f"{facts['tracking_fps']:.0f} frames a second while tracking" in text
    assert (tmp_path / "figures" / "recovery.png").read_bytes().startswith(b"\x89PNG")


def test_without_eos_py_its_figures_are_empty() -> None:
    import numpy as np

    from analysis.face.bench.speed import summary

    measured = {
        name: np.array([[2.0, 2.0], [4.0, 3.0], [100.0, 5.0]]) for name in STAGES if not name.startswith("eos_f")
    }
    plain = summary(SpeedFigures(measured))
    assert plain["eos_fit_ms"] is None
    assert plain["fit_speedup_over_eos"] is None
    assert plain["fit_ms"] == 4.0
    assert plain["tracking_fps"] == 250.0
    assert plain["processor_ms"]["fit_ms"] == 3.0


def test_a_model_that_cannot_be_drawn_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "bench", "--model", "none")
    assert done.status == 1
    assert "no face model is called 'none'" in done.err
