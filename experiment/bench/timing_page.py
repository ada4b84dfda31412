"""Write ``docs/timing.md``.

The results of one run of the benchmark, with the machine.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import groupby

from experiment.bench.result import Result

HEAD = """# Timing of sessions

Written by `scripts/bench session --write docs/timing.md`, not by hand; `scripts/bench session` measures your machine.
Virtual displays have no vertical sync: the computer's clock paces their frames, and these numbers say nothing about the
light of a screen. The delays of keys and cameras in cables and drivers are not part of these numbers either;
`run_experiment.py check camera-loop` estimates the delay of display and camera. Sessions record it as the offset of the
camera ([film.md](film.md#offset-of-a-camera)).
"""


def write_page(results: Sequence[Result], *, machine: Mapping[str, str], commit: str) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    results
        Of all parts.
    machine
        Facts about the machine; ``host`` is left out.
    commit
        Of the measured program.
    """
    lines = [HEAD, f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} at commit {commit[:12]} on:", ""]
    lines += [f"- {name}: {value}" for name, value in machine.items() if name != "host"]
    return "\n".join([*lines, *result_tables(results, level=2)]) + "\n"


def result_tables(results: Sequence[Result], *, level: int) -> list[str]:
    """Return the lines of one table a part, each with its heading.

    Parameters
    ----------
    results
        Of all parts.
    level
        Of the headings.
    """
    lines = []
    for part, group in groupby(results, key=lambda result: result.part):
        heading = f"{'#' * level} {part[:1].upper()}{part[1:]}"
        lines += ["", heading, "", "| | what | required | measured |", "|---|---|---|---|"]
        for result in group:
            sign = {True: "met", False: "**not met**", None: ""}[result.met]
            lines.append(f"| {sign} | {_cell(result.what)} | {_cell(result.required)} | {_cell(result.measured)} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
