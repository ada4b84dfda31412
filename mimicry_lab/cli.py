"""The command line ``mimicry`` with every command of both packages.

These are the commands of ``run_experiment.py`` and of ``python -m analysis``. The two share no command name, as a test
requires, so each command keeps its name here.
"""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from analysis.cli import app as analysis_app
from analysis.face.errors import AnalysisError
from analysis.terminal import command_app, limit_threads, run_app
from experiment.cli import app as laboratory_app
from experiment.errors import ExperimentError
from experiment.record.errors import RecordError

app = command_app(
    "mimicry",
    summary="Run facial-mimicry experiments, measure the faces, build the tables and the report.",
)
app.add_typer(laboratory_app, name=None)
app.add_typer(analysis_app, name=None)


def print_version(wanted: bool) -> None:
    """Print the version and stop, if the option ``--version`` is given."""
    if wanted:
        typer.echo(f"mimicry-lab {metadata.version('mimicry-lab')}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  (its callback does the work)
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Set the number of threads for the command that follows."""
    if context.invoked_subcommand in command_names(analysis_app):
        limit_threads()


def command_names(commands: typer.Typer) -> set[str]:
    """Return the names of all commands of an application."""
    return set(typer.main.get_group(commands).commands)


def main() -> None:
    """Entry point of ``mimicry``."""
    run_app(app, name="mimicry", expected=(ExperimentError, RecordError, AnalysisError))
