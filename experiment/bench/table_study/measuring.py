"""Run the analysis of a recorded study, and compare what it writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from experiment.bench.measured_process import ProcessCost, run_measured
from experiment.errors import ExperimentError

METRICS = ("combined", "points")
DASK_WORKERS = 2


@dataclass(frozen=True, slots=True)
class Restart:
    """What a run that was killed left, and what the next run did with it."""

    killed: ProcessCost
    resumed: ProcessCost
    kept: int
    """Sessions whose fits were kept when the run was killed."""
    again: int
    """Those of them that the next run measured again."""


def tables(dataset: Path, *, jobs: int = 1, scheduler: str | None = None) -> ProcessCost:
    """Run ``tables``.

    Parameters
    ----------
    dataset
        The data set.
    jobs
        Number of processes.
    scheduler
        Address of a Dask scheduler.

    Raises
    ------
    ExperimentError
        If the command fails.
    """
    return _succeeded(run_measured(_tables(dataset, jobs=jobs, scheduler=scheduler)))


def report(dataset: Path) -> ProcessCost:
    """Run ``report``.

    Raises
    ------
    ExperimentError
        If the command fails.
    """
    return _succeeded(run_measured(["analysis", "report", str(dataset)]))


def forget_measurements(dataset: Path) -> None:
    """Delete everything that was measured."""
    shutil.rmtree(dataset / "derivatives", ignore_errors=True)


def kill_and_restart(dataset: Path, *, jobs: int, sessions: int) -> Restart:
    """Kill ``tables`` at a third of the sessions, and run it again.

    Parameters
    ----------
    dataset
        The data set, without measurements.
    jobs
        Number of processes.
    sessions
        Number of sessions.
    """
    enough = max(1, sessions // 3)
    killed = run_measured(_tables(dataset, jobs=jobs), kill_when=lambda: len(_fits(dataset)) >= enough)
    kept = _fits(dataset)
    resumed = tables(dataset, jobs=jobs)
    now = _fits(dataset)
    return Restart(killed, resumed, len(kept), sum(now[file] != version for file, version in kept.items()))


def differing(one: Path, other: Path) -> tuple[list[str], int]:
    """Return the files of two folders that differ, and the number of all files.

    The list of hashes is left out: it names the data set where results are outside of it.

    Parameters
    ----------
    one, other
        Folders of results.
    """
    names = sorted(
        {file.name for folder in (one, other) for file in folder.iterdir() if file.is_file()} - {"SHA256SUMS"}
    )
    return [name for name in names if _content(one / name) != _content(other / name)], len(names)


@contextmanager
def dask_cluster() -> Iterator[tuple[str, list[psutil.Process]]]:
    """Start a Dask cluster of processes; yield its address and its workers."""
    from distributed import LocalCluster

    cluster: Any = LocalCluster(
        n_workers=DASK_WORKERS, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )
    with cluster:
        yield cluster.scheduler_address, [psutil.Process(worker.pid) for worker in cluster.workers.values()]


def _tables(dataset: Path, *, jobs: int, scheduler: str | None = None) -> list[str]:
    metrics = [word for name in METRICS for word in ("--metric", name)]
    where = ["--scheduler", scheduler] if scheduler else ["--jobs", str(jobs)]
    return ["analysis", "tables", str(dataset), *metrics, *where]


def _succeeded(cost: ProcessCost) -> ProcessCost:
    if cost.status:
        raise ExperimentError(f"`{cost.command}` failed with status {cost.status}: {cost.errors.strip()[-500:]}")
    return cost


def _fits(dataset: Path) -> dict[Path, tuple[int, int]]:
    """Return the files of fits of participants, with their inode and time."""
    files = (dataset / "derivatives/mimicry").glob("sub-*/fits/*.npz")
    return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
