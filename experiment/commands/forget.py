"""``run_experiment.py forget``: delete a participant from a data set."""

from __future__ import annotations

from typing import Annotated

import typer

from experiment.commands.options import DataSet, Participant


def forget(
    dataset: DataSet,
    participant: Participant,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Delete a participant everywhere in a data set.

    This includes recordings, tables, measurements and reports that show the participant.
    """
    from experiment.record import deletion

    found = deletion.holdings(dataset, participant)
    print(f"participant {found.participant} in {dataset}:")
    for path in found.own:
        print(f"  {path.relative_to(dataset)}{'/ and everything in it' if path.is_dir() else ''}")
    if found.shared:
        print("results of several participants, to be computed again with `python -m analysis`:")
        for path in found.shared:
            print(f"  {path.relative_to(dataset)}")
    if not yes:
        typer.confirm("Delete all this? It cannot be undone", abort=True)
    deletion.forget(dataset, participant)
    print(f"deleted, except backups and copies elsewhere; {dataset / 'participants.tsv'} was rebuilt")
