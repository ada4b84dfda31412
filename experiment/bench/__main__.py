"""What a session on this machine can be trusted with: display, keys, camera frames, crash safety, memory.

Exit status 1 if a requirement is not met. A part that fails is told and the others are measured all the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from experiment.bench import crashes, keys, late, memory, nearest, stalls, verdicts, window_kills
from experiment.bench.result import Result, require
from experiment.bench.timing_page import write_page
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
    turns: int = 10
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

SIZES_HELP = {
    "presses_at_camera": "frames: key presses at the simulated camera",
    "stalled_sessions": "stalls: sessions whose display is stalled",
    "kills": "crashes: kill -9 of sessions with simulated devices",
    "mishaps": "crashes: sessions each on a disk that fills up, becomes read-only, vanishes",
    "window_kills": "window-kills: kill -9 of sessions in the real window",
    "presses": "keys: key presses into the real window",
    "turns": "late: turns of a session and a bare loop",
    "trials_a_turn": "late: trials of each of those sessions",
    "hours": "memory: length of the session on a fast clock; 0 leaves it out",
    "minutes": "memory: length of the session in the real window; 0 leaves it out",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Something to be measured alone."""

    what: str
    measure: Callable[[], Iterator[Result]]


def parts(folder: Path, sizes: Sizes) -> dict[str, Part]:
    """What there is to measure, by name, in the order it is measured."""
    return {
        "verdicts": Part("how displays are judged, on fake clocks", verdicts.results),
        "stalls": Part(
            "missed frames are counted exactly",
            lambda: stalls.results(folder / "stalls", sessions=sizes.stalled_sessions),
        ),
        "frames": Part(
            "the camera frame kept is the nearest to the key press",
            lambda: nearest.results(presses=sizes.presses_at_camera),
        ),
        "crashes": Part(
            "sessions killed, disks full, read-only and gone",
            lambda: crashes.results(
                folder / "crashes", kills=sizes.kills, mishaps=sizes.mishaps, on_kill=_counter(sizes.kills, "kills", 50)
            ),
        ),
        "window-kills": Part(
            "sessions in the real window killed",
            lambda: window_kills.results(
                folder / "window", kills=sizes.window_kills, on_kill=_counter(sizes.window_kills, "kills")
            ),
        ),
        "keys": Part("key presses in the real window", lambda: keys.results(folder / "keys", presses=sizes.presses)),
        "late": Part(
            "late flips of recorded sessions against loops that only draw, in the real window",
            lambda: late.results(
                folder / "late",
                turns=sizes.turns,
                trials=sizes.trials_a_turn,
                on_turn=_counter(sizes.turns, "turns"),
            ),
        ),
        "memory": Part(
            "memory of long sessions, on a fast clock and in the real window",
            lambda: memory.results(folder / "memory", hours=sizes.hours, minutes=sizes.minutes),
        ),
    }


def main() -> int:
    """Measure and print."""
    given = _arguments()
    sizes = asdict(QUICK if given.quick else Sizes())
    sizes |= {name: value for name in sizes if (value := getattr(given, name)) is not None}
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="mimicry-bench-") as folder:
        there = parts(Path(folder), Sizes(**sizes))
        wanted = [name for name in there if not given.parts or name in given.parts]
        for number, name in enumerate(wanted, start=1):
            print(f"{number}/{len(wanted)} {name}: {there[name].what} ...", file=sys.stderr, flush=True)
            began_s = time.monotonic()
            found += measured(name, there[name])
            print(f"{name} took {_duration(time.monotonic() - began_s)}", file=sys.stderr, flush=True)
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


def measured(name: str, part: Part) -> list[Result]:
    """Measure one part; one that fails is a requirement not met, after what it had found by then."""
    found: list[Result] = []
    try:
        found.extend(part.measure())
    except Exception as error:  # hours of measuring must not be lost to the last part of it
        frame = traceback.extract_tb(error.__traceback__)[-1]
        said = " ".join(str(error).split()) or "nothing"
        failure = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}: {said}"
        title = found[-1].part if found else name
        found.append(require(title, "measured to its end", "yes", failure, False))
    return found


def _arguments() -> argparse.Namespace:
    names = list(parts(Path(), Sizes()))
    listed = "\n".join(f"  {name:13} {part.what}" for name, part in parts(Path(), Sizes()).items())
    parser = argparse.ArgumentParser(
        prog="scripts/bench session",
        description=__doc__,
        epilog=f"parts, in the order they are measured:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "named", nargs="*", metavar="PART", help="measure only this part (see below); all if none is named"
    )
    parser.add_argument(
        "--part", dest="parts", action="append", metavar="PART", default=[], help="the same as an option"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--quick", action="store_true", help="small numbers, for a first look")
    parser.add_argument(
        "--write", metavar="FILE", type=Path, help="write the results of all parts as a page of the documentation"
    )
    how_much = parser.add_argument_group("how much of everything")
    for name, default in asdict(Sizes()).items():
        how_much.add_argument(
            f"--{name.replace('_', '-')}", metavar="N", type=type(default), help=f"{SIZES_HELP[name]} ({default:,})"
        )
    given = parser.parse_args()
    given.parts += given.named
    unknown = [part for part in given.parts if part not in names]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are: {', '.join(names)}")
    if given.write and given.parts:
        parser.error("--write makes the page of all parts; leave out the names of parts")
    if given.write and not given.write.absolute().parent.is_dir():
        parser.error(f"there is no folder {given.write.absolute().parent} to write the page into")
    return given


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


def _counter(total: int, what: str, every: int = 1) -> Callable[[int], None]:
    """A count on standard error; no thread of its own, since processes are forked meanwhile."""

    def count(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{number} of {total} {what}", end="\n" if number == total else "", file=sys.stderr, flush=True)
        elif number % every == 0:
            print(f"{number} of {total} {what}", file=sys.stderr, flush=True)

    return count


def _duration(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
