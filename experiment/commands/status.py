"""``run_experiment.py status``: participants and sessions of a data set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.terminal import many

if TYPE_CHECKING:
    from experiment.lab.study_status import NextParticipant, ParticipantStatus, StudyStatus
    from experiment.record.session_status import SessionStatus

_HEADINGS = ("participant", "group", "session", "state", "trials", "measurable", "days since", "")


def status(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of the data set.")],
    protocol: Annotated[
        Path | None,
        typer.Option("--protocol", metavar="FILE", help="Protocol file (default: that of the latest session)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the status as JSON.")] = False,
) -> None:
    """Print the state of every session, and the next participant.

    A session is due, running, interrupted, complete, declined or excluded.
    """
    from experiment.lab.study_status import study_status
    from experiment.record.errors import RecordError

    if not dataset.is_dir() and protocol is None:
        raise RecordError(
            f"there is no data set at {dataset}; give the folder that `run` got as --dataset, or add --protocol FILE"
        )
    found = study_status(dataset, protocol)
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
        return
    for line in status_lines(found):
        typer.echo(line)


def status_lines(found: StudyStatus) -> Iterator[str]:
    """Yield the lines of a status for the terminal."""
    from experiment.lab.resume_command import resume_command

    counts = ", ".join(f"{count} {state}" for state, count in found.counts.items())
    yield f"{found.title}: {many(len(found.participants), 'participant')}; sessions: {counts or 'none'}"
    rows: list[tuple[str, ...]] = [_HEADINGS]
    for participant in found.participants:
        rows += _rows(participant)
    if len(rows) > 1:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if found.next is not None:
        yield _next_line(found.next)
    for one in (session for participant in found.participants for session in participant.sessions):
        if one.state == "interrupted" and one.began_s:
            yield f"continue {one.label} with: {resume_command(found.dataset, one.participant, one.session)}"
    for problem in found.problems:
        yield f"note: {problem}"


def _rows(participant: ParticipantStatus) -> Iterator[tuple[str, ...]]:
    group = " ".join(participant.groups.values())
    for number, one in enumerate(participant.sessions):
        days = "" if number or participant.days_since is None else str(participant.days_since)
        yield (
            participant.participant if number == 0 else "",
            group if number == 0 else "",
            one.session or "-",
            one.state,
            _trials(one),
            "" if one.measurable is None else str(one.measurable),
            days,
            _remark(participant, one),
        )


def _trials(one: SessionStatus) -> str:
    planned = "?" if one.trials_planned is None else str(one.trials_planned)
    return f"{one.trials_done} of {planned}" if one.has_begun else planned


def _remark(participant: ParticipantStatus, one: SessionStatus) -> str:
    parts = [one.reason] if one.reason else []
    if one.state == "due" and one.session == participant.next_session and participant.due is not None:
        period = participant.due
        parts += [f"not before {period.earliest}"] if period.earliest is not None else []
        parts += [f"at the latest on {period.latest}"] if period.latest is not None else []
    parts += ["pilot"] if one.is_pilot else []
    parts += ["simulated"] if one.is_simulated else []
    if one.excluded_trials:
        parts.append(f"{many(one.excluded_trials, 'trial')} excluded")
    if one.notes:
        parts.append(many(one.notes, "note"))
    return "; ".join(parts)


def _next_line(following: NextParticipant) -> str:
    parts = [f"next participant: {following.participant}"]
    if following.session is not None:
        parts.append(f"session {following.session}")
    parts += [f"{factor} {level}" for factor, level in following.groups.items()]
    parts += following.orders
    return ", ".join(parts) + (f"; {following.needs}" if following.needs else "")
