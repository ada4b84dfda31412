"""``training``: what a trainee has learnt, over all their sessions."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.options import (
    DataSet,
    Faces,
    Jobs,
    Model,
    OneMetric,
    PrivateKey,
    Scheduler,
    chosen_metric,
    chosen_model,
    finish_results,
    print_record_warnings,
    print_strays,
)


def training(
    dataset: DataSet,
    metric: OneMetric = None,
    model: Model = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/training.")
    ] = None,
    faces: Faces = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Draw the learning curves of trainees.

    They show the first, best and last frame of each target, and which movements came nearer to it.

    Writes a figure, a text and tables per trainee over all their sessions, and one summary with the change by group.
    Every kept frame is measured again as the tables measure it; trials without live feedback count as well.
    """
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.score_tables import measure_data_set
    from analysis.terminal import many, progress
    from analysis.training.learning import KINDS, trainees
    from analysis.training.training_files import write_summary, write_trainee
    from analysis.training.training_texts import headline
    from experiment.record.encryption import use_private_key
    from experiment.record.layout import recorded_sessions
    from experiment.record.live import read_live
    from experiment.record.sessions import read_sessions

    require_output_place(out, dataset=dataset)
    if out is not None:
        prepare_folder(out)
    print_strays(dataset)
    print_record_warnings(read_sessions(dataset))
    use_private_key(key)
    chosen = chosen_metric(metric)
    face_model = chosen_model(model)
    folder = out or derivatives(dataset) / "training"
    keep = landmark_folder(dataset, out)
    sessions = measure_data_set(dataset, face_model, jobs=jobs, scheduler=scheduler, keep=keep, kinds=KINDS)
    shown = not any(session.record.is_encrypted for session in sessions) if faces is None else faces
    live = {(place.participant, place.session): read_live(place) for place in recorded_sessions(dataset.absolute())}
    people = [one for one in trainees(sessions, live, chosen, model=face_model) if one.curves or one.exclusion_lines]
    written = (
        write_trainee(one, folder, metric=chosen, model=face_model, dataset=dataset, faces=shown) for one in people
    )
    files = list(progress(written, total=len(people), title="Drawing"))
    for one, (*_, figure) in zip(people, files, strict=True):
        typer.echo(f"sub-{one.participant}, {one.task}: {headline(one)}: {figure}")
        for line in one.exclusion_lines:
            typer.echo(f"  {line}")
    summary = write_summary(people, folder, metric=chosen)
    everything = [*chain.from_iterable(files), *(summary.with_suffix(end) for end in (".md", ".csv", ".json"))]
    finish_results(folder, everything, command="training", dataset=dataset)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    typer.echo(f"{many(len(people), 'trainee')}; summary: {summary}")
