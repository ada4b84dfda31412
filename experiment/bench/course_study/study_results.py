"""What each step of the study needs, and what an interruption costs."""

from __future__ import annotations

import csv
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiment.bench.course_study.measuring import (
    Interruption,
    counts_of,
    measure_interrupted,
    measure_undisturbed,
)
from experiment.bench.course_study.recording import TRUTH, record_study
from experiment.bench.course_study.study_protocol import BLANK_S, CLIPS, StudySize
from experiment.bench.measured_process import ProcessCost, run_measured
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
    yield from accuracy(folder / TRUTH, out)
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


def accuracy(truth: Path, courses: Path) -> Iterator[Result]:
    """Compare measured reactions with the known ones, and yield the results.

    Parameters
    ----------
    truth
        Table of the known reactions.
    courses
        Folder of the results of ``courses``.
    """
    known = {(row["participant"], row["target"]): row for row in _rows(truth)}
    found = [row for file in sorted(courses.glob("*_indices.csv")) for row in _rows(file)]
    own = [row for row in found if row["measure"] == f"emotion_{next(iter(CLIPS[row['target']]))}"]
    pairs = [(row, known[row["participant"], row["target"]]) for row in own]
    onsets = [(float(row["onset_s"]), true) for row, true in pairs if row["onset_s"]]
    reacting = sum(true["reacts"] == "1" for _, true in pairs)
    shown = sum(true["reacts"] == "1" for _, true in onsets)
    yield TRUE.note(
        "onsets of the shown emotion",
        f"found in {shown} of {reacting} trials with a reaction, and in {len(onsets) - shown} of "
        f"{len(pairs) - reacting} without one",
        found=shown,
        reacting=reacting,
        false=len(onsets) - shown,
        still=len(pairs) - reacting,
    )
    errors = [onset_s - float(true["latency_s"]) for onset_s, true in onsets if true["reacts"] == "1"]
    if errors:
        low, median, high = np.quantile(errors, [0.05, 0.5, 0.95]).tolist()
        yield TRUE.note(
            "onset minus known latency",
            f"median {1000 * median:+.0f} ms, 90 % between {1000 * low:+.0f} and {1000 * high:+.0f} ms; a movement "
            "begins slowly, so its onset is measured after its first frame",
            median_s=median,
        )
    peaks = [(float(row["peak"]), float(true["strength"])) for row, true in pairs if row["peak"]]
    if len(peaks) > 2:
        r = float(np.corrcoef(np.array(peaks).T)[0, 1])
        yield TRUE.note("peak and known strength of the reaction", f"r = {r:.2f}, {len(peaks)} trials", r=r)
    yield _lags(known, _rows(courses / "lag.csv"))


def _lags(known: Mapping[tuple[str, str], Mapping[str, str]], rows: Sequence[Mapping[str, str]]) -> Result:
    reacting = [row for row in rows if known[row["participant"], row["target"]]["reacts"] == "1"]
    reasons = Counter(row["reason"] or "lag" for row in reacting)
    counts = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    return TRUE.note(
        "lag behind the target, trials with a reaction",
        f"{counts}; the film ends {1000 * BLANK_S:.0f} ms after the target, so a larger lag is `at-limit`",
        with_lag=reasons["lag"],
        reacting=len(reacting),
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
