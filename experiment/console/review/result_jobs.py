"""Commands that make the results of a data set, as processes of the console."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from experiment.console.processes.jobs import Job, Jobs
from experiment.console.processes.programs import analysis_command

NAMES = ("tables", "timing", "report", "courses", "verify")
"""The commands, in the order of their buttons."""
JobState = Literal["running", "done", "differences", "failed"]
_PREFIX = "results-"
_PROGRESS = re.compile(r"progress: (?P<title>.*) (?P<done>\d+)/(?P<total>\d+)")
_FOUND_DIFFERENCES = 1
"""Exit status of ``verify``."""


@dataclass(frozen=True, slots=True)
class ResultJob:
    """A command that runs or has run."""

    name: str
    state: JobState
    seconds: int
    """How long it runs."""
    done: int
    total: int
    """Progress of its present part; 0 before it is known."""
    output: str
    """What it printed."""


def start_result_job(jobs: Jobs, name: str, dataset: Path) -> None:
    """Start a command with low priority.

    Parameters
    ----------
    jobs
        The processes of the console.
    name
        One of `NAMES`.
    dataset
        Folder of the data set.

    Raises
    ------
    RecordError
        If the runtime folder cannot be used.
    """
    nice = shutil.which("nice")
    command = analysis_command(name, str(dataset))
    jobs.start(f"{_PREFIX}{name}", command if nice is None else [nice, "-n", "10", *command])


def stop_result_jobs(jobs: Jobs) -> None:
    """Stop what runs; results that are written stay."""
    for job in jobs.all():
        if job.key.startswith(_PREFIX):
            job.end()


def latest_result_job(jobs: Jobs) -> ResultJob | None:
    """Return the command that runs or ran last; None before the first one."""
    own = [job for job in jobs.all() if job.key.startswith(_PREFIX)]
    return _result_job(own[-1]) if own else None


def _result_job(job: Job) -> ResultJob:
    name = job.key.removeprefix(_PREFIX)
    state = _state(name, job.status)
    lines = job.output().splitlines()
    steps = [match for line in lines if (match := _PROGRESS.fullmatch(line)) is not None]
    done, total = (int(steps[-1]["done"]), int(steps[-1]["total"])) if steps else (0, 0)
    printed = "\n".join(line for line in lines if not _PROGRESS.fullmatch(line))
    return ResultJob(name, state, int(time.time() - job.began_utc_s), done, total, printed)


def _state(name: str, status: int | None) -> JobState:
    if status is None:
        return "running"
    if status == 0:
        return "done"
    return "differences" if name == "verify" and status == _FOUND_DIFFERENCES else "failed"
