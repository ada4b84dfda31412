"""``figure scores`` and ``figure learning``: scores of all participants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.options import (
    DataSet,
    FigureColumns,
    FigureFolder,
    FigureFormats,
    OneMetric,
    chosen_formats,
    finish_figures,
    require_word,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from analysis.figure_style import FigureFormat

_Kind = Annotated[str, typer.Option(metavar="experiment|training", help="Kind of the trials.")]


def scores(
    dataset: DataSet,
    metric: OneMetric = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Column of the trials: target, expression, session, group or condition_NAME."
        ),
    ] = "target",
    kind: _Kind = "experiment",
    columns: FigureColumns = 2,
    file_format: FigureFormats = None,
    out: FigureFolder = None,
) -> None:
    """Draw the distribution of scores over participants: own target and others.

    Draws what the command `group` has written. A text file has the caption.
    """
    from analysis.figures.score_figures import distribution_caption, draw_distributions
    from analysis.tables.table_text import bids_label

    formats = chosen_formats(file_format)
    trials = _trials(dataset, metric, kind)
    folder = _folder(dataset, out)
    drawn = draw_distributions(trials, by=by, columns=columns)
    stem = f"scores_{_stem(trials, kind)}_by-{bids_label(by)}"
    _write(drawn, distribution_caption(trials, by=by), dataset, folder / stem, formats)


def learning(
    dataset: DataSet,
    metric: OneMetric = None,
    over: Annotated[
        str,
        typer.Option(metavar="take|order|session", help="Repetition of the target, trial of the session, or session."),
    ] = "take",
    kind: _Kind = "experiment",
    columns: FigureColumns = 1,
    file_format: FigureFormats = None,
    out: FigureFolder = None,
) -> None:
    """Draw scores over repeated trials or sessions.

    Draws what the command `group` has written. A text file has the caption.
    """
    from analysis.figures.score_figures import OVER, draw_learning, learning_caption

    require_word("--over", over, OVER)
    formats = chosen_formats(file_format)
    trials = _trials(dataset, metric, kind)
    folder = _folder(dataset, out)
    drawn = draw_learning(trials, over=over, columns=columns)
    stem = f"learning_{_stem(trials, kind)}_over-{over}"
    _write(drawn, learning_caption(trials, over=over), dataset, folder / stem, formats)


def _trials(dataset: Path, metric: str | None, kind: str) -> DataFrame:
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from analysis.figures.score_figures import used_trials
    from analysis.group.study_files import load_study

    return used_trials(load_study(dataset).trials, metric=metric or DEFAULT_METRIC, kind=kind)


def _folder(dataset: Path, out: Path | None) -> Path:
    """Return the folder of the figures; refuse one that cannot be used."""
    from analysis.tables.output_files import derivatives, prepare_folder
    from analysis.tables.output_place import require_output_place

    require_output_place(out, dataset=dataset)
    folder = out or derivatives(dataset) / "figures"
    prepare_folder(folder)
    return folder


def _stem(rows: DataFrame, kind: str) -> str:
    """Return metric and kind for the name of a file."""
    from analysis.tables.table_text import bids_label

    return f"metric-{bids_label(rows['metric'].iloc[0])}_kind-{bids_label(kind)}"


def _write(drawn: Figure, caption: str, dataset: Path, base: Path, formats: tuple[FigureFormat, ...]) -> None:
    from analysis.tables.captioned_figure import put_figure

    files = put_figure(drawn, caption, base, formats)
    finish_figures(base.parent, files, command=f"figure {base.name}", dataset=dataset)


def tables(
    dataset: DataSet,
    metric: OneMetric = None,
    participant: Annotated[str | None, typer.Option(metavar="ID", help="Only this participant.")] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Only this session.")] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A heat map for each level of this column: session, group or condition."),
    ] = None,
    kind: _Kind = "experiment",
    columns: FigureColumns = 1,
    file_format: FigureFormats = None,
    out: FigureFolder = None,
) -> None:
    """Draw target x mimic tables as heat maps, for all participants or one.

    Draws what the command `group` has written. A text file has the caption.
    """
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from analysis.figures.heat_map import draw_heat_maps, heat_map_caption
    from analysis.figures.score_figures import used_scores
    from analysis.group.study_files import load_study
    from analysis.tables.table_text import bids_label

    formats = chosen_formats(file_format)
    people = {"participant": participant and participant.removeprefix("sub-")}
    people["session"] = session and session.removeprefix("ses-")
    used = used_scores(load_study(dataset), metric=metric or DEFAULT_METRIC, kind=kind, only=people, by=by)
    folder = _folder(dataset, out)
    drawn = draw_heat_maps(used, by=by, columns=columns)
    who = "".join(f"{name}-{bids_label(value)}_" for name, value in people.items() if value)
    stem = f"{who}tables_{_stem(used, kind)}" + (f"_by-{bids_label(by)}" if by else "")
    _write(drawn, heat_map_caption(used, by=by), dataset, folder / stem, formats)
