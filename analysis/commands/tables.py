"""``tables``: target x mimic tables of a data set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.options import (
    DataSet,
    Jobs,
    Metrics,
    Model,
    PrivateKey,
    Retakes,
    Scheduler,
    chosen_model,
    finish_results,
    print_dataset_warnings,
    print_strays,
)

_PRINTED = 20
"""Sessions whose tables are printed; the terminal cannot show more usefully."""


def tables(
    dataset: DataSet,
    metric: Metrics = None,
    model: Model = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/tables.")
    ] = None,
    figures: Annotated[bool, typer.Option("--figures", help="Draw each table as well, as PNG and SVG.")] = False,
    all_units: Annotated[
        bool,
        typer.Option("--all-units", help="Write the strengths of movements that 68 landmarks hardly show, too."),
    ] = False,
    retakes: Retakes = False,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Build the target x mimic tables of each participant and session.

    Writes CSV, Markdown and LaTeX, the scores of every trial, the measurements behind them, and what was left out and
    why. Prints each table and one line about it: smallest matching cell, largest other cell, and whether the published
    pattern holds under that metric. Of more than 20 sessions it prints no tables; summary.md has them.

    Measurements are kept in DATASET/derivatives: another metric, or the same command after it was stopped, measures
    nothing twice.
    """
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.parallel import Workers
    from analysis.tables.retakes import WithRetakes
    from analysis.tables.score_tables import choose_metrics
    from analysis.tables.session_stream import each_session
    from analysis.tables.table_files import TableWriter, write_summary
    from analysis.terminal import many
    from experiment.record.encryption import use_private_key

    require_output_place(out, dataset=dataset)
    strays = print_strays(dataset)
    use_private_key(key)
    metrics = choose_metrics(metric or ())
    face_model = chosen_model(model)
    folder = out or derivatives(dataset) / "tables"
    if out is not None:
        prepare_folder(out)
    keep = landmark_folder(dataset, out)
    grey = sys.stdout.isatty()
    writer = TableWriter(metrics, face_model, folder, dataset, figures=figures, grey=grey, all_units=all_units)
    use = WithRetakes(face_model, keep or derivatives(dataset), writer) if retakes else writer
    made = list(each_session(dataset, face_model, use, keep=keep, workers=Workers(jobs, scheduler)))
    warnings = [*strays, *print_dataset_warnings([one.record for one in made])]
    if len(made) <= _PRINTED:
        typer.echo("".join(one.text for one in made), nl=False)
    written = [file for one in made for file in one.files]
    written += write_summary(made, folder, warnings=warnings)
    earlier = folder.glob("sub-*_metric-*_table.*") if out is None else ()
    finish_results(folder, written, command="tables", dataset=dataset, earlier=earlier)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    typer.echo(f"\n{many(sum(len(one.rows) for one in made), 'table')} in {folder}; summary: {written[-1]}")
