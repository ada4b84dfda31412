"""``run_experiment.py exclude``: a trial, session or participant does not count."""

from __future__ import annotations

from typing import Annotated

import typer

from experiment.commands.note import RemarkedTrial
from experiment.commands.options import DataSet, Participant, SessionLabel


def exclude(
    dataset: DataSet,
    participant: Participant,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason; needed unless --undo.")] = None,
    session: SessionLabel = None,
    trial: RemarkedTrial = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the exclusion back.")] = False,
) -> None:
    """Exclude a trial, a session or a participant from all results.

    Without --trial, the session; without --session too, the participant. Nothing is deleted. A trial can be excluded
    while its session runs.
    """
    from experiment.record.journal_lines import ExclusionLine, ExclusionScope, ExclusionUndoneLine
    from experiment.record.remark_delivery import deliver_remark, deliver_to_all, remarked_session, sessions_of
    from experiment.record.remarks import cleaned_text, utc_now

    if why is None and not undo:
        raise typer.BadParameter("an exclusion needs its reason: add --why TEXT")
    reason = "" if why is None else cleaned_text(why, what="reason")
    scope: ExclusionScope = "trial" if trial is not None else "participant" if session is None else "session"
    kind = ExclusionUndoneLine if undo else ExclusionLine
    line = kind(reason, scope, trial or "", source="terminal", utc=utc_now())
    if scope == "participant":
        places = deliver_to_all(sessions_of(dataset, participant), line)
    else:
        places = [remarked_session(dataset, participant, session)]
        deliver_remark(places[0], line)
    what = "" if trial is None else f", trial {trial}"
    for place in places:
        typer.echo(f"{place.label}{what}: {'counts again' if undo else 'excluded'}")
    typer.echo("run `tables`, `group`, `courses`, `timing` and `report` again to see it in their results")
