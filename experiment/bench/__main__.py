"""``python -m experiment.bench``: what a session on this machine can be trusted with.

Exit status 1 if a requirement is not met. `scripts/bench session` runs it on a virtual display where there is none.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from experiment.bench import crashes, keys, late, memory, nearest, stalls, verdicts, window_kills
from experiment.bench.page import write_page
from experiment.bench.result import Result
from experiment.record.provenance import commit, machine


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; the defaults are those of the full benchmark."""

    presses_at_camera: int = 10_000
    stalled_sessions: int = 40
    kills: int = 290
    window_kills: int = 10
    mishaps: int = 20
    presses: int = 1000
    turns: int = 4
    trials_a_turn: int = 6
    hours: float = 2.0
    minutes: float = 10.0


QUICK = Sizes(
    presses_at_camera=800,
    stalled_sessions=4,
    kills=10,
    window_kills=1,
    mishaps=2,
    presses=100,
    turns=1,
    hours=0.1,
    minutes=1,
)


def parts(folder: Path, sizes: Sizes) -> dict[str, Callable[[], Iterator[Result]]]:
    """What there is to measure, by name, in the order it is measured."""
    return {
        "verdicts": verdicts.results,
        "stalls": lambda: stalls.results(folder / "stalls", sessions=sizes.stalled_sessions),
        "frames": lambda: nearest.results(presses=sizes.presses_at_camera),
        "crashes": lambda: crashes.results(
            folder / "crashes", kills=sizes.kills, mishaps=sizes.mishaps, on_kill=_counter(sizes.kills)
        ),
        "window-kills": lambda: window_kills.results(folder / "window", kills=sizes.window_kills),
        "keys": lambda: keys.results(folder / "keys", presses=sizes.presses),
        "late": lambda: late.results(folder / "late", turns=sizes.turns, trials=sizes.trials_a_turn),
        "memory": lambda: memory.results(folder / "memory", hours=sizes.hours, minutes=sizes.minutes),
    }


def main() -> int:
    """Measure and print."""
    names = list(parts(Path(), Sizes()))
    parser = argparse.ArgumentParser(prog="scripts/bench session", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(names)}; all if none is named")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--quick", action="store_true", help="small numbers, for a first look")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the results as a page of the documentation")
    for name, default in asdict(Sizes()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), help=f"default {default}")
    given = parser.parse_args()
    unknown = [part for part in given.parts if part not in names]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are: {', '.join(names)}")
    sizes = asdict(QUICK if given.quick else Sizes())
    sizes |= {name: value for name in sizes if (value := getattr(given, name)) is not None}
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="mimicry-bench-") as folder:
        for name, measure in parts(Path(folder), Sizes(**sizes)).items():
            if given.parts and name not in given.parts:
                continue
            print(f"measuring {name} ...", file=sys.stderr)
            found += measure()
    if given.write:
        given.write.write_text(write_page(found, machine(), commit()), encoding="utf-8")
    if given.json:
        print(
            json.dumps(
                {"machine": machine(), "commit": commit(), "results": [asdict(result) for result in found]}, indent=2
            )
        )
    else:
        _show(found)
    return 1 if any(result.failed for result in found) else 0


def _show(results: list[Result]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "what", "required", "measured", box=None, padding=(0, 1))
    part = ""
    for result in results:
        if result.part != part:
            part = result.part
            table.add_row("", f"[bold]{escape(part)}[/bold]")
        sign = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: ""}[result.met]
        table.add_row(sign, escape(result.what), escape(result.required), escape(result.measured))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    failed = sum(result.failed for result in results)
    console.print(f"{failed} requirements not met" if failed else "all requirements met")


def _counter(total: int) -> Callable[[int], None]:
    """A count on standard error; no thread of its own, since processes are forked meanwhile."""

    def count(number: int) -> None:
        if sys.stderr.isatty() or number % 50 == 0:
            print(f"\r{number} of {total} kills", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)

    return count


if __name__ == "__main__":
    sys.exit(main())
