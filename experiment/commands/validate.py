"""``run_experiment.py validate``: every problem of protocol files, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def validate(
    protocols: Annotated[list[Path], typer.Argument(metavar="PROTOCOL...", help="Protocol files (YAML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> int:
    """Check protocol files; prints every problem as FILE:LINE:COLUMN: MESSAGE.

    Exit status 0: no errors (warnings may be printed), 1: errors, 2: wrong usage.
    """
    from experiment.protocol.language.problems import Problem
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
        warnings = len(found) - errors
        typer.echo(f"{protocol}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}")
    if as_json:
        typer.echo(json.dumps([_as_json(problem) for problem in problems], indent=2, ensure_ascii=False))
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _as_json(problem: object) -> dict[str, object]:
    from experiment.protocol.language.problems import Problem

    assert isinstance(problem, Problem)
    return {
        "file": str(problem.place.file),
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": problem.severity,
        "message": problem.message,
        "text": problem.line_text,
    }
