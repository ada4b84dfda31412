"""``run_experiment.py validate``: the problems of protocol files; the study."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from experiment.protocol.estimates.sessions import SessionEstimate
    from experiment.protocol.language.problems import Problem
    from experiment.protocol.load import Protocol


def validate(
    protocols: Annotated[list[Path], typer.Argument(metavar="PROTOCOL", help="Protocol files (YAML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> int:
    """Check protocol files and describe the study.

    Print every problem with its place. Each is one line, FILE:LINE:COLUMN: MESSAGE. The pictures of targets are
    searched for a face. A protocol without errors is described: duration, trials, camera frames and disk space of every
    session and block.

    Exit status 0: no errors (there may be warnings), 1: errors, 2: wrong usage.
    """
    from experiment.protocol.load import check_protocol

    problems: list[Problem] = []
    for protocol in protocols:
        checked = check_protocol(protocol)
        found = sorted([*checked.problems, *_faceless(checked.protocol)], key=_order)
        problems += found
        if as_json:
            continue
        for problem in found:
            typer.echo(problem.shown())
        if checked.protocol is not None:
            for line in description_of(checked.protocol):
                typer.echo(line)
            typer.echo("Expected and longest times rest on assumptions, which `preview` prints.")
        errors = sum(problem.severity == "error" for problem in found)
        typer.echo(f"{protocol}: {error_count(errors=errors, warnings=len(found) - errors)}")
    if as_json:
        typer.echo(json.dumps([_to_json(problem) for problem in problems], indent=2, ensure_ascii=False))
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def description_of(protocol: Protocol, *, language: str | None = None) -> Iterator[str]:
    """Yield the description of a study, line by line.

    ``language`` is that of the participants; by default the protocol's.
    """
    from experiment.protocol.estimates.description import describe

    yield from describe(estimates_of(protocol, language=language))


def estimates_of(protocol: Protocol, *, language: str | None = None) -> tuple[SessionEstimate, ...]:
    """Return what every session of a study takes, for every group."""
    from experiment.protocol.estimates.sessions import estimate_sessions
    from experiment.protocol.trials.trial_lists import drafts

    return estimate_sessions(protocol.content, lambda block: drafts(block, protocol.tables), language=language)


def error_count(*, errors: int, warnings: int) -> str:
    """Return the counts as text, such as ``1 error, no warnings``."""
    return ", ".join(
        f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
        for number, noun in ((errors, "error"), (warnings, "warning"))
    )


def _faceless(protocol: Protocol | None) -> Iterator[Problem]:
    """Yield a warning for every target picture without a face."""
    from experiment.lab.target_faces import find_faceless_targets

    if protocol is not None:
        yield from find_faceless_targets(protocol)


def _order(problem: Problem) -> tuple[str, int, int]:
    return str(problem.place.file), problem.place.line, problem.place.column


def _to_json(problem: Problem) -> dict[str, object]:
    return {
        "file": str(problem.place.file),
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": problem.severity,
        "message": problem.message,
        "text": problem.line_text,
    }
