"""``group``: long tables and statistics of all sessions of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.options import (
    DataSet,
    GroupMetrics,
    Jobs,
    Model,
    PrivateKey,
    Retakes,
    Scheduler,
    chosen_model,
    finish_results,
    print_dataset_warnings,
    print_strays,
)


def group(
    dataset: DataSet,
    metric: GroupMetrics = None,
    model: Model = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/group.")
    ] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write the long tables as Parquet files as well.")] = False,
    retakes: Retakes = False,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Analyse all sessions of a data set together.

    Writes long tables of all trials and scores with data dictionaries, mean tables of every condition, group and
    session, and all statistics as CSV, JSON, Markdown and LaTeX; also an R script and a Python notebook that compute
    the statistics again. Prints a short summary and the place of the files.
    """
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from analysis.group.analyse import analyse
    from analysis.group.long_table import KINDS, RowMaker, study_frames
    from analysis.group.reproduction_files import write_reproduction
    from analysis.group.result_files import summary_lines, write_statistics
    from analysis.group.study_files import FOLDER, require_parquet, write_frames
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.movement_files import study_movement_tables
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.parallel import Workers
    from analysis.tables.retakes import WithRetakes
    from analysis.tables.score_tables import choose_metrics
    from analysis.tables.session_stream import each_session
    from analysis.terminal import many
    from experiment.record.encryption import use_private_key

    require_output_place(out, dataset=dataset)
    if parquet:
        require_parquet()
    strays = print_strays(dataset)
    use_private_key(key)
    metrics = choose_metrics(metric or (DEFAULT_METRIC,))
    face_model = chosen_model(model)
    folder = out or derivatives(dataset) / FOLDER
    if out is not None:
        prepare_folder(out)
    keep = landmark_folder(dataset, out)
    maker, workers = RowMaker(metrics, face_model), Workers(jobs, scheduler)
    use = WithRetakes(face_model, keep or derivatives(dataset), maker) if retakes else maker
    sessions = list(each_session(dataset, face_model, use, kinds=KINDS, keep=keep, workers=workers))
    warnings = [*strays, *print_dataset_warnings([session.record for session in sessions])]
    frames = study_frames(sessions)
    warnings += frames.warnings
    for warning in frames.warnings:
        typer.echo(f"warning: {warning}", err=True)
    written = write_frames(frames, folder, parquet=parquet)
    requested = [row for session in sessions for row in session.requested]
    strengths = [row for session in sessions for row in session.strengths]
    written += study_movement_tables(requested, strengths, folder)
    found = analyse(frames)
    written += write_statistics(found, folder, sessions=[one.record.label for one in sessions], warnings=warnings)
    written += write_reproduction(folder)
    finish_results(folder, written, command="group", dataset=dataset)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    for line in summary_lines(found):
        typer.echo(line)
    people, files = many(len(frames.participants), "participant"), many(len(written), "file")
    typer.echo(f"{people}, {many(len(sessions), 'session')}; {files} in {folder}")
