"""Measure sessions on this machine.

Display, keys, camera frames, crash safety, clips, memory.

Exit status 1 if a requirement is not met. A part that fails is reported, and the others are still measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from experiment.bench import clips, crashes, keys, late, memory, nearest, stalls, verdicts, window_kills
from experiment.bench.result import Result, ResultPart, counter, print_results
from experiment.bench.timing_page import write_page
from experiment.record.provenance import commit, machine


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of the full benchmark."""

    presses_at_camera: int = 10_000
    stalled_sessions: int = 40
    kills: int = 290
    window_kills: int = 10
    mishaps: int = 20
    presses: int = 1000
    turns: int = 10
    trials_a_turn: int = 6
    clip_frames: int = 1000
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
    clip_frames=100,
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
    "clip_frames": "clips: frames of each of four clips",
    "hours": "memory: length of the session on a fast clock; 0 leaves it out",
    "minutes": "memory: length of the session in the real window; 0 leaves it out",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the benchmark."""

    what: str
    measure: Callable[[], Iterator[Result]]


def parts(folder: Path, sizes: Sizes) -> dict[str, Part]:
    """Return all parts by name, in the order they are measured."""
    return {
        "verdicts": Part("verdicts on displays, simulated on a manual clock", verdicts.results),
        "stalls": Part(
            "exact counts of missed frames",
            lambda: stalls.results(folder / "stalls", sessions=sizes.stalled_sessions),
        ),
        "frames": Part(
            "the kept camera frame is the nearest to the key press",
            lambda: nearest.results(presses=sizes.presses_at_camera),
        ),
        "crashes": Part(
            "sessions killed; disks full, read-only and gone",
            lambda: crashes.results(
                folder / "crashes",
                kills=sizes.kills,
                mishaps=sizes.mishaps,
                on_kill=counter(sizes.kills, "kills", every=50),
            ),
        ),
        "window-kills": Part(
            "sessions in the real window killed",
            lambda: window_kills.results(
                folder / "window", kills=sizes.window_kills, on_kill=counter(sizes.window_kills, "kills")
            ),
        ),
        "keys": Part("key presses in the real window", lambda: keys.results(folder / "keys", presses=sizes.presses)),
        "late": Part(
            "late flips of recorded sessions and of loops that only draw, in the real window",
            lambda: late.results(
                folder / "late",
                turns=sizes.turns,
                trials=sizes.trials_a_turn,
                on_turn=counter(sizes.turns, "turns"),
            ),
        ),
        "clips": Part(
            "frames of clips on their flips, simulated and in the real window",
            lambda: clips.results(folder / "clips", frames=sizes.clip_frames),
        ),
        "memory": Part(
            "memory of long sessions, on a fast clock and in the real window",
            lambda: memory.results(folder / "memory", hours=sizes.hours, minutes=sizes.minutes),
        ),
    }


def main() -> int:
    """Measure and print; return the exit status."""
    given = _arguments()
    sizes = asdict(QUICK if given.quick else Sizes())
    sizes |= {name: value for name in sizes if (value := getattr(given, name)) is not None}
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="mimicry-bench-") as folder:
        all_parts = parts(Path(folder), Sizes(**sizes))
        wanted = [name for name in all_parts if not given.parts or name in given.parts]
        for number, name in enumerate(wanted, start=1):
            print(f"{number}/{len(wanted)} {name}: {all_parts[name].what} ...", file=sys.stderr, flush=True)
            began_s = time.monotonic()
            found += measure(name, all_parts[name])
            print(f"{name} took {_duration(time.monotonic() - began_s)}", file=sys.stderr, flush=True)
    if given.write:
        given.write.write_text(write_page(found, machine=machine(), commit=commit()), encoding="utf-8")
    return print_results(found, as_json=given.json, machine=machine(), commit=commit())


def measure(name: str, part: Part) -> list[Result]:
    """Measure one part.

    An error is a requirement not met, after the results up to then.
    """
    found: list[Result] = []
    try:
        found.extend(part.measure())
    except Exception as error:  # an error in the last part must not lose hours of measurements
        frame = traceback.extract_tb(error.__traceback__)[-1]
        message = " ".join(str(error).split()) or "no message"
        failure = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}: {message}"
        title = found[-1].part if found else name
        found.append(ResultPart(title).require("measured to its end", "yes", failure, met=False))
    return found


def _arguments() -> argparse.Namespace:
    all_parts = parts(Path(), Sizes())
    listed = "\n".join(f"  {name:13} {part.what}" for name, part in all_parts.items())
    parser = argparse.ArgumentParser(
        prog="scripts/bench session",
        description=__doc__,
        epilog=f"parts, in the order they are measured:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("named", nargs="*", metavar="PART", help="measure only this part (see below); default: all")
    parser.add_argument(
        "--part", dest="parts", action="append", metavar="PART", default=[], help="the same as an option"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--quick", action="store_true", help="small amounts, for a first impression")
    parser.add_argument(
        "--write", metavar="FILE", type=Path, help="write the results of all parts as a page of the documentation"
    )
    amounts = parser.add_argument_group("amounts")
    for name, default in asdict(Sizes()).items():
        amounts.add_argument(
            f"--{name.replace('_', '-')}", metavar="N", type=type(default), help=f"{SIZES_HELP[name]} ({default:,})"
        )
    given = parser.parse_args()
    given.parts += given.named
    unknown = [part for part in given.parts if part not in all_parts]
    if unknown:
        parser.error(f"unknown part {', '.join(unknown)}; the parts are: {', '.join(all_parts)}")
    if given.write and given.parts:
        parser.error("--write makes the page of all parts; leave out the names of parts")
    if given.write and not given.write.absolute().parent.is_dir():
        parser.error(f"the folder {given.write.absolute().parent} for the page does not exist")
    return given


def _duration(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
