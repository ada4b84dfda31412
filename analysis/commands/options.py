"""Options that several commands share, and what they select."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from analysis.face.models.model import FaceModel
    from analysis.face.similarity.metrics import Metric
    from analysis.figure_style import FigureFormat
    from experiment.record.session_record import SessionRecord

_METRICS = (
    "combined, appearance, units, emotions, blend, displacement, points or eos; pooled is combined for "
    "photographs; all but eos also pooled, such as units-pooled (see docs/similarity.md)"
)
_MODEL = "Face model; `models` lists them."

DataSet = Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of the data set.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help=f"Metric: {_METRICS}; repeat the option for several. Default: combined, and points as published.",
    ),
]
GroupMetrics = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help=f"Metric: {_METRICS}; repeat the option for several. Default: combined."),
]
OneMetric = Annotated[str | None, typer.Option(metavar="NAME", help=f"Metric: {_METRICS}. Default: combined.")]
Model = Annotated[str | None, typer.Option(metavar="NAME", help=_MODEL)]
Jobs = Annotated[int, typer.Option(metavar="N", help="Number of processes; -1: one per core.")]
Composites = Annotated[
    list[str] | None,
    typer.Option(
        "--composite",
        metavar="NAME=SUM",
        help="A further measure: a sum of movements, such as smirk=mouthSmileLeft-0.5*mouthSmileRight; repeatable.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Address of a Dask scheduler whose workers have the same folders."),
]
Retakes = Annotated[
    bool,
    typer.Option(
        "--retakes",
        help="Also measure camera frames next to each imitation; their scatter makes intervals wider. Takes longer.",
    ),
]
FigureColumns = Annotated[
    int, typer.Option("--columns", metavar="N", min=1, max=2, help="Width: 1 column (85 mm) or 2 columns (178 mm).")
]
FigureFormats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="pdf|svg|png", help="Format; repeatable. Default: pdf. PNG has 300 dpi."),
]
FigureFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/figures."),
]


def chosen_formats(given: Sequence[str] | None) -> tuple[FigureFormat, ...]:
    """Return the formats of figures without repetitions; refuse unknown ones."""
    from analysis.figure_style import FORMATS

    formats = tuple(dict.fromkeys(given or ["pdf"]))
    for name in formats:
        require_word("--format", name, FORMATS)
    return cast("tuple[FigureFormat, ...]", formats)


def require_word(option: str, given: str, known: Collection[str]) -> None:
    """Refuse a value of an option that is not one of the known ones.

    Parameters
    ----------
    option : str
        Name of the option.
    given : str
        Its value.
    known : collection of str
        The values it may have.

    Raises
    ------
    typer.BadParameter
        If it has another value.
    """
    if given not in known:
        raise typer.BadParameter(f"{option}: {given} is none of {', '.join(known)}")


def chosen_session(
    records: Sequence[SessionRecord], participant: str | None, session: str | None, *, what: str = ""
) -> SessionRecord:
    """Return the one session that --participant and --session name.

    Parameters
    ----------
    records : sequence of SessionRecord
        The sessions to choose from.
    participant, session : str, optional
        Labels with or without ``sub-`` and ``ses-``.
    what : str
        What these sessions have, for messages: ``courses``.

    Raises
    ------
    DataSetError
        If there is none, or several.
    """
    from analysis.errors import DataSetError

    wanted = participant and participant.removeprefix("sub-")
    found = [
        record
        for record in records
        if wanted in (None, record.participant) and (session is None or session.removeprefix("ses-") == record.session)
    ]
    names = ", ".join(record.label for record in found or records)
    having = f" with {what}" if what else ""
    if not found:
        raise DataSetError(f"there is no such session{having}; there is {names or 'none'}")
    if len(found) > 1:
        raise DataSetError(f"there are several sessions{having} ({names}); choose with --participant and --session")
    return found[0]


def chosen_model(name: str | None) -> FaceModel:
    """Load the face model of this name, or the default one."""
    from analysis.face.models.registry import DEFAULT_MODEL, load_model

    return load_model(name or DEFAULT_MODEL)


def chosen_metric(name: str | None) -> Metric:
    """Return the metric of this name, or the default one."""
    from analysis.face.similarity.metrics import DEFAULT_METRIC, metric

    return metric(name or DEFAULT_METRIC)


def print_strays(dataset: Path) -> list[str]:
    """Print and return a warning for every copy and renamed folder in a data set."""
    from experiment.record.checks.strays import find_strays

    messages = [stray.message for stray in find_strays(dataset)]
    for message in messages:
        typer.echo(f"warning: {message}", err=True)
    return messages


def print_dataset_warnings(sessions: Sequence[SessionRecord]) -> list[str]:
    """Print and return the warnings about a whole data set."""
    from experiment.record.sessions import dataset_warnings

    warnings = dataset_warnings(sessions)
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    return warnings


def print_record_warnings(sessions: Sequence[SessionRecord]) -> None:
    """Print the warnings of every session and of the data set."""
    for session in sessions:
        for warning in session.warnings:
            typer.echo(f"warning: {session.label}: {warning}", err=True)
    print_dataset_warnings(sessions)


def finish_results(
    folder: Path, written: Sequence[Path], *, command: str, dataset: Path, earlier: Iterable[Path] = ()
) -> None:
    """List the results of a command; delete those of its earlier runs.

    Prints a warning for each file that is kept because it was changed.

    Parameters
    ----------
    folder : Path
        The folder of the results.
    written : sequence of Path
        Every file of this run.
    command : str
        Name of the command.
    dataset : Path
        Folder of the data set. Results of other commands and data sets in the folder stay.
    earlier : iterable of Path
        More files of an earlier run, which may be missing from the list.
    """
    from analysis.tables.output_sums import finish_outputs, owner_of
    from experiment.record.files import remove_partial_files
    from experiment.record.results_elsewhere import note_results

    note_results(dataset, folder)
    remove_partial_files(folder)  # of a run that was killed
    owner = owner_of(command, dataset, folder)
    for changed in finish_outputs(folder, written, owner=owner, earlier=earlier):
        typer.echo(f"warning: {changed} is of an earlier run and was changed since; move it or delete it", err=True)


def finish_figures(
    folder: Path, files: Sequence[Path], *, command: str, dataset: Path, shows_faces: bool = False
) -> None:
    """List the files of figures as `finish_results` does, and print them.

    Parameters
    ----------
    folder : Path
        The folder of the figures.
    files : sequence of Path
        Every file of this run.
    command : str
        Name of the command with what it drew.
    dataset : Path
        Folder of the data set.
    shows_faces : bool
        Whether a figure has pictures of people.
    """
    finish_results(folder, files, command=command, dataset=dataset)
    for file in files:
        typer.echo(str(file))
    if shows_faces:
        typer.echo("the figure shows faces: publish it only if these people agreed to it")


PrivateKey = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Private key of encrypted frames; default: the file named by the environment variable MIMICRY_KEY.",
    ),
]
Faces = Annotated[
    bool | None,
    typer.Option(
        "--with-faces/--without-faces",
        show_default=False,
        help="Show pictures of people and the shape of their faces, or leave them out. Default: shown, unless frames "
        "are encrypted.",
    ),
]
