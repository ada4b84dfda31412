"""``run_experiment.py forget``: delete a participant from a data set."""

from __future__ import annotations

from typing import Annotated

import typer

from experiment.commands.options import DataSet, Participant


def forget(
    dataset: DataSet,
    participant: Participant,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> int:
    """Delete a participant everywhere in a data set.

    This includes recordings and their copies, tables, measurements and reports that show the participant. Exit status
    1: something is left; it is named.
    """
    from analysis.paths import ANALYSIS_PROGRAM
    from experiment.record import deletion

    found = deletion.holdings(dataset, participant)
    print(f"participant {found.participant} in {dataset}:")
    for path in found.own:
        print(f"  {path.relative_to(dataset.absolute())}{'/ and everything in it' if path.is_dir() else ''}")
    if found.shared:
        print(f"results of several participants, to be computed again with `{ANALYSIS_PROGRAM}`:")
        for path in found.shared:
            print(f"  {path.relative_to(dataset.absolute())}")
    if found.to_check:
        print("not deleted, to be judged by you:")
        for sentence in found.to_check:
            print(f"  {sentence}")
    if not yes:
        typer.confirm("Delete all this? It cannot be undone", abort=True)
    done = deletion.forget(dataset, participant)
    for sentence in done.failed:
        typer.echo(f"error: {sentence}", err=True)
    if done.failed:
        typer.echo("something is left: remove the cause, then run this command again", err=True)
    else:
        print("deleted, except backups and copies outside of the data set")
    return 1 if done.failed or found.to_check else 0
