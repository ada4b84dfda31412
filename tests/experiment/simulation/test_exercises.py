"""A simulated participant holds a movement until the end of its time, and relaxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.face.models.registry import load_model
from experiment.simulation.truth import FILE, read_truth
from tests.experiment.simulation.rehearsing import plan_of, rehearse

EXERCISE = """
protocol: 1
name: exercise
targets:
  smile: {units: {AU12: 0.8}, expression: smile}
blocks:
  - {name: rest, kind: calibration}
  - name: main
    kind: training
    trials: [smile]
    exercise: {sets: 2, repetitions: 1, rest: 1 s}
    hold: {time: 3 s}
"""


def test_every_repetition_is_held_to_its_end_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(EXERCISE, encoding="utf-8")

    done = rehearse(plan_of(tmp_path / "study.yaml"), tmp_path / "data", load_model())

    assert done.ending == "complete"
    assert [(trial.outcome, trial.key) for trial in done.history.trials] == [("response", "hold")] * 2
    assert [trial.response_time_s for trial in done.history.trials] == pytest.approx([3 - 1 / 60] * 2, abs=1e-3)
    assert [trial.condition["set"] for trial in done.history.trials] == ["1", "2"]
    truth = {row["index"]: row["units"] for row in read_truth(done.place.source / FILE)}
    for trial in done.history.trials:
        (kept,) = [frame for frame in trial.frames if frame.role == "key"]
        assert truth[kept.index]["mouthSmileLeft"] > 0.3, "the face is still at its full expression"
        assert truth[kept.index + 60].get("mouthSmileLeft", 0.0) < 0.1, "two seconds later it is at rest"
