"""Command-line options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CAMERA_HELP = "Device number, video file, folder of pictures, or `simulated`."

ProtocolFile = Annotated[Path, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML).")]
DataSet = Annotated[Path, typer.Option("--dataset", metavar="DIR", help="Folder of the data set.")]
Participant = Annotated[str, typer.Option("--participant", metavar="ID", help="Id of the participant, for example 01.")]
SessionLabel = Annotated[
    str | None, typer.Option("--session", metavar="LABEL", help="Label of the session: letters and digits.")
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="INTEGER", help="Random seed (default: the protocol's).")]
Language = Annotated[
    str | None,
    typer.Option("--language", metavar="TAG", help="Language of the texts, for example en (default: the protocol's)."),
]
Windowed = Annotated[bool, typer.Option("--windowed", help="A window instead of the full screen.")]
