"""Results of a benchmark: a line for each measured value, with its requirement."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Result:
    """One measured value."""

    part: str
    """``kill -9``, ``key presses``: results of one part are printed together."""
    what: str
    required: str
    """Empty if nothing is required."""
    measured: str
    met: bool | None
    """None if nothing is required."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """The numbers behind `measured`, for programs."""

    @property
    def failed(self) -> bool:
        """Whether a requirement is not met."""
        return self.met is False


@dataclass(frozen=True, slots=True)
class ResultPart:
    """Makes the results of one part of a benchmark."""

    name: str

    def require(self, what: str, required: str, measured: str, *, met: bool | np.bool_, **values: Value) -> Result:
        """Return a result with a requirement.

        Parameters
        ----------
        what
            What was measured.
        required
            What is required.
        measured
            What was measured, in words.
        met
            Whether the requirement is met.
        **values
            The numbers behind ``measured``.
        """
        return Result(self.name, what, required, measured, bool(met), values)

    def note(self, what: str, measured: str, **values: Value) -> Result:
        """Return a result without a requirement."""
        return Result(self.name, what, "", measured, None, values)

    def skip(self, what: str, reason: str) -> Result:
        """Return a result for what cannot be measured here."""
        return Result(self.name, what, "", f"not measured: {reason}", None)


def print_results(results: Sequence[Result], *, as_json: bool, **facts: Any) -> int:
    """Print results as a table or as JSON, and return the exit status.

    Returns
    -------
    int
        1 if a requirement is not met.
    """
    failed = sum(result.failed for result in results)
    if as_json:
        print(json.dumps({**facts, "results": [asdict(result) for result in results]}, indent=2))
        return 1 if failed else 0
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
    console.print(f"{failed} requirements not met" if failed else "all requirements met")
    return 1 if failed else 0


def counter(total: int, what: str, *, every: int = 1) -> Callable[[int], None]:
    """Return a function that counts on standard error.

    Without a thread, since processes are forked meanwhile.

    Parameters
    ----------
    total
        Last number.
    what
        What is counted.
    every
        Where standard error is not a terminal, only every n-th number is printed, and the last one.
    """

    def count(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{number} of {total} {what}", end="\n" if number == total else "", file=sys.stderr, flush=True)
        elif number % every == 0 or number == total:
            print(f"{number} of {total} {what}", file=sys.stderr, flush=True)

    return count
