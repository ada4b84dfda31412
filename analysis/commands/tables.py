"""``tables``: target x mimic tables of every participant and session of a data set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def tables(
    dataset: Annotated[Path, typer.Argument(help="The folder of the data set.")],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="How to compare two faces; may be given again. Default: combined (ours) and points (published)."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The face model, see: python -m analysis models.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the tables go; default: DATASET/derivatives/mimicry/tables.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes that look for faces at once; -1 for one a core.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers see the same folders.")
    ] = None,
) -> None:
    """Build the table of every mimic against every target, for each participant and session.

    Writes CSV, Markdown, LaTeX and figures, the scores of every trial, the measurements behind them, and what was left
    out and why. Prints one line per table: smallest matching cell, largest other cell, and whether the published
    pattern holds under that metric.
    """
    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.tables.build import derivatives, measure_data_set, metrics_of, session_tables, writable
    from analysis.tables.output_files import prepare_folder
    from analysis.tables.outputs import what, write_description, write_session, write_summary
    from analysis.tables.table_text import table_text

    metrics = metrics_of(metric or ())
    face_model = load_model(model or DEFAULT_MODEL)
    top = derivatives(dataset)
    folder = out or top / "tables"
    if out is not None:
        prepare_folder(out)
    keep = top if out is None or writable(top) else out / "landmarks"
    sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep)
    made = [session_tables(session, metrics, face_model) for session in sessions]
    for one in made:
        write_session(one, folder, dataset=dataset, model=face_model)
        for used, table in one.tables:
            name = what(used, face_model, one.session)
            typer.echo(f"{table.title}, {name}")
            typer.echo(table_text(table, grey=sys.stdout.isatty()), nl=False)
            typer.echo(f"  {table.finding}\n")
        for gone in one.session.exclusions:
            typer.echo(f"  {one.session.label}: excluded: {gone.what} ({gone.reason}): {gone.message}")
        for remark in one.session.remarks:
            typer.echo(f"  {one.session.label}: {remark}")
    summary = write_summary(made, folder, model=face_model)
    if out is None:
        write_description(top, dataset=dataset)
    typer.echo(f"\n{sum(len(one.tables) for one in made)} tables in {folder}; to read: {summary}")
