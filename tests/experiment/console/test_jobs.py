"""Processes of the console and what they print."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiment.console.processes.jobs import Jobs, printed
from experiment.console.processes.session_start import is_session_here, start_session
from experiment.errors import SessionError
from experiment.record.errors import RecordError
from experiment.record.layout import session_place

WAIT = [sys.executable, "-c", "import time; print('began', flush=True); time.sleep(60)"]


@pytest.fixture(autouse=True)
def own_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    for job in made.all():
        job.process.kill()
        job.process.wait()


def test_a_job_has_an_output_and_a_status(jobs: Jobs) -> None:
    job = jobs.start("tables", [sys.executable, "-c", "import sys; print('two\\x1b[1m lines'); sys.exit('no face')"])

    assert job.process.wait(60) == 1
    assert (job.status, job.is_running, job.output()) == (1, False, "two lines\nno face")
    assert job.log.stat().st_mode & 0o777 == 0o600


def test_a_runtime_folder_that_others_can_change_is_refused(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "runtime").mkdir()
    (tmp_path / "runtime").chmod(0o777)

    with pytest.raises(RecordError, match="can be changed by others"):
        jobs.start("tables", WAIT)
    with pytest.raises(RecordError, match="can be changed by others"):
        start_session(jobs, session_place(tmp_path, "01", None), WAIT)
    assert list((tmp_path / "runtime").iterdir()) == []


def test_of_a_progress_bar_the_last_state_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"start\n 10 %\r 50 %\r100 %\ndone\n")

    assert printed(log) == "start\n100 %\ndone"


def test_of_one_key_one_process_runs_at_a_time(jobs: Jobs) -> None:
    first = jobs.start("tables", WAIT)

    assert jobs.start("tables", WAIT) is first
    assert jobs.start("report", WAIT) is not first
    first.end()
    assert first.process.wait(60) == -signal.SIGTERM
    assert jobs.start("tables", WAIT) is not first


def test_a_job_does_not_belong_to_the_terminal_of_the_console(jobs: Jobs) -> None:
    job = jobs.start("tables", WAIT)

    assert os.getsid(job.process.pid) == job.process.pid != os.getsid(0)


def test_a_session_does_not_start_while_results_are_made(jobs: Jobs, tmp_path: Path) -> None:
    other = jobs.start("results-tables", WAIT)
    with pytest.raises(SessionError, match="would disturb the session"):
        start_session(jobs, session_place(tmp_path, "01", None), WAIT)

    other.process.kill()
    other.process.wait()
    assert start_session(jobs, session_place(tmp_path, "01", None), WAIT).is_running


def test_two_consoles_cannot_start_two_sessions(jobs: Jobs, tmp_path: Path) -> None:
    other = Jobs()
    first = start_session(jobs, session_place(tmp_path, "01", None), WAIT)

    with pytest.raises(SessionError, match="another session starts on this computer"):
        start_session(other, session_place(tmp_path, "02", None), WAIT)

    assert is_session_here()  # though nothing is published before the session has opened
    first.process.kill()  # a crash releases the lock
    first.process.wait()
    assert not is_session_here()
    second = start_session(other, session_place(tmp_path, "02", None), WAIT)
    assert second.is_running
    second.process.kill()
    second.process.wait()
