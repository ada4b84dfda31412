"""Write the figures of courses and their captions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.courses.figures.condition_figure import MeasurePanels, draw_conditions
from analysis.courses.figures.course_reading import DEFAULT_MEASURES, SIMILARITY, DrawnTrial
from analysis.courses.figures.film_faces import participant_faces, target_faces
from analysis.courses.figures.group_data import TARGET, GroupData, KindTrials, measure_panels
from analysis.courses.figures.raster_figure import Order, draw_raster
from analysis.courses.figures.stimulus_course import StimulusCourse, stimulus_course
from analysis.courses.figures.trial_figure import FACE_ASPECT, TrialDrawing, draw_trial, trial_moments
from analysis.courses.filmed_trials import FilmedTrial
from analysis.courses.indices import FEWEST
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import measure_title
from analysis.figure_style import FigureFormat
from analysis.tables.captioned_figure import put_figure
from analysis.tables.table_text import file_stem
from analysis.terminal import many

_FACE_PX = (round(400 * FACE_ASPECT), 400)


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How figures are drawn."""

    measures: tuple[str, ...] = DEFAULT_MEASURES
    formats: tuple[FigureFormat, ...] = ("pdf",)
    columns: int = 2
    """Columns of the journal, 1 or 2."""
    by: str = TARGET
    """What a condition is."""
    order: Order = "participant"
    """How the rows of a raster are sorted."""
    faces: bool = False


def write_group_figures(
    data: GroupData, folder: Path, model: Callable[[], FaceModel], options: FigureOptions
) -> Iterator[list[Path]]:
    """Write mean courses and rasters of each kind of trials; yield their files.

    Parameters
    ----------
    data : GroupData
        All trials.
    folder : Path
        Where to write.
    model : callable
        Returns the face model, for targets whose movement is not known.
    options : FigureOptions
        How to draw.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    known: dict[str, StimulusCourse] = {}
    for kind in data.kinds:
        panels = list(measure_panels(data, kind, model, known=known))
        figure = draw_conditions(panels, columns=options.columns)
        text = conditions_caption(panels, kind, data, by=options.by)
        yield put_figure(figure, text, folder / f"conditions_kind-{kind.kind}", options.formats)
        for number, measure in enumerate(data.measures):
            figure = draw_raster(
                kind.trials, number, label=measure, width_s=data.width_s, columns=options.columns, order=options.order
            )
            text = raster_caption(kind, measure, number, order=options.order)
            base = folder / f"raster_kind-{kind.kind}_measure-{_label(measure)}"
            yield put_figure(figure, text, base, options.formats)


def figures_of(data: GroupData) -> int:
    """Return how many figures `write_group_figures` writes."""
    return len(data.kinds) * (1 + len(data.measures))


def write_trial_figure(
    trial: DrawnTrial,
    filmed: FilmedTrial,
    folder: Path,
    model: Callable[[], FaceModel],
    options: FigureOptions,
) -> list[Path]:
    """Write the figure of one trial, and return its files.

    Parameters
    ----------
    trial : DrawnTrial
        The trial.
    filmed : FilmedTrial
        The same trial in the film.
    folder : Path
        Where to write.
    model : callable
        Returns the face model, for a target whose movement is not known.
    options : FigureOptions
        How to draw.

    Raises
    ------
    RecordError
        If the film cannot be read or a file cannot be written.
    """
    record, target = trial.record, trial.record.targets[trial.trial.target]
    stimulus = stimulus_course(target, record, model, options.measures)
    moments = trial_moments(trial, options.measures)
    times_s = [one.time_s for one in moments]
    faces = None
    if options.faces:
        faces = (
            target_faces(target, filmed.motion_s, times_s, size_px=_FACE_PX),
            list(participant_faces(filmed, nearest_used_s(trial, times_s), size_px=_FACE_PX)),
        )
    drawing = TrialDrawing(trial, options.measures, stimulus, filmed.motion_s, moments, faces)
    stem = f"{file_stem(record.participant, record.session, record.task)}_trial-{_label(trial.trial.id)}"
    figure = draw_trial(drawing, columns=options.columns)
    return put_figure(figure, trial_caption(drawing), folder / stem, options.formats)


def nearest_used_s(trial: DrawnTrial, times_s: Sequence[float]) -> list[float]:
    """Return the time of the nearest frame that is used, for each of some times.

    A frame in a blink does not show the expression; its picture would mislead.

    Parameters
    ----------
    trial : DrawnTrial
        The trial.
    times_s : sequence of float
        Times from the onset of the target.
    """
    used = trial.time_s[trial.used]
    return [float(used[np.argmin(np.abs(used - time_s))]) if len(used) else time_s for time_s in times_s]


def conditions_caption(panels: Sequence[MeasurePanels], kind: KindTrials, data: GroupData, *, by: str) -> str:
    """Return the caption of the figure of conditions.

    Parameters
    ----------
    panels : sequence of MeasurePanels
        What was drawn.
    kind : KindTrials
        The trials.
    data : GroupData
        Where they are from.
    by : str
        What a condition is.
    """
    means = panels[0].means
    counts = "; ".join(
        f"{mean.group}: {many(mean.participants, 'participant')}, {many(mean.trials, 'trial')}" for mean in means
    )
    return (
        f"Mean course of {', '.join(map(measure_title, data.measures))} in the {kind.kind} trials by {by}, next to "
        "the course of the target. Strengths are 0 to 1. Lines are the mean of the participants' means, bands its "
        "95 % interval by Student's t over participants. Values are changes from the median of each trial's baseline, "
        f"averaged in bins of {1000 * data.width_s:.0f} ms, without excluded frames. A line ends where fewer than "
        f"half of the participants contribute. {counts}."
    )


def raster_caption(kind: KindTrials, measure: str, number: int, *, order: Order) -> str:
    """Return the caption of a raster.

    Parameters
    ----------
    kind : KindTrials
        The trials.
    measure : str
        The measure.
    number : int
        Its number.
    order : {"participant", "onset"}
        How the rows are sorted.
    """
    onsets = sum(one.onsets_s[number] is not None for one in kind.trials)
    people = len({one.participant for one in kind.trials})
    return (
        f"{measure_title(measure)} in all {kind.kind} trials ({many(len(kind.trials), 'trial')} of "
        f"{many(people, 'participant')}), one row a trial, sorted by {order}. Colour is the change from the median of "
        "the trial's baseline. White lines are onset and end of the target; white marks are onsets of the measure, "
        f"found in {onsets} of {len(kind.trials)} trials. Hatched: frames that are excluded, or no film."
    )


def trial_caption(drawing: TrialDrawing) -> str:
    """Return the caption of the figure of a trial.

    Parameters
    ----------
    drawing : TrialDrawing
        What was drawn.
    """
    trial = drawing.trial
    source = (
        "The movement of the target is known, as the program drew it."
        if drawing.stimulus.is_known
        else f"The target is not measured: {drawing.stimulus.fault}."
        if drawing.stimulus.fault
        else "The target was measured like the participant."
    )
    moments = ", ".join(f"{one.name} {one.time_s:.2f} s" for one in drawing.moments)
    left_out = int((~trial.used).sum())
    similar = " The similarity has no baseline." if SIMILARITY in drawing.measures else ""
    change = (
        "Strengths are 0 to 1; those of the participant are changes from the median of the baseline (grey). "
        "Triangles are onsets, dots peaks (90 % reached)."
        if trial.has_baseline()
        else f"Strengths are 0 to 1, without a baseline: fewer than {FEWEST} of its frames are used, so this trial has "
        "no indices."
    )
    return (
        f"{', '.join(map(measure_title, drawing.measures))} of target {trial.trial.target} and participant "
        f"{trial.record.participant} in trial {trial.trial.id}. {source} "
        f"{change} Moments: {moments}. {left_out} of {len(trial.used)} frames "
        f"are excluded (hatched).{similar}"
    )


def _label(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", name)
