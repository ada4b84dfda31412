"""``run_experiment.py validate``: every problem of protocol files, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from experiment.protocol.language.problems import Problem


def validate(
    protocols: Annotated[list[Path], typer.Argument(metavar="PROTOCOL", help="Protocol files (YAML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> int:
    """Check protocol files and print every problem with its place.

    Each problem is one line, FILE:LINE:COLUMN: MESSAGE.

    Exit status 0: no errors (there may be warnings), 1: errors, 2: wrong usage.
    """
    from experiment.protocol.load import check_protocol

    problems: list[Problem] = []
    for protocol in protocols:
        found = check_protocol(protocol).problems
        problems += found
        if as_json:
            continue
        for problem in found:
            typer.echo(problem.shown())
        errors = sum(problem.severity == "error" for problem in found)
        typer.echo(f"{protocol}: {error_count(errors=errors, warnings=len(found) - errors)}")
    if as_json:
        typer.echo(json.dumps([_to_json(problem) for problem in problems], indent=2, ensure_ascii=False))
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def error_count(*, errors: int, warnings: int) -> str:
    """Return the counts as text, such as ``1 error, no warnings``."""
    return ", ".join(
        f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
        for number, noun in ((errors, "error"), (warnings, "warning"))
    )


def _to_json(problem: Problem) -> dict[str, object]:
    return {
        "file": str(problem.place.file),
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": problem.severity,
        "message": problem.message,
        "text": problem.line_text,
    }
