"""Measure filming on this machine.

Kills, numbered frames, late flips, processor time and memory, all in one run. Exit status 1 if a requirement is not
met. Takes about five minutes on a quiet machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from experiment.bench.film_cost import cost, late_flips
from experiment.bench.film_kills import film_for_ever, kills, numbered
from experiment.bench.result import Result, print_results
from experiment.bench.timing_page import result_tables
from experiment.record.provenance import commit, machine

SECTION = "## Cost and safety\n"
"""Heading of the part of the page that is written; everything after it is replaced."""


def measure(given: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Yield the results of all parts.

    Parameters
    ----------
    given
        Amounts; a part with 0 is left out.
    folder
        For films and data sets.
    """
    if given.kills:
        yield from kills(folder / "kills", count=given.kills, on_kill=_counter(given.kills, "kills", every=10))
    if given.frames:
        yield from numbered(folder / "numbered", frames=given.frames)
    if given.turns:
        turns = _counter(given.turns, "turns")
        yield from late_flips(folder / "late", turns=given.turns, trials=given.trials, on_turn=turns)
    if given.minutes:
        minutes = _counter(round(given.minutes), "minutes of film")
        yield from cost(folder / "cost", minutes=given.minutes, on_minute=minutes)


def write_section(page: Path, results: Sequence[Result], *, duration_s: float) -> None:
    """Replace the last section of a page by results.

    Parameters
    ----------
    page
        Markdown file with the heading `SECTION`.
    results
        Of this run.
    duration_s
        Of the run, in seconds.
    """
    before, heading, _ = page.read_text(encoding="utf-8").partition(SECTION)
    if not heading:
        raise SystemExit(f"{page} has no line `{SECTION.strip()}`; add it where the results belong")
    facts = [f"- {name}: {value}" for name, value in machine().items() if name != "host"]
    date = time.strftime("%Y-%m-%d", time.gmtime())
    head = (
        f"Written by `scripts/bench film --write docs/results/film.md`, in one run of {duration_s / 60:.0f} min on "
        f"{date} at commit {commit()[:12]}, on:"
    )
    text = "\n".join([head, "", *facts, *result_tables(results, level=3)])
    page.write_text(f"{before}{heading}\n{text}\n", encoding="utf-8")


def _counter(total: int, what: str, *, every: int = 1) -> Callable[[int], None]:
    def count(number: int) -> None:
        if number % every == 0 or number == total:
            print(f"{number} of {total} {what}", file=sys.stderr, flush=True)

    return count


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench film", description=__doc__)
    parser.add_argument("--hour", action="store_true", help="100 kills, 10 turns, one hour of film; takes 100 minutes")
    parser.add_argument("--kills", metavar="N", type=int, help="sessions that are killed (20)")
    parser.add_argument("--frames", metavar="N", type=int, default=10_000, help="frames of the numbered camera (10000)")
    parser.add_argument("--turns", metavar="N", type=int, help="turns of a session with film and one without (2)")
    parser.add_argument("--trials", metavar="N", type=int, default=6, help="trials of each of those sessions (6)")
    parser.add_argument("--minutes", metavar="N", type=float, help="minutes of 1280x720 at 30 frames/s (1)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", metavar="FILE", type=Path, help=f"replace the section `{SECTION.strip()}` of a page")
    parser.add_argument("--until-killed", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    for name, short, long in (("kills", 20, 100), ("turns", 2, 10), ("minutes", 1.0, 60.0)):
        if getattr(given, name) is None:
            setattr(given, name, long if given.hour else short)
    if given.write and not given.write.is_file():
        parser.error(f"there is no page {given.write}")
    return given


def main() -> int:
    """Measure and print; return the exit status."""
    given = _arguments()
    if given.until_killed:
        film_for_ever(given.until_killed)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mimicry-film-") as folder:
        found = list(measure(given, Path(folder)))
    if given.write:
        write_section(given.write, found, duration_s=time.monotonic() - began_s)
    return print_results(found, as_json=given.json, machine=machine(), commit=commit())


if __name__ == "__main__":
    sys.exit(main())
