"""``docs/timing.md``: the results of one run of the benchmark, with the machine they were measured on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from experiment.bench.result import Result

HEAD = """# What a session can be trusted with

Written by `scripts/bench session --write docs/timing.md`, never by hand; `scripts/bench session` measures your machine.
Virtual displays have no vertical sync: there, frames are paced by the computer's clock and nothing is certified about
the light that leaves a screen. What a key press or a camera costs on its way through cable and driver is not in these
numbers either; `run_experiment.py check camera-loop` estimates the delay of display and camera.
"""


def write_page(results: Sequence[Result], machine: Mapping[str, str], commit: str) -> str:
    """The page, in Markdown."""
    lines = [HEAD, "Measured " + time.strftime("%Y-%m-%d", time.gmtime()) + f" at commit {commit[:12]} on:", ""]
    lines += [f"- {name}: {value}" for name, value in machine.items() if name != "host"]
    part = ""
    for result in results:
        if result.part != part:
            part = result.part
            lines += [
                "",
                f"## {part[:1].upper()}{part[1:]}",
                "",
                "| | what | required | measured |",
                "|---|---|---|---|",
            ]
        sign = {True: "met", False: "**not met**", None: ""}[result.met]
        lines.append(f"| {sign} | {_cell(result.what)} | {_cell(result.required)} | {_cell(result.measured)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
