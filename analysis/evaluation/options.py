"""Options that the evaluations share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.face.errors import AnalysisError
from analysis.paths import PROJECT
from experiment.record.errors import RecordError

if TYPE_CHECKING:
    from analysis.face.synthetic.generators import Generator

CACHE = PROJECT / "out" / "evaluation"
EXPECTED = (AnalysisError, RecordError)
"""Errors whose messages are for the user."""

Ict = Annotated[
    Path | None, typer.Option(help="ICT-FaceKit, a folder of OBJ files or an .npz: people of another face model.")
]
London = Annotated[Path | None, typer.Option(help="Face Research Lab London Set: NNN_neutral.jpg and NNN_smiling.jpg.")]
Cache = Annotated[Path, typer.Option(help="Folder of pictures and landmarks kept between runs.")]
Jobs = Annotated[int, typer.Option(help="Processes; -1: one per core.")]


def drawn_models(ict: Path | None, *, model: str | None = None) -> list[Generator]:
    """Return the face models of drawn people: one that is installed, and ICT-FaceKit.

    Parameters
    ----------
    ict : Path, optional
        ICT-FaceKit; without it, that in $MIMICRY_SHARED, or none.
    model : str, optional
        The installed model; without it, the default.
    """
    from analysis.face.models.registry import DEFAULT_MODEL
    from analysis.face.synthetic.generators import Generator, ict_generator

    folder = ict or _shared_folder("models/ict-facekit")
    return [Generator(model or DEFAULT_MODEL), *([] if folder is None else [ict_generator(folder)])]


def london_photographs(given: Path | None) -> Path | None:
    """Return the given folder, that in $MIMICRY_SHARED, or none."""
    return given or _shared_folder("faces/london")


def _shared_folder(relative: str) -> Path | None:
    folder = os.environ.get("MIMICRY_SHARED")
    return Path(folder) / relative if folder and (Path(folder) / relative).exists() else None
