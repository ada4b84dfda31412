from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from experiment.record.errors import RecordError
from experiment.record.lock import Holder, SessionLock
from tests.conftest import PROJECT

HOLD = """
import sys, time
from pathlib import Path
from experiment.record.lock import SessionLock
lock = SessionLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def hold_elsewhere(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_lock_held_by_another_process_is_refused_and_names_it(tmp_path: Path) -> None:
    other = hold_elsewhere(tmp_path / "session.lock")
    try:
        with pytest.raises(RecordError, match=f"being recorded right now by process {other.pid} "):
            SessionLock(tmp_path / "session.lock")
    finally:
        end(other)


def test_the_lock_of_a_killed_process_is_taken_over_and_reported(tmp_path: Path) -> None:
    other = hold_elsewhere(tmp_path / "session.lock")
    end(other)

    with SessionLock(tmp_path / "session.lock") as lock:
        assert lock.broken is not None
        assert lock.broken.pid == other.pid
    assert not (tmp_path / "session.lock").exists()


def test_a_lock_is_refused_twice_in_one_process(tmp_path: Path) -> None:
    with SessionLock(tmp_path / "session.lock"), pytest.raises(RecordError, match=f"process {os.getpid()}"):
        SessionLock(tmp_path / "session.lock")


def test_a_lock_from_before_a_restart_of_the_computer_is_taken_over(tmp_path: Path) -> None:
    """The process that has this number now is not the one that held the lock."""
    holder = replace(Holder.current(), pid=1, boot="another boot")
    (tmp_path / "session.lock").write_text(json.dumps(asdict(holder)))

    with SessionLock(tmp_path / "session.lock") as lock:
        assert lock.broken == holder


def test_a_lock_left_open_on_another_computer_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "session.lock"
    path.write_text(json.dumps(asdict(replace(Holder.current(), host="lab-2"))))

    with pytest.raises(RecordError, match=r"left open on the computer lab-2 .*delete .*session\.lock"):
        SessionLock(path)
    path.unlink()
    SessionLock(path).release()


def test_a_lock_file_torn_by_a_crash_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "session.lock").write_text('{"host": "la')

    with SessionLock(tmp_path / "session.lock") as lock:
        assert lock.broken is None
