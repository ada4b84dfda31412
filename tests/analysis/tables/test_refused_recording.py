"""Tables, report and timing say that a participant refused to be filmed or declined."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.record.layout import SessionPlace
from experiment.record.session_timing import session_timing
from experiment.record.sessions import read_sessions
from tests.analysis.running import run
from tests.experiment.record.consent.test_at_start import plan_of, run_with


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Participant 01 refused to be filmed, 02 declined to take part."""
    run_with(plan_of(tmp_path, "pre", participant="01"), tmp_path, film="n")
    run_with(plan_of(tmp_path, "pre", participant="02"), tmp_path, part="n")
    return tmp_path / "data"


def test_tables_list_a_refusal_as_a_reason_of_its_own(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "tables", str(dataset))

    assert done.status == 0, done.err
    assert "trial faces-001 (recording-refused): the participant did not agree to be filmed" in done.out
    assert "sub-01_ses-pre: The participant did not agree to be filmed" in done.out
    assert "sub-02_ses-pre: Consent was declined at " in done.out


def test_a_trial_without_frame_by_the_participants_decision_passes_the_timing(dataset: Path) -> None:
    refused, declined = read_sessions(dataset)
    timing = session_timing(SessionPlace(dataset, "01", "pre"))

    assert refused.trials[0].no_frame_message == "the participant did not agree to be filmed"
    assert declined.declined.endswith("no camera frame is recorded, only the answers to this consent")
    assert not timing.failed
    assert "  trials without camera frames: 1; the participant did not agree to be filmed" in timing.sentences()
