"""The command line of the analysis: commands and their errors."""

from __future__ import annotations

from analysis.commands import figure, models
from analysis.commands.bench import bench
from analysis.commands.compare import compare
from analysis.commands.courses import courses
from analysis.commands.export import export
from analysis.commands.group import group
from analysis.commands.measure import measure
from analysis.commands.ratings import ratings
from analysis.commands.report import report
from analysis.commands.score import score
from analysis.commands.tables import tables
from analysis.commands.timing import timing
from analysis.commands.training import training
from analysis.commands.verify import verify
from analysis.face.errors import AnalysisError
from analysis.terminal import command_app, run_app
from experiment.record.errors import RecordError

app = command_app(
    "python -m analysis",
    summary="Measure faces: score pictures, build target x mimic tables, write the report, show what trainees learnt.",
)
app.command()(tables)
app.command()(group)
app.command()(courses)
app.command()(measure)
app.command()(export)
app.add_typer(figure.app, name="figure")
app.command()(report)
app.command()(timing)
app.command()(training)
app.command()(ratings)
app.command()(verify)
app.add_typer(models.app, name="models")
app.command()(score)
app.command()(compare)
app.command()(bench)


def main() -> None:
    """Entry point of ``python -m analysis``."""
    run_app(app, name="python -m analysis", expected=(AnalysisError, RecordError))
