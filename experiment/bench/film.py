"""Measure filming on this machine.

Kills, numbered frames, late flips, processor time and memory, all in one run. With the option of a part (`--kills`,
`--numbered`, `--late`, `--minutes`), only the parts with an option run. Exit status 1 if a requirement is not met.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiment.bench.film_cost import cost, late_flips
from experiment.bench.film_kills import film_for_ever, kills, numbered
from experiment.bench.result import Result, counter, print_results
from experiment.bench.timing_page import result_tables
from experiment.record.provenance import commit, machine


@dataclass(frozen=True, slots=True)
class _Amounts:
    """How much one part measures."""

    usual: float
    """In the run of all parts."""
    thorough: float
    """With ``--hour``, or where the option of the part is given without a number."""
    what: str


PARTS = {
    "kills": _Amounts(10, 100, "sessions that are killed"),
    "numbered": _Amounts(3000, 10_000, "frames of the numbered camera"),
    "late": _Amounts(1, 10, "turns of a session with film and one without, late flips compared"),
    "minutes": _Amounts(0.5, 60.0, "minutes of 1280x720 at 30 frames/s, processor time and memory"),
}
"""The parts by the name of their option."""
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
        yield from kills(folder / "kills", count=given.kills, on_kill=counter(given.kills, "kills", every=10))
    if given.numbered:
        yield from numbered(folder / "numbered", frames=given.numbered)
    if given.late:
        turns = counter(given.late, "turns")
        yield from late_flips(folder / "late", turns=given.late, trials=given.trials, on_turn=turns)
    if given.minutes:
        minutes = counter(round(given.minutes), "minutes of film")
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


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; a part that does not run has the amount 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench film", description=__doc__)
    parser.add_argument("--hour", action="store_true", help="all parts, with the numbers in brackets; 100 minutes")
    for name, part in PARTS.items():
        parser.add_argument(
            f"--{name}",
            metavar="N",
            nargs="?",
            type=type(part.usual),
            const=part.thorough,
            help=f"{part.what}: usually {part.usual:g}; without N [{part.thorough:g}]",
        )
    parser.add_argument("--trials", metavar="N", type=int, default=6, help="trials of each session of --late (6)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", metavar="FILE", type=Path, help=f"replace the section `{SECTION.strip()}` of a page")
    parser.add_argument("--until-killed", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(given)
    some_named = any(getattr(options, name) is not None for name in PARTS)
    for name, part in PARTS.items():
        if getattr(options, name) is None:
            usual = part.thorough if options.hour else part.usual
            setattr(options, name, 0 if some_named and not options.hour else usual)
    if options.write and not options.write.is_file():
        parser.error(f"the page {options.write} does not exist")
    return options


def main() -> int:
    """Measure and print; return the exit status."""
    given = arguments()
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
