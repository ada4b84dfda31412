"""Measure a recorded study by the commands, undisturbed and interrupted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from experiment.bench.measured_process import ProcessCost, run_measured
from experiment.errors import ExperimentError

_SESSION = re.compile(r"^sub-\S+.*: \d+ trials?, (\d+) of (\d+) frames used$", re.MULTILINE)
_KEPT = re.compile(r"unchanged, not measured again$", re.MULTILINE)
DONE = "*_courses.json"
"""One file for each finished session; it is written last."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run of ``courses`` reports."""

    measured: int
    """Sessions measured in this run."""
    kept: int
    """Sessions of an earlier run whose results were used."""
    frames: int
    used: int


@dataclass(frozen=True, slots=True)
class Interruption:
    """A run that was killed, and the run after it."""

    killed: ProcessCost
    resumed: ProcessCost
    finished: int
    """Sessions with complete results when the run was killed."""
    kept: int
    """Sessions that the second run did not measure again."""
    differing: tuple[str, ...]
    """Files that are not those of an undisturbed run, byte for byte."""
    files: int


def measure_undisturbed(dataset: Path, *, jobs: int) -> tuple[ProcessCost, Path]:
    """Run ``courses``; return its cost and the folder of the results.

    Parameters
    ----------
    dataset
        The data set, without results.
    jobs
        Number of processes.
    """
    cost = _require_success(run_measured(_courses(dataset, None, jobs)))
    return cost, dataset / "derivatives" / "mimicry" / "courses"


def measure_interrupted(dataset: Path, out: Path, undisturbed: Path, *, sessions: int, jobs: int) -> Interruption:
    """Run ``courses``, kill it at a third of the sessions, and run it again.

    Parameters
    ----------
    dataset
        The data set.
    out
        Folder of the results.
    undisturbed
        Results of an undisturbed run.
    sessions
        Number of sessions.
    jobs
        Number of processes.
    """
    enough = max(1, sessions // 3)
    killed = run_measured(_courses(dataset, out, jobs), kill_when=lambda: finished_sessions(out) >= enough)
    finished = finished_sessions(out)
    resumed = _require_success(run_measured(_courses(dataset, out, jobs)))
    names = sorted({file.name for folder in (out, undisturbed) for file in folder.iterdir() if file.is_file()})
    differing = tuple(name for name in names if _content(out / name) != _content(undisturbed / name))
    return Interruption(killed, resumed, finished, counts_of(resumed.output).kept, differing, len(names))


def counts_of(output: str) -> Counts:
    """Return what ``courses`` printed."""
    found = [(int(used), int(frames)) for used, frames in _SESSION.findall(output)]
    return Counts(
        len(found), len(_KEPT.findall(output)), sum(frames for _, frames in found), sum(used for used, _ in found)
    )


def finished_sessions(folder: Path) -> int:
    """Return the number of sessions with complete results."""
    return len(list(folder.glob(DONE)))


def _courses(dataset: Path, out: Path | None, jobs: int) -> list[str]:
    place = [] if out is None else ["--out", str(out)]
    return ["analysis", "courses", str(dataset), *place, "--jobs", str(jobs)]


def _content(file: Path) -> bytes | None:
    """Return the bytes of a file; None if it is missing.

    The comment in a list of hashes names the data set if the folder is outside of it. It is left out.
    """
    if not file.is_file():
        return None
    content = file.read_bytes()
    if file.name != "SHA256SUMS":
        return content
    return b"".join(line for line in content.splitlines(keepends=True) if not line.startswith(b"# "))


def _require_success(cost: ProcessCost) -> ProcessCost:
    if cost.status:
        reason = cost.errors.strip().splitlines()[-1:] or ["no message"]
        raise ExperimentError(f"`{cost.command}` ended with status {cost.status}: {reason[0]}")
    return cost
