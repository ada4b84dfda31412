from __future__ import annotations

from pathlib import Path

import pytest

from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.recorder import Recorder
from experiment.record.sessions import read_sessions
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.helpers import STEPS, TRIALS


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def interrupted(tmp_path: Path, clock: SetClock) -> Path:
    """Ended by the experimenter in the second trial."""
    data = tmp_path / "data"
    recorder = Recorder.start(data, helpers.header(tmp_path / "protocol"), clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    recorder.trial(helpers.trial("t02", onset_s=clock.now(), outcome="aborted"))
    recorder.close(complete=False, reason="escape")
    return data


def test_an_incomplete_session_is_valid_and_marked_as_incomplete(interrupted: Path) -> None:
    (session,) = read_sessions(interrupted)

    assert not session.complete
    assert [(trial.id, trial.outcome) for trial in session.trials] == [("t01", "response"), ("t02", "aborted")]
    assert helpers.validate(interrupted)[0] == []


def test_a_resumed_session_skips_finished_steps_and_repeats_the_aborted_trial(
    interrupted: Path, clock: SetClock
) -> None:
    recorder = helpers.resume(interrupted, clock)
    assert recorder.finished == STEPS[: STEPS.index("t02")]
    for trial_id in TRIALS[1:]:
        helpers.record_trial(recorder, trial_id, clock)
    recorder.close(complete=True)

    (session,) = read_sessions(interrupted)
    assert session.complete
    assert [(t.id, t.outcome, t.attempt) for t in session.trials[:3]] == [
        ("t01", "response", 1),
        ("t02", "aborted", 1),
        ("t02", "response", 2),
    ]
    assert [trial.id for trial in session.trials if trial.outcome == "response"] == list(TRIALS)
    assert helpers.validate(interrupted)[0] == []


def test_times_continue_although_the_clock_restarted(interrupted: Path, clock: SetClock) -> None:
    """After a restart of the computer its clock starts near zero; the session's time may not go back."""
    restarted = SetClock(5.0)
    recorder = helpers.resume(interrupted, restarted)
    for trial_id in TRIALS[1:]:
        helpers.record_trial(recorder, trial_id, restarted)
    recorder.close(complete=True)

    (session,) = read_sessions(interrupted)
    onsets_s = [trial.onset_s for trial in session.trials]
    assert onsets_s == sorted(onsets_s)
    assert onsets_s[-1] - onsets_s[-2] == pytest.approx(3.0)


def test_a_session_resumed_with_another_display_has_both_verdicts(interrupted: Path, clock: SetClock) -> None:
    helpers.resume(interrupted, clock, display={"verdict": "software-paced"}).close(complete=False)

    (session,) = read_sessions(interrupted)
    assert session.display_verdict == "locked, then software-paced"


def test_a_complete_session_cannot_be_resumed(tmp_path: Path, clock: SetClock) -> None:
    helpers.record_all(tmp_path / "data", tmp_path, clock)

    with pytest.raises(RecordError, match="sub-01 is complete, there is nothing to resume"):
        helpers.resume(tmp_path / "data", clock)


def test_a_session_that_was_never_begun_cannot_be_resumed(tmp_path: Path, clock: SetClock) -> None:
    with pytest.raises(RecordError, match=r"no session of sub-01 .* to resume"):
        helpers.resume(tmp_path / "data", clock)


def test_a_changed_protocol_is_refused(interrupted: Path, clock: SetClock) -> None:
    with pytest.raises(RecordError, match="the protocol is not the one sub-01 began with"):
        helpers.resume(interrupted, clock, protocol_sha256="00" * 32)


def test_another_order_is_refused(interrupted: Path, clock: SetClock) -> None:
    with pytest.raises(RecordError, match="does not reproduce the order of sub-01"):
        helpers.resume(interrupted, clock, steps=STEPS[::-1])


@pytest.mark.parametrize("harm", ["changed", "deleted"])
def test_a_changed_target_picture_is_refused(interrupted: Path, clock: SetClock, harm: str) -> None:
    picture = interrupted / "stimuli" / "anger.png"
    if harm == "changed":
        picture.write_bytes(picture.read_bytes() + b"x")
    else:
        picture.unlink()

    with pytest.raises(RecordError, match=r"the target picture .*anger\.png is (missing|not the one)"):
        helpers.resume(interrupted, clock)


def test_an_id_is_used_again_only_with_a_session_label(tmp_path: Path, clock: SetClock) -> None:
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path, clock)

    with pytest.raises(RecordError, match=r"sub-01 is already recorded .* with --session"):
        Recorder.start(data, helpers.header(tmp_path), clock=clock)
    helpers.record_all(data, tmp_path, clock, session="b")

    assert [session.session for session in read_sessions(data)] == [None, "b"]


def test_an_unfinished_session_is_not_begun_again(interrupted: Path, tmp_path: Path, clock: SetClock) -> None:
    with pytest.raises(RecordError, match=r"begun .* and not finished; continue it with `run_experiment.py resume`"):
        Recorder.start(interrupted, helpers.header(tmp_path), clock=clock)


def test_ids_that_differ_only_in_case_are_refused(tmp_path: Path, clock: SetClock) -> None:
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path, clock, participant="a1")

    with pytest.raises(RecordError, match="A1 differs from a1 only in upper and lower case"):
        Recorder.start(data, helpers.header(tmp_path, participant="A1"), clock=clock)


@pytest.mark.parametrize("participant", ["", "a b", "01-a", "../01", "é", "a_b"])
def test_ids_that_cannot_be_a_label_are_refused_and_not_repaired(
    tmp_path: Path, clock: SetClock, participant: str
) -> None:
    with pytest.raises(RecordError, match="use letters a-z and digits only"):
        Recorder.start(tmp_path / "data", helpers.header(tmp_path, participant=participant), clock=clock)
    assert not (tmp_path / "data").exists()


def test_a_session_whose_first_line_was_torn_can_be_begun(tmp_path: Path, clock: SetClock) -> None:
    data = tmp_path / "data"
    recorder = Recorder.start(data, helpers.header(tmp_path), clock=clock)
    recorder.close(complete=False)
    journal = recorder.place.journal
    journal.write_bytes(journal.read_bytes()[:100])

    helpers.record_all(data, tmp_path, clock)

    history = read_history(recorder.place)
    assert history.complete
    assert [torn.line for torn in history.torn] == [1]


def test_a_half_written_picture_is_deleted_and_the_crash_is_in_the_journal(interrupted: Path, clock: SetClock) -> None:
    partial = interrupted / "sourcedata" / "sub-01" / "frames" / ".partial-t02"
    partial.mkdir()
    (partial / "key.png").write_bytes(b"half")

    recorder = helpers.resume(interrupted, clock)
    recorder.close(complete=False)

    assert not partial.exists()
    (resumed,) = read_history(recorder.place).resumed
    assert resumed.removed_partial_captures == 1
