"""``training``: what a trainee has learnt, over all their sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def training(
    dataset: Annotated[Path, typer.Argument(help="The folder of the data set.")],
    metric: Annotated[str | None, typer.Option(help="How to compare two faces; default: ours.")] = None,
    model: Annotated[str | None, typer.Option(help="The face model, see: python -m analysis models.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where it goes; default: DATASET/derivatives/mimicry/training.")
    ] = None,
    without_faces: Annotated[
        bool, typer.Option("--without-faces", help="Leave out every picture of a trainee.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Processes that look for faces at once; -1 for one a core.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers see the same folders.")
    ] = None,
) -> None:
    """Learning curves after training: first, best and last frame of each target, and what came nearer.

    Writes a figure, a text and tables per trainee over all their sessions, and one summary with the change by group.
    Every kept frame is measured anew as the tables measure it; trials without live feedback count as well.
    """
    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from analysis.face.similarity.metrics import metric as metric_of
    from analysis.tables.build import derivatives, measure_data_set, writable
    from analysis.tables.output_files import prepare_folder
    from analysis.tables.outputs import write_description
    from analysis.terminal import many, progress
    from analysis.training.learning import KINDS, trainees
    from analysis.training.training_files import headline, write_summary, write_trainee
    from experiment.record.layout import recorded_sessions
    from experiment.record.live import read_live

    chosen = metric_of(metric or DEFAULT_METRIC)
    face_model = load_model(model or DEFAULT_MODEL)
    top = derivatives(dataset)
    folder = out or top / "training"
    if out is not None:
        prepare_folder(out)
    keep = top if out is None or writable(top) else out / "landmarks"
    sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep, kinds=KINDS)
    live = {(place.participant, place.session): read_live(place) for place in recorded_sessions(dataset.absolute())}
    people = [one for one in trainees(sessions, live, chosen, face_model) if one.curves or one.exclusions]
    written = (
        write_trainee(one, folder, metric=chosen, model=face_model, dataset=dataset, faces=not without_faces)
        for one in people
    )
    figures = list(progress(written, total=len(people), title="Drawing"))
    for one, figure in zip(people, figures, strict=True):
        typer.echo(f"sub-{one.participant}, {one.task}: {headline(one)}: {figure}")
        for session, gone in one.exclusions:
            typer.echo(f"  {session.label}: excluded: {gone.what} ({gone.reason}): {gone.message}")
    summary = write_summary(people, folder, metric=chosen)
    if out is None:
        write_description(top, dataset=dataset)
    typer.echo(f"{many(len(people), 'trainee')}; to read: {summary}")
