"""``run_experiment.py note``: add a note to a session."""

from __future__ import annotations

from typing import Annotated

import typer

from experiment.commands.options import DataSet, Participant, SessionLabel

RemarkedTrial = Annotated[
    str | None, typer.Option("--trial", metavar="ID", help="Id of the trial (`trial_id` in events.tsv).")
]


def note(
    dataset: DataSet,
    participant: Participant,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="What happened.")],
    session: SessionLabel = None,
    trial: RemarkedTrial = None,
) -> None:
    """Add a note to the journal of a session, also while it runs.

    It has the present time. `status` counts the notes; the journal has them.
    """
    from experiment.record.journal_lines import NoteLine
    from experiment.record.remark_delivery import deliver_remark, remarked_session
    from experiment.record.remarks import cleaned_text, utc_now

    place = remarked_session(dataset, participant, session)
    line = NoteLine(cleaned_text(why, what="note"), trial or "", source="terminal", utc=utc_now())
    deliver_remark(place, line)
    typer.echo(f"{place.label}: note recorded" + (f" for trial {trial}" if trial else ""))
