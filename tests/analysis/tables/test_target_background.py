"""Targets are measured on the background they were shown on."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.tables.measured_session import session_pictures
from experiment.record.sessions import read_sessions
from tests.analysis.tables.rehearsed import record_session


@pytest.mark.parametrize(("shown_on", "measured_on"), [("#204060", "#204060"), (None, "white")])
def test_targets_have_the_background_of_the_display(tmp_path: Path, shown_on: str | None, measured_on: str) -> None:
    """Data sets that do not have the background were measured on white."""
    record_session(tmp_path / "data", targets=("anger", "fear"), background=shown_on)

    (record,) = read_sessions(tmp_path / "data")

    _, targets = session_pictures(record)
    assert {picture.background for picture in targets} == {measured_on}
    assert len(targets) == 3
