"""``report``: one self-contained HTML file about a whole data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.options import (
    DataSet,
    Faces,
    Jobs,
    Metrics,
    Model,
    PrivateKey,
    Scheduler,
    chosen_model,
    print_dataset_warnings,
    print_strays,
)


def report(
    dataset: DataSet,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Output file; default: DATASET/derivatives/mimicry/report.html.")
    ] = None,
    metric: Metrics = None,
    model: Model = None,
    faces: Faces = None,
    methods: Annotated[
        bool,
        typer.Option("--methods", help="Print the methods paragraph of a paper as Markdown, or write it to --out."),
    ] = False,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Write the report of a data set as one HTML file.

    It has tables, frames and targets, differences, timing, exclusions and provenance.

    The file is complete and loads nothing from elsewhere, so it can be archived or sent. With faces in it, it is
    personal data like the frames themselves. If frames are encrypted, faces are left out unless --with-faces is given.
    """
    from analysis.report.content import report_content
    from analysis.report.html_page import render
    from analysis.report.methods import methods_text
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_file, put
    from analysis.tables.output_place import require_output_place
    from analysis.tables.output_sums import add_sums
    from analysis.tables.score_tables import choose_metrics, measure_data_set, session_tables
    from analysis.terminal import many, progress
    from experiment.record.encryption import use_private_key

    require_output_place(out, dataset=dataset, is_file=True)
    print_strays(dataset)
    use_private_key(key)
    metrics = choose_metrics(metric or ())
    face_model = chosen_model(model)
    file = out or derivatives(dataset) / "report.html"
    if out is not None:
        prepare_file(out)
    keep = landmark_folder(dataset, out and out.parent)
    sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep)
    print_dataset_warnings([session.record for session in sessions])
    shown = not any(session.record.is_encrypted for session in sessions) if faces is None else faces
    compared = (session_tables(session, metrics, face_model) for session in sessions)
    made = list(progress(compared, total=len(sessions), title="Comparing"))
    if methods:
        text = methods_text(made, metrics, face_model, dataset=dataset)
        typer.echo(text if out is None else f"methods: {put(out, text)}", nl=out is not None)
        return
    content = report_content(made, metrics, face_model, dataset=dataset, faces=shown)
    put(file, render(content))
    if out is None:
        add_sums(derivatives(dataset) / "tables", [file], owner="report")
        write_description(file.parent, dataset=dataset)
    typer.echo(f"report of {many(len(sessions), 'session')}, {file.stat().st_size / 1e6:.1f} MB: {file}")
    if shown:
        typer.echo("it shows faces: protect it as you protect the recordings, or use --without-faces")
