"""Processes of the console and what they print.

A process has a session of the operating system of its own, so that it continues if the console ends or is killed. What
it prints goes to a file in the user's runtime folder.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.paths import IS_CHECKOUT, PROJECT
from analysis.terminal import PROGRESS_VARIABLE
from experiment.record.files import PRIVATE_FILE
from experiment.record.live_state.folder import make_runtime_folder

LONGEST_OUTPUT = 20_000
"""Bytes of the end of what a process printed that a page shows."""
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FOLDER = "console"
"""In the runtime folder."""


@dataclass(slots=True)
class Job:
    """One process."""

    key: str
    """What it works on; only one process of a key runs at a time."""
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    began_utc_s: float

    @property
    def status(self) -> int | None:
        """The exit status; None while the process runs. Negative: ended by a signal."""
        return self.process.poll()

    @property
    def is_running(self) -> bool:
        """Whether the process runs."""
        return self.status is None

    def output(self) -> str:
        """Return the end of what the process has printed."""
        return printed(self.log)

    def end(self) -> None:
        """Ask the process and its children to end."""
        if self.is_running:
            _signal_group(self.process, signal.SIGTERM)


class Jobs:
    """The processes that one console has started."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    def start(self, key: str, command: Sequence[str], *, pass_handles: Sequence[int] = ()) -> Job:
        """Start a process; return the one of this key if it still runs.

        Parameters
        ----------
        key
            What it works on, such as ``tables``.
        command
            From `programs.laboratory_command` or `programs.analysis_command`.
        pass_handles
            Open files that the process keeps.

        Raises
        ------
        RecordError
            If the runtime folder cannot be used.
        """
        with self._lock:
            running = self.running(key)
            if running is not None:
                return running
            log = make_runtime_folder(FOLDER) / f"{secrets.token_hex(8)}.log"
            job = _start(key, command, log, pass_handles)
            self._jobs.append(job)
            return job

    def running(self, key: str) -> Job | None:
        """Return the running process of a key."""
        return next((job for job in self.all() if job.key == key and job.is_running), None)

    def newest(self, key: str) -> Job | None:
        """Return the process of a key that began last."""
        return next((job for job in reversed(self.all()) if job.key == key), None)

    def all(self) -> list[Job]:
        """Return all processes, in the order of their start."""
        return list(self._jobs)


def printed(log: Path) -> str:
    """Return the end of a log as plain text; of a progress bar, its last state."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - LONGEST_OUTPUT))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = _TERMINAL_CODES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines).strip()


def _start(key: str, command: Sequence[str], log: Path, pass_handles: Sequence[int]) -> Job:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
    try:
        process = subprocess.Popen(
            command,
            cwd=PROJECT if IS_CHECKOUT else None,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", PROGRESS_VARIABLE: "lines"},
            pass_fds=() if sys.platform == "win32" else tuple(pass_handles),
            start_new_session=True,
        )
    finally:
        os.close(handle)
    return Job(key, log, process, time.time())


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if sys.platform == "win32":
        process.terminate()
        return
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
