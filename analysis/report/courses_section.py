"""Faces over time on the page: group figures, and a slider for each session.

The page stays small: courses are in bins, and the film of a trial is one JPEG with a few pictures a second. With many
trials only the first ones of each session have a film, and the page says so.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from analysis.courses.figures.condition_figure import draw_conditions
from analysis.courses.figures.condition_means import BinnedTrial, target_key
from analysis.courses.figures.course_reading import measured_sessions
from analysis.courses.figures.figure_files import conditions_caption, raster_caption
from analysis.courses.figures.film_faces import FacePicture, participant_faces, target_faces
from analysis.courses.figures.group_data import GroupData, measure_panels, read_group
from analysis.courses.figures.raster_figure import draw_raster
from analysis.courses.figures.stimulus_course import StimulusCourse
from analysis.courses.filmed_trials import FilmedTrial, filmed_trials, session_place_of
from analysis.face.models.model import FaceModel
from analysis.figure_style import file_content
from analysis.report.courses_view import FACE_PX, ROW, SPRITE_HZ, STEPS, CourseFigure, CoursesView
from analysis.report.face_pictures import data_uri
from analysis.tables.output_files import derivatives
from analysis.terminal import progress
from experiment.record.session_record import SessionRecord

QUALITY = 60
MOST_FILMS = 400
"""Trials of the whole page whose film is shown, at about 40 kB each."""
FIGURE_DPI = 130


def courses_view(
    records: Sequence[SessionRecord], model: FaceModel, *, dataset: Path, faces: bool
) -> CoursesView | None:
    """Return the section of faces over time; None if nothing was measured.

    Parameters
    ----------
    records : sequence of SessionRecord
        All sessions of the data set; pilot sessions are left out.
    model : FaceModel
        Measures targets whose movement is not known.
    dataset : Path
        The data set.
    faces : bool
        Whether to show films and targets.

    Raises
    ------
    DataSetError
        If a table of courses does not fit the record.
    RecordError
        If a film cannot be read.
    """
    folder = derivatives(dataset) / "courses"
    shown = [record for record in measured_sessions(records, folder) if not record.pilot]
    if not shown:
        return None
    data = read_group(progress(shown, total=len(shown), title="Reading courses"), folder)
    if not data.kinds:  # the sessions have no film, only frames around key presses
        return None
    known: dict[str, StimulusCourse] = {}
    figures = tuple(_figures(data, lambda: model, known))
    targets = {key: _target(course, data) for key, course in known.items()}
    viewers: dict[str, dict[str, Any]] = {}
    for kind in data.kinds:
        for trial in kind.trials:
            viewer = viewers.setdefault(trial.label, {"trials": []})
            viewer["trials"].append(_trial(trial, kind.kind))
    films = "Films are left out." if not faces else _add_films(shown, viewers, targets, dataset)
    return CoursesView(figures, data.measures, viewers, targets, data.width_s, films)


def _figures(
    data: GroupData, model: Callable[[], FaceModel], known: dict[str, StimulusCourse]
) -> Iterator[CourseFigure]:
    for kind in data.kinds:
        panels = list(measure_panels(data, kind, model, known=known))
        source = _png(file_content(draw_conditions(panels, columns=2), "png", dpi=FIGURE_DPI))
        yield CourseFigure(
            source,
            conditions_caption(panels, kind, data, by="target"),
            f"Mean courses of the {kind.kind} trials by target, next to the courses of the targets",
        )
        for number, measure in enumerate(data.measures):
            figure = draw_raster(
                kind.trials, number, label=measure, width_s=data.width_s, columns=2, order="participant"
            )
            what = f"{measure} in all {kind.kind} trials, one row a trial"
            yield CourseFigure(
                _png(file_content(figure, "png", dpi=FIGURE_DPI)),
                raster_caption(kind, measure, number, order="participant"),
                what,
            )


def _png(content: bytes) -> str:
    return data_uri(content, "image/png")


def _trial(trial: BinnedTrial, kind: str) -> dict[str, Any]:
    """Return a trial as the script of the page reads it."""
    return {
        "id": trial.trial_id,
        "kind": kind,
        "target": trial.target,
        "first": trial.first_bin,
        "duration": round(trial.duration_s, 3),
        "values": [_steps(row) for row in trial.values],
        "onsets": [None if onset_s is None else round(onset_s, 3) for onset_s in trial.onsets_s],
    }


def _steps(values: Iterable[float]) -> list[int | None]:
    return [round(value * STEPS) if math.isfinite(value) else None for value in values]


def _target(course: StimulusCourse, data: GroupData) -> dict[str, Any]:
    """Return a target's movement in bins from its onset; None: not measured."""
    values: list[list[int | None] | None] = []
    for measure in data.measures:
        found = course.shown(measure, (), duration_s=math.inf if len(course.frame_s) > 1 else 1.0)
        if found is None:
            values.append(None)
            continue
        times_s, strength = found[0][:-1], found[1][:-1]
        middles_s = np.arange(0.5 * data.width_s, float(times_s[-1]) + data.width_s, data.width_s)
        values.append(_steps(np.interp(middles_s, times_s, strength).tolist()))
    return {"values": values, "known": course.is_known}


def _add_films(
    records: Sequence[SessionRecord],
    viewers: Mapping[str, dict[str, Any]],
    targets: dict[str, dict[str, Any]],
    dataset: Path,
) -> str:
    """Add pictures to trials and targets, and return the sentence that says to which."""
    share = max(MOST_FILMS // len(records), 1)
    shown = total = 0
    for record in progress(records, total=len(records), title="Reading films"):
        trials = viewers.get(record.label, {"trials": []})["trials"]
        total += len(trials)
        filmed, _ = filmed_trials(record, session_place_of(record, dataset))
        by_id = {one.trial.id: one for one in filmed}
        for trial in trials[:share]:
            one = by_id.get(trial["id"])
            if one is None:
                continue
            times_s = _times_s(one)
            sprite = _sprite(participant_faces(one, times_s, size_px=FACE_PX))
            if sprite is None:
                continue
            trial["film"] = {"first_s": round(times_s[0], 3), **sprite}
            shown += 1
            key = target_key(record, one.trial.target)
            if key in targets and "film" not in targets[key]:
                after_s = [time_s for time_s in times_s if time_s >= 0.0]
                target = record.targets[one.trial.target]
                found = _sprite(iter(target_faces(target, one.motion_s, after_s, size_px=FACE_PX)))
                if found is not None:
                    targets[key]["film"] = {"first_s": 0.0, **found}
    every = f"{SPRITE_HZ:g} pictures a second"
    if shown == total:
        return f"All trials have a film, {every}."
    return f"{shown} of {total} trials have a film ({every}; the first {share} of each session). All have courses."


def _times_s(one: FilmedTrial) -> list[float]:
    first = -math.floor(-one.baseline_s * SPRITE_HZ)
    return [number / SPRITE_HZ for number in range(first, math.ceil(one.trial.duration_s * SPRITE_HZ) + 1)]


def _sprite(faces: Iterator[FacePicture | None]) -> dict[str, Any] | None:
    """Return pictures in rows of `ROW` as one JPEG, with their number, or None."""
    images = [None if face is None else face.image for face in faces]
    if not any(image is not None for image in images):
        return None
    width, height = FACE_PX
    rows = -(-len(images) // ROW)
    sheet = Image.new("RGB", (width * min(len(images), ROW), height * rows), "#dddddd")
    for number, image in enumerate(images):
        if image is not None:
            sheet.paste(image, (number % ROW * width, number // ROW * height))
    file = io.BytesIO()
    sheet.save(file, format="JPEG", quality=QUALITY, optimize=True)
    return {"source": data_uri(file.getvalue(), "image/jpeg"), "count": len(images)}
