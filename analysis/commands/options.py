"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataSet = Annotated[Path, typer.Argument(help="The folder of the data set.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(help="How to compare two faces; may be given again. Default: combined (ours) and points (published)."),
]
Model = Annotated[str | None, typer.Option(help="The face model, see: python -m analysis models.")]
Jobs = Annotated[int, typer.Option(help="Processes that look for faces at once; -1 for one a core.")]
Scheduler = Annotated[str | None, typer.Option(help="Address of a Dask scheduler whose workers see the same folders.")]
