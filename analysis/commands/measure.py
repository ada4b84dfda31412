"""``measure``: the faces of any films over time, and tables of other programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.options import Composites, Jobs, Model, Scheduler

if TYPE_CHECKING:
    from analysis.films.film_results import FilmResult
    from analysis.films.measured_films import FailedFilm, FilmOptions
    from analysis.films.trials import FilmTrial

_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*s?\s*")


class Columns(str, Enum):
    """Names and scales of the columns."""

    OURS = "ours"
    OPENFACE = "openface"


def measure(
    films: Annotated[list[Path] | None, typer.Argument(metavar="FILM...", help="Films of any program.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the results; required.")] = None,
    neutral: Annotated[
        Path | None,
        typer.Option(metavar="PICTURE", help="The face at rest; or a folder with a picture of the name of each film."),
    ] = None,
    neutral_time: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="FROM TO", help="Time of each film in which the face is at rest, in seconds, such as 0 2."
        ),
    ] = None,
    interval: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="FROM TO", help="Measure only this time of each film, in seconds, such as 10 20."),
    ] = None,
    trials: Annotated[
        Path | None,
        typer.Option(metavar="TABLE", help="CSV file with film, trial_id, onset_s, offset_s; writes their indices."),
    ] = None,
    columns: Annotated[
        Columns, typer.Option(help="Columns of the tables: of this program, or those of OpenFace.")
    ] = Columns.OURS,
    tables: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="TABLE", help="Convert a table of OpenFace, py-feat or LibreFace; repeatable."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(metavar="HZ", min=1.0, max=1000.0, help="Frames per second of tables without times.")
    ] = None,
    all_measures: Annotated[
        bool, typer.Option("--all-measures", help="Also write indices of movements whose indices cannot be trusted.")
    ] = False,
    composite: Composites = None,
    model: Model = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
) -> None:
    """Measure the faces of films frame by frame, or convert tables of other programs.

    Writes a table for each film: the strength of every facial movement in each frame, head pose, and why a frame is not
    used. Strengths are the change from the face at rest, which --neutral or --neutral-time gives; otherwise it is
    searched for, and the output says so. A film that was measured before is measured again only if something changed.
    """
    from analysis.courses.composite_option import parse_composites
    from analysis.films.film_results import ResultOptions
    from analysis.films.measured_films import FilmOptions
    from analysis.films.trials import read_trials
    from analysis.tables.output_files import prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.parallel import require_jobs

    sources = _sources(films, tables)
    if out is None:
        raise typer.BadParameter("give a folder for the results", param_hint="--out")
    if tables and (neutral or neutral_time or interval):
        raise typer.BadParameter("a table has no pictures; leave out --neutral and --interval", param_hint="--from")
    if neutral and neutral_time:
        raise typer.BadParameter("give --neutral or --neutral-time, not both", param_hint="--neutral")
    if films and rate is not None:
        raise typer.BadParameter("films have the times of their frames", param_hint="--rate")
    if composite and trials is None:
        raise typer.BadParameter("a composite has indices of trials; give --trials", param_hint="--composite")
    composites = parse_composites(composite or [])
    options = FilmOptions(
        neutral,
        _seconds(neutral_time, "--neutral-time"),
        _seconds(interval, "--interval"),
        ResultOptions(columns.value, all_measures=all_measures, composites=composites),
    )
    require_jobs(jobs)
    require_output_place(out, dataset=None)
    chosen = read_trials(trials, sources) if trials is not None else []
    prepare_folder(out)
    if tables:
        _convert(tables, options, out=out, rate=rate, trials=chosen, model=model)
        return
    failed = list(_measure(sources, options, out=out, trials=chosen, model=model, workers=(jobs, scheduler)))
    if failed:
        raise typer.Exit(1)


def _sources(films: list[Path] | None, tables: list[Path] | None) -> list[Path]:
    if bool(films) == bool(tables):
        raise typer.BadParameter("name films, or tables with --from", param_hint="FILM...")
    return films or tables or []


def _seconds(texts: tuple[str, str] | None, option: str) -> tuple[float, float] | None:
    """Return the begin and end of an interval such as ``0 2`` or ``1.5s 3s``."""
    if texts is None:
        return None
    begin, end = (_SECONDS.fullmatch(text) for text in texts)
    if begin is None or end is None or float(begin[1]) >= float(end[1]):
        raise typer.BadParameter(
            f"{' '.join(texts)!r}: give begin and end in seconds, such as 0 2 or 1.5 3", param_hint=option
        )
    return float(begin[1]), float(end[1])


def _measure(
    films: Sequence[Path],
    options: FilmOptions,
    *,
    out: Path,
    trials: Sequence[FilmTrial],
    model: str | None,
    workers: tuple[int, str | None],
) -> Iterator[FailedFilm]:
    """Measure films and print their results; yield those that failed."""
    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.films.measured_films import FailedFilm, measure_films, plan_films

    name = model or DEFAULT_MODEL
    planned = plan_films(films, options, folder=out, model=load_model(name), trials=trials)
    jobs, scheduler = workers
    for result in measure_films(planned, options, folder=out, model_name=name, jobs=jobs, scheduler=scheduler):
        if isinstance(result, FailedFilm):
            typer.echo(f"error: {result.path}: {result.message}", err=True)
            yield result
        else:
            _print(result, out)


def _convert(
    tables: Sequence[Path],
    options: FilmOptions,
    *,
    out: Path,
    rate: float | None,
    trials: Sequence[FilmTrial],
    model: str | None,
) -> None:
    from analysis.face.models.registry import DEFAULT_MODEL
    from analysis.films.converted_tables import convert_tables

    name = model or DEFAULT_MODEL
    for result in convert_tables(
        tables, folder=out, options=options.results, rate_hz=rate, model_name=name, trials=trials
    ):
        _print(result, out)


def _print(result: FilmResult, out: Path) -> None:
    done = "" if result.is_new else ", unchanged, not measured again"
    typer.echo(
        f"{out / result.files[0].name}: {result.used} of {result.frames} frames used, face at rest: "
        f"{result.neutral}{done}"
    )
    for note in result.notes:
        typer.echo(f"warning: {result.stem}: {note}", err=True)
