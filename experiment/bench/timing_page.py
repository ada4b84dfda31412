"""Write pages with the results of a benchmark, such as ``docs/timing.md``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

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
    return results_page(HEAD, results, machine, measured=time.strftime("%Y-%m-%d", time.gmtime()), at=commit)


def results_page(head: str, results: Sequence[Result], facts: Mapping[str, str], *, measured: str, at: str) -> str:
    """Return a page in Markdown.

    Parameters
    ----------
    head
        Title and introduction.
    results
        Of all parts.
    facts
        Facts about the machine; ``host`` is left out.
    measured
        The day.
    at
        Commit of the measured program.
    """
    lines = [head, f"Measured {measured} at commit {at[:12]} on:", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items() if name != "host"]
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


def present_load() -> str:
    """Return how many programs want a processor now, for the facts about the machine."""
    try:
        return Path("/proc/loadavg").read_text("utf-8").split()[0]
    except OSError:
        return "unknown"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
