"""``figure``: figures for publications."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from analysis.commands.figure_faces import faces
from analysis.commands.figure_scores import learning, scores, tables
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
    from analysis.courses.figures.figure_files import FigureOptions
    from experiment.record.session_record import SessionRecord

app = typer.Typer(help="Draw figures for publications.", no_args_is_help=True)


@app.callback()
def figure() -> None:
    """Draw figures for publications."""


app.command()(faces)
app.command()(scores)
app.command()(learning)
app.command()(tables)


@app.command()
def courses(
    dataset: DataSet,
    trial: Annotated[
        str | None, typer.Option(metavar="ID", help="Draw one trial; default: conditions and all trials.")
    ] = None,
    participant: Annotated[str | None, typer.Option(metavar="ID", help="Participant of --trial.")] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Session of --trial.")] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Measure: a unit, both sides of a unit (mouthSmile), emotion_NAME, contrast or another "
            "composite, or similarity; repeatable. Default: mouthSmile and browDown.",
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What a condition is: target, expression, a condition of the protocol or a group of participants.",
        ),
    ] = "target",
    order: Annotated[
        str, typer.Option(metavar="participant|onset", help="How the rows of all trials are sorted.")
    ] = "participant",
    columns: FigureColumns = 2,
    file_format: FigureFormats = None,
    faces: Annotated[
        bool,
        typer.Option(
            "--with-faces/--without-faces",
            help="Show target and participant at onset, peak and end of --trial. Show only people who agreed to their "
            "publication.",
        ),
    ] = False,
    out: FigureFolder = None,
    model: Model = None,
    key: PrivateKey = None,
) -> None:
    """Draw faces over time: one trial, mean courses of conditions, and all trials.

    Draws what the command `courses` has measured. Each figure has a text file with its caption. Figures that an
    earlier run drew of the same trial, or of all trials, with other options are deleted.
    """
    from analysis.courses.figures.course_reading import DEFAULT_MEASURES, measured_sessions
    from analysis.courses.figures.figure_files import FigureOptions
    from analysis.errors import DataSetError
    from analysis.tables.output_files import derivatives, prepare_folder
    from analysis.tables.output_place import require_output_place
    from experiment.record.encryption import use_private_key
    from experiment.record.sessions import read_sessions

    formats = chosen_formats(file_format)
    require_word("--order", order, ("participant", "onset"))
    if trial is None and (participant or session or faces):
        raise typer.BadParameter("--participant, --session and --with-faces need --trial")
    require_output_place(out, dataset=dataset)
    print_strays(dataset)
    use_private_key(key)
    records = read_sessions(dataset)
    print_record_warnings(records)
    source = derivatives(dataset) / "courses"
    measured = measured_sessions(records, source)
    if not measured:
        raise DataSetError(f"{source} has no courses that may be used; run `courses {dataset}` first")
    folder = out or derivatives(dataset) / "figures"
    prepare_folder(folder)
    measures = tuple(dict.fromkeys(measure or DEFAULT_MEASURES))
    options = FigureOptions(measures, formats, columns, by, cast("Any", order), faces)
    if trial is None:
        command = "figure courses"
        files = _group(measured, source, folder, options, model)
    else:
        record = chosen_session(measured, participant, session, what="courses")
        command = f"figure courses {record.label} {trial}"
        files = _one_trial(record, trial, dataset, folder, options, model)
    finish_figures(folder, files, command=command, dataset=dataset, shows_faces=faces)


def _group(
    measured: list[SessionRecord], source: Path, folder: Path, options: FigureOptions, model: str | None
) -> list[Path]:
    from analysis.courses.figures.figure_files import figures_of, write_group_figures
    from analysis.courses.figures.group_data import read_group
    from analysis.errors import DataSetError
    from analysis.terminal import many, progress

    counted = [record for record in measured if not record.pilot]
    if not counted:
        raise DataSetError("all sessions with courses are pilot sessions, which are not counted; draw one with --trial")
    if len(counted) < len(measured):
        typer.echo(f"not counted: {many(len(measured) - len(counted), 'pilot session')}")
    sessions = progress(counted, total=len(counted), title="Reading courses")
    data = read_group(sessions, source, measures=options.measures, by=options.by)
    if not data.kinds:
        raise DataSetError(f"no session in {source} has a filmed trial; figures need courses of a film")
    written = write_group_figures(data, folder, partial(chosen_model, model), options)
    return [file for files in progress(written, total=figures_of(data), title="Drawing") for file in files]


def _one_trial(
    record: SessionRecord, trial_id: str, dataset: Path, folder: Path, options: FigureOptions, model: str | None
) -> list[Path]:
    from analysis.courses.figures.course_reading import read_trials
    from analysis.courses.figures.figure_files import write_trial_figure
    from analysis.courses.filmed_trials import filmed_trials, session_place_of
    from analysis.errors import DataSetError
    from analysis.tables.output_files import derivatives
    from experiment.record.encryption import require_private_key

    drawn = {one.trial.id: one for one in read_trials(record, derivatives(dataset) / "courses", options.measures)}
    if trial_id not in drawn:
        raise DataSetError(f"{record.label} has no course of a trial {trial_id}; there is {', '.join(drawn)}")
    filmed, _ = filmed_trials(record, session_place_of(record, dataset))
    one = next((found for found in filmed if found.trial.id == trial_id), None)
    if one is None:
        raise DataSetError(f"{record.label}: the film has no trial {trial_id}; run `courses` again to see why")
    if options.faces:
        require_private_key(one.part.files)
    return write_trial_figure(drawn[trial_id], one, folder, partial(chosen_model, model), options)
