"""The command line of the laboratory: commands and their errors."""

from __future__ import annotations

from analysis.face.errors import AnalysisError
from analysis.terminal import command_app, run_app
from experiment.commands.check import check
from experiment.commands.console import console
from experiment.commands.demo import demo
from experiment.commands.exclude import exclude
from experiment.commands.forget import forget
from experiment.commands.keys import keys
from experiment.commands.note import note
from experiment.commands.preview import preview
from experiment.commands.rebuild import rebuild
from experiment.commands.resume import resume
from experiment.commands.run import run
from experiment.commands.schema import schema
from experiment.commands.simulate import simulate
from experiment.commands.speak import speak
from experiment.commands.status import status
from experiment.commands.validate import validate
from experiment.errors import ExperimentError
from experiment.record.errors import RecordError

app = command_app(
    "run_experiment.py",
    summary="Run facial-mimicry experiments: validate a protocol, check the machine, run and simulate sessions.",
)
for command in (
    check,
    console,
    run,
    resume,
    status,
    note,
    exclude,
    validate,
    schema,
    preview,
    simulate,
    speak,
    demo,
    forget,
    rebuild,
    keys,
):
    app.command()(command)


def main() -> None:
    """Run the command line of ``run_experiment.py``."""
    run_app(app, name="run_experiment.py", expected=(ExperimentError, RecordError, AnalysisError))
