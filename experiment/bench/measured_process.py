"""Run a command of the program as a process, and measure what it needs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from analysis.paths import PROJECT

_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """What a command needed."""

    command: str
    wall_s: float
    cpu_s: float
    """Processor time of the command and of the processes it started."""
    own_mb: float
    """Largest memory of the command itself."""
    worker_mb: float
    """Largest memory of one of the processes it started; 0 without any."""
    status: int
    """Exit status; negative: the signal that ended it."""
    output: str
    errors: str


def run_measured(
    arguments: Sequence[str], *, folder: Path = PROJECT, kill_when: Callable[[], bool] | None = None
) -> ProcessCost:
    """Run ``python -m ARGUMENTS`` and measure it.

    Processor time and memory are read four times a second, so the last quarter of a second of a process that was
    started by the command may be missing.

    Parameters
    ----------
    arguments
        Module and arguments.
    folder
        Folder in which the command runs.
    kill_when
        If it returns True, the command and all processes it started are killed with SIGKILL.
    """
    began_s = time.monotonic()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=folder, stdout=output, stderr=errors)
        meter = _Meter(process.pid)
        try:
            while process.poll() is None:
                meter.read()
                if kill_when is not None and kill_when():
                    _kill_all(process.pid)
                    process.wait()
                    break
                time.sleep(_EVERY_S)
        except BaseException:
            _kill_all(process.pid)
            process.wait()
            raise
        wall_s = time.monotonic() - began_s
        output.seek(0)
        errors.seek(0)
        name = " ".join(arguments[1:2])
        return ProcessCost(
            name,
            wall_s,
            meter.cpu_s,
            meter.own_mb,
            meter.worker_mb,
            process.returncode,
            output.read(),
            errors.read(),
        )


def _kill_all(pid: int) -> None:
    """Kill a process and all processes it started, as `kill -9` does."""
    with suppress(psutil.Error):
        first = psutil.Process(pid)
        for one in (first, *first.children(recursive=True)):
            with suppress(psutil.Error):
                one.kill()


class _Meter:
    """Reads processor time and memory of a process and of those it started."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._cpu_s: dict[tuple[int, float], float] = {}
        self.own_mb = self.worker_mb = 0.0

    @property
    def cpu_s(self) -> float:
        """Processor time of all processes."""
        return sum(self._cpu_s.values())

    def read(self) -> None:
        """Read once."""
        with suppress(psutil.Error):
            for one in (self._process, *self._process.children(recursive=True)):
                self._read(one)

    def _read(self, one: psutil.Process) -> None:
        with suppress(psutil.Error), one.oneshot():
            memory_mb = one.memory_info().rss / 1e6
            spent = one.cpu_times()
            self._cpu_s[one.pid, one.create_time()] = spent.user + spent.system
            if one.pid == self._process.pid:
                self.own_mb = max(self.own_mb, memory_mb)
            else:
                self.worker_mb = max(self.worker_mb, memory_mb)
