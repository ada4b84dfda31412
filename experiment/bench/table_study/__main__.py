"""Measure the tables of a large study of drawn people.

Exit status 1 if a requirement is not met.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from experiment.bench.measured_process import ProcessCost
from experiment.bench.result import Result, ResultPart, print_results
from experiment.bench.table_study import measuring
from experiment.bench.table_study.recording import record_table_study
from experiment.bench.timing_page import present_load, results_page
from experiment.errors import ExperimentError
from experiment.lab.termination_signals import interrupt_on_termination
from experiment.record.provenance import commit, machine

HEAD = """# The tables of a large study

Written by `scripts/bench tables --write docs/results/tables-scale.md`, not by hand; `scripts/bench tables` measures
your machine. Drawn people repeat the published study: ten neutral frames, a practice trial and six imitations each. The
recorder of a session writes the data, on a clock that does not wait, with the frame of each key press and none around
it. Drawing is slow, so participants share drawn persons and have equal pictures. The program does not profit from this:
it keeps measurements for each session. The metrics are `combined` and `points`.

"Cold" is without any kept measurement. Processor times are those of all processes of a command. Elapsed times depend on
the other programs that ran; the load says how many wanted a processor.
"""
SMALL, COLD_S = 3, 10.0
FASTER, WARM, LARGEST_MB, REPEATED = 1.8, 20.0, 1000.0, 0.05


def main() -> int:
    """Measure and print; return the exit status."""
    given = _arguments()
    day, load = time.strftime("%Y-%m-%d", time.gmtime()), present_load()
    found = []
    try:
        with interrupt_on_termination(), tempfile.TemporaryDirectory(prefix="mimicry-tables-") as temporary:
            for one in _results((given.keep or Path(temporary)).absolute(), given):
                print(f"{one.part}: {one.what}: {one.measured}", file=sys.stderr, flush=True)
                found.append(one)
                if given.write:  # what is measured so far, as a run takes long
                    page = results_page(HEAD, found, _facts(load), measured=day, at=commit())
                    given.write.write_text(page, encoding="utf-8")
    except ExperimentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return print_results(found, as_json=given.json, machine=_facts(load), commit=commit())


def _facts(load: str) -> dict[str, str]:
    """Return facts about the machine."""
    return machine() | {"load": f"{load} at the start, {present_load()} at the end"}


def _results(folder: Path, given: argparse.Namespace) -> Iterator[Result]:
    yield from _small(folder / "small" / "data")
    yield from _large(folder / "large" / "data", people=given.people, drawn=given.drawn)
    yield from _restart(folder / "killed" / "data", people=given.killed, drawn=given.drawn)
    if given.dask:
        yield from _dask(folder / "dask" / "data", people=given.dask, drawn=given.drawn)


def _small(dataset: Path) -> Iterator[Result]:
    part = ResultPart(f"{SMALL} participants, one process, cold")
    record_table_study(dataset, people=SMALL, drawn=SMALL)
    measuring.forget_measurements(dataset)
    first, second = measuring.tables(dataset), measuring.report(dataset)
    wall_s, cpu_s = first.wall_s + second.wall_s, first.cpu_s + second.cpu_s
    yield part.require(
        "`tables` and `report` together",
        f"under {COLD_S:g} s",
        f"{wall_s:.1f} s ({first.wall_s:.1f} and {second.wall_s:.1f} s; processor {cpu_s:.1f} s)",
        met=wall_s < COLD_S,
        wall_s=wall_s,
        cpu_s=cpu_s,
    )


def _large(dataset: Path, *, people: int, drawn: int) -> Iterator[Result]:
    part = ResultPart(f"{people} participants")
    record_table_study(dataset, people=people, drawn=drawn)
    measuring.forget_measurements(dataset)
    results = dataset / "derivatives/mimicry/tables"
    cold = measuring.tables(dataset, jobs=1)
    yield part.note("`tables --jobs 1`, cold", _cost(cold), wall_s=cold.wall_s, cpu_s=cold.cpu_s)
    warm = measuring.tables(dataset, jobs=1)
    times = cold.wall_s / warm.wall_s
    yield part.require(
        "the same again",
        f"{WARM:g} times faster",
        f"{times:.1f} times ({_cost(warm)}; processor time {cold.cpu_s / warm.cpu_s:.1f} times less)",
        met=times >= WARM,
        ratio=times,
        cpu_ratio=cold.cpu_s / warm.cpu_s,
    )
    kept = results.rename(dataset.parent / f"one-{time.time_ns()}")
    measuring.forget_measurements(dataset)
    two = measuring.tables(dataset, jobs=2)
    times = cold.wall_s / two.wall_s
    yield part.require(
        "`tables --jobs 2`, cold",
        f"{FASTER:g} times as fast as `--jobs 1`",
        f"{times:.2f} times ({_cost(two)})",
        met=times >= FASTER,
        ratio=times,
    )
    largest = max(cold.own_mb, two.own_mb, two.worker_mb)
    yield part.require(
        "largest memory of a process",
        f"under {LARGEST_MB:g} MB",
        f"{largest:.0f} MB (one process {cold.own_mb:.0f}; with two {two.own_mb:.0f}, workers {two.worker_mb:.0f})",
        met=largest < LARGEST_MB,
        largest_mb=largest,
    )
    yield _same(part, "results of one and two processes", kept, results)


def _restart(dataset: Path, *, people: int, drawn: int) -> Iterator[Result]:
    part = ResultPart(f"kill -9 at a third of {people} participants, two processes")
    record_table_study(dataset, people=people, drawn=drawn)
    measuring.forget_measurements(dataset)
    whole = measuring.tables(dataset, jobs=2)
    kept = (dataset / "derivatives/mimicry/tables").rename(dataset.parent / f"whole-{time.time_ns()}")
    measuring.forget_measurements(dataset)
    done = measuring.kill_and_restart(dataset, jobs=2, sessions=people)
    share = done.again / max(done.kept, 1)
    yield part.require(
        "finished sessions that the next run measures again",
        f"under {100 * REPEATED:g} %",
        f"{done.again} of {done.kept}",
        met=share < REPEATED,
        again=done.again,
        kept=done.kept,
    )
    both = done.killed.cpu_s + done.resumed.cpu_s
    yield part.note(
        "processor time of both runs",
        f"{both:.0f} s; undisturbed {whole.cpu_s:.0f} s (starting two more processes is included)",
        both_s=both,
        undisturbed_s=whole.cpu_s,
    )
    yield _same(part, "results of an undisturbed and a killed run", kept, dataset / "derivatives/mimicry/tables")


def _dask(dataset: Path, *, people: int, drawn: int) -> Iterator[Result]:
    part = ResultPart(f"{people} participants through Dask, {measuring.DASK_WORKERS} workers")
    record_table_study(dataset, people=people, drawn=drawn)
    measuring.forget_measurements(dataset)
    with measuring.dask_cluster() as (address, workers):
        cost = measuring.tables(dataset, scheduler=address)
        memory_mb = max(worker.memory_info().rss / 1e6 for worker in workers)
    yield part.note(
        "`tables --scheduler`, cold",
        f"{cost.wall_s:.0f} s; client {cost.own_mb:.0f} MB, workers {memory_mb:.0f} MB at the end",
        wall_s=cost.wall_s,
        client_mb=cost.own_mb,
        worker_mb=memory_mb,
    )
    results = dataset / "derivatives/mimicry/tables"
    kept = results.rename(dataset.parent / f"dask-{time.time_ns()}")
    measuring.forget_measurements(dataset)
    measuring.tables(dataset, jobs=2)
    yield _same(part, "results through Dask and of `--jobs 2`, both cold", kept, results)


def _same(part: ResultPart, what: str, one: Path, other: Path) -> Result:
    different, files = measuring.differing(one, other)
    measured = f"{files - len(different)} of {files} files are equal"
    return part.require(what, "equal to the last bit", measured, met=not different, different=len(different))


def _cost(cost: ProcessCost) -> str:
    return f"{cost.wall_s:.0f} s, processor {cost.cpu_s:.0f} s"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", metavar="N", type=int, default=300, help="participants (300)")
    parser.add_argument("--killed", metavar="N", type=int, default=60, help="participants of the killed run (60)")
    parser.add_argument("--dask", metavar="N", type=int, default=1000, help="participants through Dask (1000); 0: none")
    parser.add_argument("--drawn", metavar="N", type=int, default=10, help="drawn persons that are shared (10)")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="keep the data sets; use them again if present")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the results as a page of the documentation")
    given = parser.parse_args()
    if min(given.people, given.killed, given.drawn) < 1 or given.dask < 0:
        parser.error("--people, --killed and --drawn are 1 or more")
    if given.write and not given.write.absolute().parent.is_dir():
        parser.error(f"the folder {given.write.absolute().parent} for the page does not exist")
    return given


if __name__ == "__main__":
    sys.exit(main())
