"""Measure whether a monitor makes flips late.

Sessions with and without it take turns. With a monitor, a session publishes its state, its screen and its camera, and a
process reads and draws them four times a second, as the console does. Without it, nothing is published. The exit status
is 1 if the requirement is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from analysis.paths import PROJECT, runtime_folder
from experiment.bench.late import Stretch, Window, join
from experiment.bench.result import Result, ResultPart, counter, print_results
from experiment.bench.timing_page import results_page
from experiment.bench.turns import MOST_TURNS, compare_turns
from experiment.bench.window_session import missing_window
from experiment.lab.live.publisher import LivePublisher, publishing
from experiment.record.layout import SessionPlace
from experiment.record.provenance import commit, machine

PART = ResultPart("monitor")
PAGE = """# Late flips with a monitor

Written by `scripts/bench monitor --write docs/results/monitor.md`, not by hand. [console.md](../console.md) describes
what a session publishes.
"""


class Reader:
    """The process that looks on, for one session.

    Attributes
    ----------
    read : Counter
        What it has read, after `close`.
    """

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "experiment.bench.monitor_reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def close(self) -> None:
        """End the process and take its report."""
        report, _ = self._process.communicate(timeout=30)
        self.read.update(json.loads(report))


@contextmanager
def monitored(place: SessionPlace, *, protocol: Path, read: Counter[str]) -> Iterator[LivePublisher | None]:
    """Publish a session and look on.

    Parameters
    ----------
    place
        The session.
    protocol
        Its protocol.
    read
        Gets what was read.
    """
    reader = Reader()
    try:
        with publishing(place, protocol=protocol) as live:
            yield live
    finally:
        reader.close()
        read.update(reader.read)


def results(
    folder: Path, *, turns: int, trials: int, on_turn: Callable[[int], None] = lambda _: None
) -> Iterator[Result]:
    """Take turns and yield the comparison.

    Parameters
    ----------
    folder
        For the data sets.
    turns
        Of a session with and one without a monitor.
    trials
        Of each session.
    on_turn
        Called with the number of turns up to now.
    """
    reason = missing_window()
    if reason:
        yield PART.skip("late flips with and without a monitor", reason)
        return
    read, loads = Counter[str](), [os.getloadavg()[0]]
    stretches: Mapping[bool, list[Stretch]] = {True: [], False: []}
    cpu_s = {True: 0.0, False: 0.0}
    with own_runtime():
        window = Window(folder, trials=trials)
        try:
            for turn in range(turns):
                for is_monitored in (turn % 2 == 0, turn % 2 == 1):
                    used_s = time.process_time()
                    stretches[is_monitored].append(_session(window, read, is_monitored=is_monitored))
                    cpu_s[is_monitored] += time.process_time() - used_s
                loads.append(os.getloadavg()[0])
                on_turn(turn + 1)
        finally:
            window.close()
    yield from compare_turns(PART, "a monitor", stretches[True], stretches[False], loads=loads)
    seconds = {key: join(value).flips / 60 for key, value in stretches.items()}
    yield PART.require(
        "published and read",
        "states, screens and camera pictures",
        f"{read['states']} states, {read['screens']} screens, {read['camera_pictures']} camera pictures in "
        f"{seconds[True]:.0f} s",
        met=min(read[name] for name in ("states", "screens", "camera_pictures")) > 0,
        **read,
    )
    share = {key: cpu_s[key] / seconds[key] for key in cpu_s}
    yield PART.note(
        "processor time of the process of the session",
        f"{share[True]:.1%} of a core with a monitor, {share[False]:.1%} without; the process that looks on "
        f"{read['cpu_ms'] / 1000 / seconds[True]:.1%}",
        share_monitored=round(share[True], 4),
        share_plain=round(share[False], 4),
    )


def _session(window: Window, read: Counter[str], *, is_monitored: bool) -> Stretch:
    if not is_monitored:
        return window.session(check_faces=True)
    with monitored(window.next_place, protocol=window.protocol, read=read) as live:
        return window.session(live=live, check_faces=True)


@contextmanager
def own_runtime() -> Iterator[None]:
    """Publish apart from other sessions of this user, in the same kind of memory."""
    before = os.environ.get("MIMICRY_RUNTIME")
    own = runtime_folder(f"bench-{os.getpid()}")
    os.environ["MIMICRY_RUNTIME"] = str(own)
    try:
        yield
    finally:
        shutil.rmtree(own, ignore_errors=True)
        if before is None:
            del os.environ["MIMICRY_RUNTIME"]
        else:
            os.environ["MIMICRY_RUNTIME"] = before


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/bench monitor", description=__doc__)
    parser.add_argument(
        "--turns", type=int, default=10, help=f"sessions with and without a monitor, each; at most {MOST_TURNS} (10)"
    )
    parser.add_argument("--trials", type=int, default=6, help="trials of each session (6)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the results as a page of the documentation")
    given = parser.parse_args()
    if not 1 <= given.turns <= MOST_TURNS:
        parser.error(f"--turns is {given.turns}; give a number from 1 to {MOST_TURNS}")
    if given.write and not given.write.absolute().parent.is_dir():
        parser.error(f"the folder {given.write.absolute().parent} for the page does not exist")
    with tempfile.TemporaryDirectory(prefix="mimicry-monitor-") as folder:
        turns = counter(given.turns, "turns")
        found = list(results(Path(folder), turns=given.turns, trials=given.trials, on_turn=turns))
    if given.write:
        date = time.strftime("%Y-%m-%d", time.gmtime())
        page = results_page(PAGE, found, machine(), measured=date, at=commit())
        given.write.write_text(page, encoding="utf-8")
    return print_results(found, as_json=given.json, machine=machine(), commit=commit())


if __name__ == "__main__":
    sys.exit(main())
