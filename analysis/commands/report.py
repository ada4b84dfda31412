"""``report``: one self-contained HTML file about a whole data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    dataset: Annotated[Path, typer.Argument(help="The folder of the data set.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; default: DATASET/derivatives/mimicry/report.html.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="How to compare two faces; may be given again. Default: combined (ours) and points (published)."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The face model, see: python -m analysis models.")] = None,
    without_faces: Annotated[
        bool, typer.Option("--without-faces", help="Leave out every picture of a person and the shape of their faces.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Processes that look for faces at once; -1 for one a core.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers see the same folders.")
    ] = None,
) -> None:
    """Write the report: tables, frames beside targets, where they differ, timing, what was left out, provenance.

    The file needs nothing else and fetches nothing, so it can be archived or sent; with faces in it, it is personal
    data like the frames themselves.
    """
    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.report.content import report_content
    from analysis.report.html_page import render
    from analysis.tables.build import derivatives, measure_data_set, metrics_of, session_tables, writable
    from analysis.tables.output_files import prepare_file, put
    from analysis.tables.outputs import write_description
    from analysis.terminal import many, progress

    metrics = metrics_of(metric or ())
    face_model = load_model(model or DEFAULT_MODEL)
    top = derivatives(dataset)
    file = out or top / "report.html"
    if out is not None:
        prepare_file(out)
    keep = top if out is None or writable(top) else file.parent / "landmarks"
    sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep)
    compared = (session_tables(session, metrics, face_model) for session in sessions)
    made = list(progress(compared, total=len(sessions), title="Comparing"))
    content = report_content(made, metrics, face_model, dataset=dataset, faces=not without_faces)
    put(file, render(content))
    if out is None:
        write_description(top, dataset=dataset)
    faces = "without faces" if without_faces else "with faces: keep it like the recordings"
    typer.echo(f"{many(len(sessions), 'session')}, {file.stat().st_size / 1e6:.1f} MB, {faces}: {file}")
