"""``courses`` is killed and started again; no session is measured twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.bench.course_study.measuring import measure_interrupted, measure_undisturbed
from tests.analysis.courses.filmed_session import FilmedSession, face

PEOPLE = ("01", "02", "03")
FRAMES = 40


@pytest.mark.slow
def test_a_killed_measurement_continues_with_equal_results(tmp_path: Path) -> None:
    dataset = tmp_path / "data"
    for person in PEOPLE:
        session = FilmedSession(dataset, participant=person)
        session.trial("smile-1", [face("neutral")] * 20 + [face("happiness")] * (FRAMES - 20))
        session.close()

    _, undisturbed = measure_undisturbed(dataset, jobs=1)
    found = measure_interrupted(dataset, tmp_path / "again", undisturbed, sessions=len(PEOPLE), jobs=1)

    assert found.killed.status == -9
    assert 1 <= found.finished == found.kept < len(PEOPLE)
    assert found.differing == ()
    assert found.files >= 5 * len(PEOPLE)
