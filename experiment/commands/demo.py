"""``run_experiment.py demo``: the published study with simulated participants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiment.commands.options import Seed, Windowed


def demo(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="New folder for the data set; default: data/demo-...")
    ] = None,
    participants: Annotated[
        int, typer.Option("--participants", metavar="N", min=1, help="Number of participants; the study had 3.")
    ] = 3,
    seed: Seed = None,
    windowed: Windowed = False,
) -> None:
    """Run the published study with simulated participants.

    It then builds the tables and the report.

    The sessions run in the real window and in real time, about half a minute each. The tables are printed here and
    written as CSV, Markdown, LaTeX and figures under three metrics: the default, the published one, and the published
    blend of emotions with neutral calibration; one line below each states whether the published pattern holds.
    """
    from dataclasses import replace

    from experiment.commands.run import print_report
    from experiment.display.psychopy_import import require_psychopy
    from experiment.simulation.demonstration import METRICS, PROTOCOL, analyse, free_folder
    from experiment.simulation.rehearsal import OPTIONS, rehearse

    require_psychopy()
    dataset = free_folder() if out is None else out
    typer.echo(f"The published study, {participants} simulated participants; the data go to {dataset}")
    options = replace(OPTIONS, windowed=windowed)
    for report in rehearse(PROTOCOL, participants=participants, dataset=dataset, seed=seed, options=options):
        print_report(report, dataset)
        if report.ending != "complete":
            raise typer.Exit(1)
    typer.echo("")
    analyse("tables", dataset, *(word for name in METRICS for word in ("--metric", name)))
    analyse("report", dataset)
    made = dataset / "derivatives" / "mimicry"
    typer.echo(f"""
data set  {dataset}
tables    {made / "tables"}  (CSV, Markdown, LaTeX; summary.md has them all)
report    {made / "report.html"}
truth     {dataset / "sourcedata"}/sub-*/truth.jsonl  (the true movements of the faces)""")
