"""``export``: coefficients, landmarks and fitted faces for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from analysis.commands.options import (
    DataSet,
    Jobs,
    Model,
    PrivateKey,
    Scheduler,
    chosen_model,
    finish_results,
    print_record_warnings,
    print_strays,
    require_word,
)

if TYPE_CHECKING:
    from analysis.group.export_files import What
    from analysis.tables.mesh_files import MeshFormat, Shape


def export(
    dataset: DataSet,
    what: Annotated[
        list[str] | None,
        typer.Option(metavar="coefficients|landmarks|meshes", help="What to write; repeatable. Default: everything."),
    ] = None,
    mesh_format: Annotated[str, typer.Option(metavar="ply|obj", help="Format of the meshes.")] = "ply",
    shape: Annotated[
        str | None,
        typer.Option(
            metavar="own|mean",
            help="Meshes with the person's own face, or the expression on the mean face of the model. Default: own, "
            "unless frames are encrypted.",
        ),
    ] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write the tables as Parquet files as well.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/export.")
    ] = None,
    model: Model = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Write coefficients, landmarks and fitted faces for other programs.

    Coefficients and landmarks are tables of all pictures, each with a data dictionary. Fitted faces are meshes in
    millimetres. With the person's own face they are personal data.
    """
    from analysis.group.export_files import PARTS, SessionExporter, write_export_tables
    from analysis.group.study_files import require_parquet
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.mesh_files import MESH_FORMATS, SHAPES
    from analysis.tables.output_files import derivatives, landmark_folder, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.parallel import Workers
    from analysis.tables.session_stream import each_session
    from analysis.terminal import many
    from experiment.record.encryption import use_private_key
    from experiment.record.sessions import read_sessions

    parts = tuple(dict.fromkeys(what or PARTS))
    for part in parts:
        require_word("--what", part, PARTS)
    require_word("--mesh-format", mesh_format, MESH_FORMATS)
    if shape is not None:
        require_word("--shape", shape, SHAPES)
    if parquet:
        require_parquet()
    require_output_place(out, dataset=dataset)
    print_strays(dataset)
    use_private_key(key)
    records = read_sessions(dataset)
    print_record_warnings(records)
    chosen_shape = shape or ("mean" if any(record.is_encrypted for record in records) else "own")
    folder = out or derivatives(dataset) / "export"
    prepare_folder(folder)
    chosen_parts = cast("tuple[What, ...]", parts)
    exporter = SessionExporter(
        chosen_model(model),
        folder,
        dataset,
        frozenset(chosen_parts),
        cast("MeshFormat", mesh_format),
        cast("Shape", chosen_shape),
    )
    keep = landmark_folder(dataset, out)
    made = list(each_session(dataset, exporter.model, exporter, keep=keep, workers=Workers(jobs, scheduler)))
    files = [file for one in made for file in one.files]
    rows = [row for one in made for row in one.rows]
    tables = write_export_tables(rows, folder, parts=chosen_parts, parquet=parquet)
    finish_results(folder, [*files, *tables], command="export", dataset=dataset)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    typer.echo(f"{many(len(made), 'session')}, {many(len(files), 'fitted face')}: {folder}")
    if files and chosen_shape == "own":
        typer.echo("the meshes have the shapes of people's faces: protect them as you protect the recordings")
