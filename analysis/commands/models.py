"""``models``: which face models are installed.

``models import KIND PATH`` adds one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="List the face models that are installed, or add one.", invoke_without_command=True, no_args_is_help=False
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@app.callback()
def models(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the face models that are installed.

    --model NAME selects one in every other command.
    """
    if context.invoked_subcommand is not None:
        return
    from analysis.face.errors import FaceModelError
    from analysis.face.models.registry import DEFAULT_MODEL, installed, load_model
    from analysis.paths import ANALYSIS_PROGRAM

    rows: list[dict[str, Any]] = []
    for name, file in installed().items():
        try:
            model = load_model(name)
        except FaceModelError as error:
            rows.append({"name": name, "file": str(file), "damaged": str(error)})
            continue
        rows.append(
            {
                "name": name,
                "default": name == DEFAULT_MODEL,
                "vertices": len(model.mean),
                "identities": len(model.identity),
                "bases": {basis: list(model.bases[basis].names) for basis in sorted(model.bases)},
                "landmarks": int((model.landmark_vertices >= 0).sum()),
                "licence": model.licence,
                "source": model.source,
                "file": str(file),
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(_paragraph(row))
    typer.echo(f"Add one with: {ANALYSIS_PROGRAM} models import KIND PATH (see --help)")


def _paragraph(row: dict[str, Any]) -> str:
    if "damaged" in row:
        return f"{row['name']}\n  damaged: {row['damaged']}\n"
    shapes = ", ".join(f"{len(names)} {basis}" for basis, names in row["bases"].items())
    default = "  (default)" if row["default"] else ""
    return (
        f"{row['name']}{default}\n"
        f"  {row['vertices']} vertices, {row['identities']} identity components, {shapes}, "
        f"{row['landmarks']} of 68 landmarks\n"
        f"  licence  {_first_line(row['licence'])}\n  source   {_first_line(row['source'])}\n  file     {row['file']}\n"
    )


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["not said"])[0]


@app.command("import")
def import_model(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="surrey, ict, basel, flame or npz.")],
    path: Annotated[Path, typer.Argument(help="The model's file or folder; which one, see the documentation.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the installed model; default: KIND.")
    ] = None,
    landmarks: Annotated[
        Path | None,
        typer.Option(
            help='Which vertex is which of the 68 landmarks: lines "31 = 114  # nose tip"; Basel and FLAME need it.'
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an installed model of that name.")] = False,
) -> None:
    """Read a face model and install it, so that --model NAME finds it.

    The file goes to the folder that $MIMICRY_MODELS names. If that is not set, it goes to data/models of a checkout, or
    to the user's data folder if the program was installed.
    """
    from analysis.face.errors import FaceModelError
    from analysis.face.models.readers.kinds import read_model
    from analysis.face.models.readers.npz import write_npz
    from analysis.face.models.registry import DEFAULT_MODEL, folders, installed
    from experiment.record.files import remedy

    chosen = name or kind
    if not _NAME.fullmatch(chosen):
        raise FaceModelError(f'"{chosen}" cannot be a name; use letters, digits, - and _, and begin with a letter')
    if chosen == DEFAULT_MODEL:
        raise FaceModelError(f'"{chosen}" is the model that ships with the project; choose another --name')
    if chosen in installed() and not replace:
        raise FaceModelError(f'a model called "{chosen}" is installed already; choose another --name, or add --replace')
    model = read_model(kind, path, name=chosen, landmarks=landmarks)
    file = folders()[0] / f"{chosen}.npz"
    try:
        write_npz(model, file)
    except OSError as error:
        raise FaceModelError(f"the model cannot be written to {file}: {remedy(error, new=True)}") from error
    shapes = ", ".join(f"{len(basis.names)} {label}" for label, basis in sorted(model.bases.items()))
    typer.echo(f"installed {chosen}: {len(model.mean)} vertices, {len(model.identity)} identities, {shapes}")
    typer.echo(f"  licence: {_first_line(model.licence)}; its terms go with every copy of the file")
    typer.echo(f"  file: {file}")
    typer.echo(f"use it with --model {chosen}")
