"""``report``: HTML pages about a whole data set."""

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
    Retakes,
    Scheduler,
    chosen_model,
    finish_results,
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
    retakes: Retakes = False,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Write the report of a data set as HTML.

    It has statistics of all participants and, for each participant, tables, frames and targets, differences, timing,
    exclusions and provenance. The report of a small study is one file. The participants of a larger study have pages of
    their own in a folder next to it, called report_files.

    The pages load nothing from elsewhere, so they can be archived or sent. With faces in them, they are personal data
    like the frames themselves. If frames are encrypted, faces are left out unless --with-faces is given.
    """
    from analysis.report.content import factors_of, report_facts
    from analysis.report.methods import methods_text
    from analysis.report.report_files import write_report
    from analysis.report.session_renderer import SessionRenderer
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_file, put
    from analysis.tables.output_place import require_output_place
    from analysis.tables.output_sums import add_sums, remove_empty_list
    from analysis.tables.parallel import Workers
    from analysis.tables.retakes import WithRetakes
    from analysis.tables.score_tables import choose_metrics, measure_data_set, session_tables
    from analysis.tables.session_stream import each_session
    from analysis.terminal import many
    from experiment.record.encryption import use_private_key
    from experiment.record.results_elsewhere import note_results
    from experiment.record.sessions import read_sessions

    require_output_place(out, dataset=dataset, is_file=True)
    print_strays(dataset)
    use_private_key(key)
    metrics = choose_metrics(metric or ())
    face_model = chosen_model(model)
    file = out or derivatives(dataset) / "report.html"
    if out is not None:
        prepare_file(out)
    keep = landmark_folder(dataset, out and out.parent)
    records = read_sessions(dataset)
    print_dataset_warnings(records)
    if methods:
        sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep)
        made = [session_tables(session, metrics, face_model) for session in sessions]
        text = methods_text(made, metrics, face_model, dataset=dataset)
        typer.echo(text if out is None else f"methods: {put(out, text)}", nl=out is not None)
        return
    shown = not any(record.is_encrypted for record in records) if faces is None else faces
    facts = report_facts(metrics, face_model, dataset=dataset, faces=shown)
    renderer = SessionRenderer(metrics, face_model, dataset, facts, factors_of(records))
    use = WithRetakes(face_model, keep or derivatives(dataset), renderer) if retakes else renderer
    rendered = each_session(dataset, face_model, use, keep=keep, workers=Workers(jobs, scheduler))
    note_results(dataset, file)
    written = write_report(rendered, records, renderer, file)
    if written.pages or written.folder.is_dir():
        finish_results(written.folder, written.pages, command="report", dataset=dataset)
        remove_empty_list(written.folder)
    if out is None:
        add_sums(derivatives(dataset) / "tables", [file], owner="report")
        write_description(file.parent, dataset=dataset)
    size = sum(path.stat().st_size for path in (file, *written.pages)) / 1e6
    more = f", and {many(len(written.pages), 'page')} in {written.folder}" if written.pages else ""
    typer.echo(f"report of {many(len(records), 'session')}, {size:.1f} MB: {file}{more}")
    if shown:
        typer.echo("it shows faces: protect it as you protect the recordings, or use --without-faces")
