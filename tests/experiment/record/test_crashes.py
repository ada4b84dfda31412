from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.bench import crashes
from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.journal_lines import NoteLine
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from tests.conftest import PROJECT
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.helpers import TRIALS


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a matter of POSIX")
def test_sessions_that_are_killed_or_lose_their_disk_lose_no_trial_and_keep_their_order() -> None:
    """The campaign of the benchmark, smaller; in a process of its own, since it forks."""
    sizes = ("--kills", "25", "--mishaps", "2")
    result = subprocess.run(
        [sys.executable, "-m", "experiment.bench", "crashes", "--json", *sizes],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout, result.stderr
    found = json.loads(result.stdout)["results"]
    assert [one for one in found if one["met"] is False] == []
    by_part = {one["part"]: one["values"]["mishaps"] for one in found if "mishaps" in one["values"]}
    assert by_part["kill -9"] == 25
    reported = [one["measured"] for one in found if one["measured"].startswith("not measured")]
    if reported and os.environ.get("CI") == "true":
        pytest.fail(reported[0])
    if not reported:
        assert by_part == {"kill -9": 25, "full disk": 2, "read-only disk": 2, "vanished folder": 2}


def check_pictures(history: History) -> None:
    """Check that every picture is the recorded one, pixel by pixel."""
    for frame in history.frames():
        stored = cv2.imread(str(history.place.dataset / frame.file))
        assert stored is not None
        np.testing.assert_array_equal(stored[..., ::-1], helpers.picture(frame.index))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB of its own."""
    with ExitStack() as mounted:
        try:
            disk = mounted.enter_context(crashes.small_disk(tmp_path / "small", size_bytes=400 * 1024))
        except PermissionError as error:
            pytest.skip(str(error))
        yield disk


def test_a_full_disk_is_reported_and_nothing_written_is_lost(small_disk: Path, tmp_path: Path) -> None:
    clock = SetClock()
    data = small_disk / "data"
    recorder = Recorder.start(data, helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    filler = small_disk / "filler"
    crashes.fill(filler)

    with pytest.raises(RecordError, match="the disk is full; free some space"):
        helpers.record_trial(recorder, "t02", clock)
    with pytest.raises(RecordError, match="the disk is full"):
        recorder.close(complete=False)
    place = SessionPlace(data, "01", None)
    history = read_history(place)
    assert [trial.id for trial in history.trials] == ["t01"]
    assert history.torn == ()
    check_pictures(history)

    filler.unlink()
    resumed = helpers.resume(data, clock)
    for trial_id in TRIALS[1:]:
        helpers.record_trial(resumed, trial_id, clock)
    resumed.close(complete=True)
    history = read_history(place)
    assert [trial.id for trial in history.trials] == list(TRIALS)
    check_pictures(history)
    assert helpers.validate(data)[0] == []


def test_a_read_only_folder_is_reported_before_the_session_begins(small_disk: Path, tmp_path: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(RecordError, match=r"cannot write .*small/data: the disk is read-only; choose another folder"):
        Recorder.start(small_disk / "data", helpers.header(tmp_path), clock=SetClock())


def test_a_disk_that_became_read_only_is_reported_on_resume_and_can_still_be_read(
    small_disk: Path, tmp_path: Path
) -> None:
    clock = SetClock()
    data = small_disk / "data"
    recorder = Recorder.start(data, helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    recorder.close(complete=False)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(RecordError, match="the disk is read-only"):
        helpers.resume(data, clock)

    history = read_history(recorder.place)
    assert [trial.id for trial in history.trials] == ["t01"]
    check_pictures(history)


@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_a_vanished_folder_is_reported_and_not_made_again(tmp_path: Path, how: str) -> None:
    clock = SetClock()
    data = tmp_path / "data"
    recorder = Recorder.start(data, helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    if how == "deleted":
        shutil.rmtree(data)
    else:
        data.rename(tmp_path / "elsewhere")

    with pytest.raises(RecordError, match="the folder is gone; was the disk unplugged or the folder moved"):
        helpers.record_trial(recorder, "t02", clock)
    with pytest.raises(RecordError, match="the folder is gone"):
        recorder.close(complete=False)

    assert not data.exists()
    if how == "moved":
        moved = SessionPlace(tmp_path / "elsewhere", "01", None)
        history = read_history(moved)
        assert [trial.id for trial in history.trials] == ["t01"]
        check_pictures(history)


def test_tables_written_after_the_folder_vanished_do_not_make_it_again(tmp_path: Path) -> None:
    """The folder vanishes after a line of the journal and before its tables: a new one would hide the old one."""
    clock = SetClock()
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path, clock)
    history = read_history(SessionPlace(data, "01", None))
    data.rename(tmp_path / "elsewhere")

    with pytest.raises(RecordError, match="the folder is gone"):
        bids.derive_session(history)
    with pytest.raises(RecordError, match="the folder is gone"):
        bids.derive_participants(data)
    with pytest.raises(RecordError, match="the folder is gone"):
        bids.describe_dataset(data, title="x")

    assert not data.exists()


def test_a_file_in_the_place_of_the_data_set_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("I am a file")

    with pytest.raises(RecordError, match="a file lies where a folder is needed"):
        Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=SetClock())


def test_a_fault_of_the_program_while_writing_reaches_the_session(tmp_path: Path) -> None:
    clock = SetClock()
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    recorder.write(NoteLine(object()))  # type: ignore[arg-type]

    with pytest.raises(RecordError, match=r"a fault of the program: .*cannot be written to the journal"):
        recorder.flush()
    with pytest.raises(RecordError):
        recorder.close(complete=False)
    assert not recorder.place.lock.exists()
