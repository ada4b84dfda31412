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
    Scheduler,
    chosen_model,
    finish_results,
    print_dataset_warnings,
    print_strays,
)


def tables(
    dataset: DataSet,
    metric: Metrics = None,
    model: Model = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/tables.")
    ] = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Build the target x mimic tables of each participant and session.

    Writes CSV, Markdown, LaTeX and figures, the scores of every trial, the measurements behind them, and what was left
    out and why. Prints each table and one line about it: smallest matching cell, largest other cell, and whether the
    published pattern holds under that metric.
    """
    from analysis.tables.measurement_provenance import describe_metric, write_description
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.score_tables import choose_metrics, measure_data_set, session_tables
    from analysis.tables.table_files import write_session, write_summary
    from analysis.tables.table_text import finding, table_text
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
    sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep)
    warnings = [*strays, *print_dataset_warnings([session.record for session in sessions])]
    made = [session_tables(session, metrics, face_model) for session in sessions]
    written = []
    for one in made:
        session = one.session
        written += write_session(one, folder, dataset=dataset, model=face_model)
        for used, table in one.tables:
            typer.echo(f"{session.title}, {describe_metric(used, face_model, session.calibration)}")
            typer.echo(table_text(table, grey=sys.stdout.isatty()), nl=False)
            typer.echo(f"  {finding(table)}\n")
        for line in (*session.exclusion_lines, *session.notes):
            typer.echo(f"  {session.label}: {line}")
    written += write_summary(made, folder, model=face_model, warnings=warnings)
    earlier = folder.glob("sub-*_metric-*_table.*") if out is None else ()
    finish_results(folder, written, command="tables", dataset=dataset, earlier=earlier)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    typer.echo(f"\n{many(sum(len(one.tables) for one in made), 'table')} in {folder}; summary: {written[-1]}")
