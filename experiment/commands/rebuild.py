"""``run_experiment.py rebuild``: rebuild the tables from the journals."""

from __future__ import annotations

import typer

from experiment.commands.options import DataSet


def rebuild(dataset: DataSet) -> None:
    """Write the BIDS tables of a data set again from its journals.

    This helps after a crash. The similarity tables are made by `tables`.
    """
    from experiment.record.bids import rebuild as rebuild_tables
    from experiment.record.checks.strays import find_strays
    from experiment.record.consent.withdrawal import finish_deletion
    from experiment.record.sessions import read_sessions, require_sessions

    for stray in find_strays(dataset.absolute()):
        typer.echo(f"warning: {stray.message}", err=True)
    require_sessions(dataset)
    finish_deletion(dataset, notify=print)
    sessions = read_sessions(dataset)
    rebuild_tables(dataset)
    for session in sessions:
        name = f"sub-{session.participant}" + (f"_ses-{session.session}" if session.session else "")
        done = sum(trial.outcome != "aborted" for trial in session.trials)
        print(f"{name}: {done} trials, {'complete' if session.complete else 'incomplete'}")
        for warning in session.warnings:
            print(f"  {warning}")
