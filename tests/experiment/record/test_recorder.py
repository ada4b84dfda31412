from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.lab.thread_priority import prioritise_drawing
from experiment.ports.camera import FrameTime
from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.journal import read_journal
from experiment.record.journal_lines import NoteLine
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.sessions import read_sessions
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.helpers import TRIALS


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_a_session_is_read_back_as_it_was_recorded(tmp_path: Path, clock: SetClock) -> None:
    helpers.record_all(tmp_path / "data", tmp_path / "protocol", clock)

    (session,) = read_sessions(tmp_path / "data")

    assert (session.participant, session.session, session.task) == ("01", None, "facial-mimicry")
    assert session.complete
    assert session.seed == 7
    assert session.display_verdict == "locked"
    assert session.demographics == {"age": "22", "gender": "female"}
    assert session.warnings == ()
    assert [trial.id for trial in session.trials] == list(TRIALS)
    first = session.trials[0]
    assert first.onset_s == pytest.approx(0.0)
    assert first.duration_s == pytest.approx(2.25)
    assert first.response_time_s == pytest.approx(2.0)
    assert first.key_to_frame_ms == pytest.approx(5.0)
    assert first.half_interval_ms == pytest.approx(1000 / 60, abs=1e-3)
    assert (first.condition, first.ratings, first.problem) == ({"gaze": "direct"}, {"valence": 4}, None)
    assert first.details == {"similarity": 0.75}
    target = session.targets["angry-face"]
    assert (target.expression, target.blend, target.image.parent.name) == ("anger", {"anger": 1.0}, "stimuli")
    assert target.image.read_bytes() == (tmp_path / "protocol" / "anger.png").read_bytes()


def test_frames_are_kept_without_loss_and_in_their_roles(tmp_path: Path, clock: SetClock) -> None:
    helpers.record_all(tmp_path / "data", tmp_path / "protocol", clock)

    (session,) = read_sessions(tmp_path / "data")

    first = session.trials[0]
    assert first.frame is not None
    assert [file.name for file in first.neighbours] == ["before-02.png", "before-01.png", "after-01.png"]
    files = [*first.neighbours[:2], first.frame, first.neighbours[2]]
    for file, number in zip(files, range(100, 104), strict=True):
        stored = cv2.imread(str(file))
        assert stored is not None
        np.testing.assert_array_equal(stored[..., ::-1], helpers.picture(number))
    assert len(session.calibration_frames) == 5


def test_everything_is_readable_by_the_owner_only(tmp_path: Path, clock: SetClock) -> None:
    helpers.record_all(tmp_path / "data", tmp_path / "protocol", clock)

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").rglob("*")}

    assert modes
    assert {path: mode for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_a_data_set_that_cannot_be_made_is_not_reported_as_vanished(tmp_path: Path, clock: SetClock) -> None:
    with pytest.raises(RecordError, match=r"cannot write /proc/x: nothing can be made there; choose another folder$"):
        Recorder.start(Path("/proc/x"), helpers.header(tmp_path), clock=clock)


def test_the_line_of_a_trial_is_written_after_its_frames(tmp_path: Path, clock: SetClock) -> None:
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    result = helpers.trial("t01", onset_s=1.0)
    recorder.place.frames.rmdir()
    recorder.place.frames.write_text("a file where a folder is needed")
    recorder.trial(result, helpers.captured(3.0))
    with pytest.raises(RecordError, match="cannot write"):
        recorder.flush()
    with pytest.raises(RecordError):
        recorder.close(complete=True)

    assert [entry.event for entry in read_journal(recorder.place.journal).entries] == ["session-start"]


def test_the_times_of_camera_frames_are_in_the_journal(tmp_path: Path, clock: SetClock) -> None:
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    recorder.camera_times([FrameTime(3, 1000.1, 1000.15), FrameTime(4, 1000.2, 1000.26)])
    recorder.close(complete=True)

    (times,) = [e.data for e in read_journal(recorder.place.journal).entries if e.event == "camera-times"]
    assert times == {"index": [3, 4], "time_s": [1000.1, 1000.2], "arrival_s": [1000.15, 1000.26]}


def test_times_of_frames_that_cannot_be_recorded_raise_nothing_in_the_camera_thread(
    tmp_path: Path, clock: SetClock
) -> None:
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    recorder.close(complete=True)

    recorder.camera_times([FrameTime(3, 1000.1, 1000.15)])

    with pytest.raises(RecordError, match="sub-01 is closed"):
        recorder.write(NoteLine("late"))


def test_trials_without_waiting_are_recorded_in_order_and_never_lost(tmp_path: Path, clock: SetClock) -> None:
    """A session faster than the disk waits rather than filling the memory."""
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    for number, trial_id in enumerate(TRIALS):
        recorder.trial(helpers.trial(trial_id, onset_s=1000.0 + 3 * number), helpers.captured(1002.0 + 3 * number))
    recorder.close(complete=True)

    (session,) = read_sessions(tmp_path / "data")
    assert [trial.id for trial in session.trials] == list(TRIALS)
    assert all(trial.frame is not None and len(trial.neighbours) == 3 for trial in session.trials)


def test_nothing_is_pending_after_a_flush(tmp_path: Path, clock: SetClock) -> None:
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)

    assert not recorder.pending
    recorder.close(complete=False)
    recorder.close(complete=True)
    (session,) = read_sessions(tmp_path / "data")
    assert not session.complete


@pytest.mark.parametrize("session", [None, "a"])
def test_the_validator_finds_nothing_wrong(tmp_path: Path, clock: SetClock, session: str | None) -> None:
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path / "protocol", clock, session=session)

    errors, warnings = helpers.validate(data)

    assert errors == []
    assert [w for w in warnings if "UNDEFINED" in w] == []
    place = SessionPlace(data, "01", session)
    rows = helpers.table(place.table("facial-mimicry", "events"))
    assert [row["trial_id"] for row in rows] == list(TRIALS)
    assert (data / rows[0]["frame_file"]).is_file()


def test_rebuilt_tables_have_the_same_digits_as_those_the_session_wrote(tmp_path: Path) -> None:
    """Times with more digits than the journal keeps: half a microsecond decides the last one."""
    clock = SetClock(1000.0000004)
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    for number in range(20):
        clock.sleep_until(1001.0 + number + 0.00000071 * number)
        recorder.answers(f"form-{number}", {"mood": "fine"})
    recorder.close(complete=False)
    table = recorder.place.table("facial-mimicry", "beh")
    written = table.read_bytes()

    bids.rebuild(tmp_path / "data")

    assert table.read_bytes() == written


@pytest.mark.skipif(sys.platform != "linux", reason="scheduling as Linux does it")
@pytest.mark.parametrize("real_time", [False, True])
def test_writing_has_lower_priority_than_drawing_unless_drawing_has_real_time_priority(
    tmp_path: Path, clock: SetClock, real_time: bool
) -> None:
    """A thread of low priority that holds Python's lock delays even a real-time thread."""
    others = set(threading.enumerate())
    with prioritise_drawing(real_time=real_time) as granted:
        recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
        (writing,) = (one for one in threading.enumerate() if one.name == "recorder" and one not in others)
        assert writing.native_id is not None
        priority = os.getpriority(os.PRIO_PROCESS, writing.native_id)
        recorder.close(complete=False)

    assert priority == (os.getpriority(os.PRIO_PROCESS, 0) if granted else 10)
