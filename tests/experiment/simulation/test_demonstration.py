"""The fast parts of `demo`."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.face.similarity.metrics import DEFAULT_METRIC, metric
from experiment.errors import SessionError
from experiment.protocol.load import load_protocol
from experiment.simulation.demonstration import METRICS, PROTOCOL, analyse, free_folder


def test_every_demonstration_has_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert free_folder() == Path("data/demo")

    (tmp_path / "data" / "demo").mkdir(parents=True)
    (tmp_path / "data" / "demo-2").mkdir()

    assert free_folder() == Path("data/demo-3")


def test_the_demonstration_is_the_published_study_under_three_metrics() -> None:
    assert load_protocol(PROTOCOL).content.name == "facial-mimicry"
    assert METRICS[0] == DEFAULT_METRIC
    assert [metric(name).name for name in METRICS[1:]] == ["points", "blend"]


def test_a_failed_analysis_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="analysis tables` failed"):
        analyse("tables", tmp_path / "nothing")
