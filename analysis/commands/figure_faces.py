"""``figure faces``: target and imitation of a trial as pictures and points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from analysis.commands.options import (
    DataSet,
    FigureColumns,
    FigureFolder,
    FigureFormats,
    Model,
    PrivateKey,
    chosen_formats,
    chosen_model,
    chosen_session,
    finish_figures,
    print_record_warnings,
    print_strays,
    require_word,
)

if TYPE_CHECKING:
    from analysis.figures.comparison_figure import Distance


def faces(
    dataset: DataSet,
    trial: Annotated[str, typer.Option(metavar="ID", help="The trial.")],
    participant: Annotated[str | None, typer.Option(metavar="ID", help="Participant of the trial.")] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Session of the trial.")] = None,
    distance: Annotated[
        str,
        typer.Option(
            metavar="points|movement",
            help="What the colours show: distance of the faces' points, as published, or only of their movements.",
        ),
    ] = "points",
    columns: FigureColumns = 2,
    file_format: FigureFormats = None,
    pictures: Annotated[
        bool,
        typer.Option(
            "--with-faces/--without-faces",
            help="Show the pictures of target and participant. Show only people who agreed to their publication.",
        ),
    ] = False,
    out: FigureFolder = None,
    model: Model = None,
    key: PrivateKey = None,
) -> None:
    """Draw target and imitation of a trial, and the distances of their points.

    The published figure: both fitted faces as point clouds, coloured from low to high distance. A text file has the
    caption.
    """
    from analysis.figures.comparison_figure import DISTANCES, compare_points, comparison_caption, draw_comparison
    from analysis.figures.one_trial import measure_trial
    from analysis.tables.captioned_figure import put_figure
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.table_text import bids_label, file_stem
    from experiment.record.encryption import use_private_key
    from experiment.record.sessions import read_sessions

    require_word("--distance", distance, DISTANCES)
    formats = chosen_formats(file_format)
    require_output_place(out, dataset=dataset)
    print_strays(dataset)
    use_private_key(key)
    records = read_sessions(dataset)
    record = chosen_session(records, participant, session)
    print_record_warnings([record])
    folder = out or derivatives(dataset) / "figures"
    prepare_folder(folder)
    face_model = chosen_model(model)
    found = measure_trial(record, trial, face_model, keep=landmark_folder(dataset, out))
    compared = compare_points(found.target, found.mimic, face_model, distance=cast("Distance", distance))
    drawn = draw_comparison(compared, columns=columns, with_faces=pictures)
    what = f"{found.session.title}, trial {trial}, target {found.target_name}"
    stem = f"{file_stem(record.participant, record.session, record.task)}_trial-{bids_label(trial)}_faces-{distance}"
    files = put_figure(drawn, comparison_caption(compared, what=what), folder / stem, formats)
    command = f"figure faces {record.label} {trial} {distance}"
    finish_figures(folder, files, command=command, dataset=dataset, shows_faces=pictures)
