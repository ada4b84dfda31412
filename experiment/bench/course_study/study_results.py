"""What each step of the study needs, and what an interruption costs."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiment.bench.course_study.measured_process import ProcessCost, run_measured
from experiment.bench.course_study.measuring import (
    Interruption,
    counts_of,
    measure_interrupted,
    measure_undisturbed,
)
from experiment.bench.course_study.recording import TRUTH, record_study
from experiment.bench.course_study.study_protocol import StudySize
from experiment.bench.result import Result, ResultPart

LONGEST_S = 3600.0
"""Largest time from the data set to tables and figures of a whole study."""
FULL = StudySize()
COSTS = ResultPart("from the data set to tables and figures")
KILL = ResultPart("kill -9 during `courses`")
TRUE = ResultPart("measured against known reactions")


@dataclass(frozen=True, slots=True)
class Options:
    """How a study is measured."""

    size: StudySize
    jobs: int = 2
    kill: bool = True
    """Whether to run ``courses`` a second time and kill it."""


def results(folder: Path, options: Options) -> Iterator[Result]:
    """Record a study, measure it and yield the results.

    Parameters
    ----------
    folder
        Gets the data set and all results; a data set of an earlier run is used again.
    options
        How to measure.
    """
    size, began_s = options.size, time.monotonic()
    dataset = record_study(folder, size)
    frames = round(size.seconds * 30)
    trials = size.people * size.clips
    yield COSTS.note(
        "the study",
        f"{size.people} people ({min(size.drawn, size.people)} drawn persons, shared), {size.clips} moving targets, "
        f"{trials} trials of {frames} frames at 640x480, {_megabytes(dataset):.0f} MB; drawn and recorded, or found, "
        f"in {time.monotonic() - began_s:.0f} s",
        people=size.people,
        trials=trials,
        megabytes=_megabytes(dataset),
    )
    _empty(dataset / "derivatives")
    first, out = measure_undisturbed(dataset, jobs=options.jobs)
    costs, counts = [first], counts_of(first.output)
    yield _cost(f"`courses --jobs {options.jobs}`", first, frames=counts.frames, size_mb=_megabytes(out))
    yield COSTS.note(
        "frames used",
        f"{counts.used} of {counts.frames} in {counts.measured} sessions",
        used=counts.used,
        frames=counts.frames,
    )
    for name, arguments, made in _later_steps(dataset, folder):
        cost = run_measured(arguments)
        costs.append(cost)
        yield _cost(name, cost, size_mb=_megabytes(made) if made is not None else 0.0)
    yield _whole(costs, size)
    yield from _accuracy(folder / TRUTH, out / "lag.csv")
    if options.kill:
        again = _empty(folder / "courses-interrupted")
        yield from _interruption(
            measure_interrupted(dataset, again, out, sessions=size.people, jobs=options.jobs), sessions=size.people
        )


def _later_steps(dataset: Path, folder: Path) -> Iterator[tuple[str, list[str], Path | None]]:
    """Yield name, arguments and results of the steps after ``courses``."""
    figures, report = _empty(folder / "figures"), folder / "report.html"
    formats = ["--format", "pdf", "--format", "png"]
    yield "`figure courses`", ["analysis", "figure", "courses", str(dataset), *formats, "--out", str(figures)], figures
    yield "`report`", ["analysis", "report", str(dataset), "--out", str(report)], report
    yield "`verify`", ["analysis", "verify", str(dataset)], None


def _cost(name: str, cost: ProcessCost, *, frames: int = 0, size_mb: float = 0.0) -> Result:
    speed = f", {frames / cost.wall_s:.0f} frames/s" if frames else ""
    workers = f", workers {cost.worker_mb:.0f} MB each" if cost.worker_mb else ""
    made = f"; results {size_mb:.1f} MB" if size_mb else ""
    measured = (
        f"{cost.wall_s:.0f} s, processor time {cost.cpu_s:.0f} s{speed}; memory {cost.own_mb:.0f} MB{workers}{made}"
    )
    if cost.status:
        measured += f"; exit status {cost.status}: {(cost.errors.strip().splitlines() or ['no message'])[-1]}"
    values = {"wall_s": cost.wall_s, "cpu_s": cost.cpu_s, "own_mb": cost.own_mb, "worker_mb": cost.worker_mb}
    return COSTS.require(name, "exit status 0", measured, met=cost.status == 0, size_mb=size_mb, **values)


def _whole(costs: list[ProcessCost], size: StudySize) -> Result:
    wall_s = sum(cost.wall_s for cost in costs)
    what = "all steps"
    measured = f"{wall_s / 60:.1f} min, {wall_s / (size.people * size.clips):.2f} s a trial"
    if size.people * size.clips < FULL.people * FULL.clips:
        return COSTS.note(what, f"{measured}; fewer trials than the study of {FULL.people} people", wall_s=wall_s)
    return COSTS.require(what, "at most 60 min", measured, met=wall_s <= LONGEST_S, wall_s=wall_s)


def _interruption(found: Interruption, *, sessions: int) -> Iterator[Result]:
    yield KILL.note(
        f"killed with {found.finished} of {sessions} sessions finished",
        f"after {found.killed.wall_s:.0f} s; the second run took {found.resumed.wall_s:.0f} s",
        killed_s=found.killed.wall_s,
        resumed_s=found.resumed.wall_s,
    )
    yield KILL.require(
        "finished sessions that were measured again",
        "none",
        f"{found.finished - found.kept} of {found.finished}",
        met=found.kept == found.finished and found.finished > 0,
        finished=found.finished,
        kept=found.kept,
    )
    listed = f": {', '.join(found.differing[:3])}" if found.differing else ""
    yield KILL.require(
        "results equal those of an undisturbed run, byte for byte",
        "all files",
        f"{found.files - len(found.differing)} of {found.files}{listed}",
        met=not found.differing and found.files > 0,
        files=found.files,
    )


def _accuracy(truth: Path, lags: Path) -> Iterator[Result]:
    """Compare the measured lags with the known latencies of the reactions."""
    known = {(row["participant"], row["target"]): row for row in _rows(truth)}
    reacting, still, errors = [0, 0], [0, 0], []
    for row in _rows(lags):
        true = known[row["participant"], row["target"]]
        group = reacting if true["reacts"] == "1" else still
        group[1] += 1
        if row["lag_s"]:
            group[0] += 1
            if group is reacting:
                errors.append(float(row["lag_s"]) - float(true["latency_s"]))
    yield TRUE.note(
        "trials with a lag",
        f"{reacting[0]} of {reacting[1]} with a reaction, {still[0]} of {still[1]} without one",
        reacting=reacting[0],
        still=still[0],
    )
    if errors:
        low, median, high = np.quantile(errors, [0.25, 0.5, 0.75]).tolist()
        yield TRUE.note(
            "lag minus known latency of the first movement",
            f"median {1000 * median:+.0f} ms, half of them between {1000 * low:+.0f} and {1000 * high:+.0f} ms; the "
            "reaction is also smoothed and fades, which adds to the lag",
            median_s=median,
        )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _megabytes(place: Path) -> float:
    files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def _empty(folder: Path) -> Path:
    """Remove the results of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
