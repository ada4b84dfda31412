"""Write the files of ``training``, for one trainee and for all of them.

::

    derivatives/mimicry/training/
      sub-01_task-NAME_training.png            a row per target: pictures, learning curve, what came nearer
      sub-01_task-NAME_training.md             the same in words
      sub-01_task-NAME_attempts.csv            every attempt: score, regions, strength, live measurement
      sub-01_task-NAME_targets.csv             every target: first, best and last attempt, slope
      sub-01_task-NAME_movements.csv           movements that landmarks show, of every target
      sub-01_task-NAME_sides.csv               every target: how far the left and the right side go
      sub-01_task-NAME_sides.html              targets of single movements: sides and synkinesis over sessions
      sub-01_task-NAME_requested.csv  ..._strengths.csv  ..._side_sessions.csv     the same as tables
      sub-01_task-NAME_exclusions.csv          what is in no curve, and why
      sub-01_task-NAME_training.json           what the numbers rest on
      training.csv  training.md                all trainees; their change by group
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.tables.column_descriptions import put_table
from analysis.tables.measurement_provenance import describe_metric, provenance
from analysis.tables.measurement_rows import EXCLUSION_COLUMNS, exclusion_rows
from analysis.tables.output_files import put, put_json
from analysis.tables.table_figure import figure_bytes
from analysis.tables.table_text import file_stem
from analysis.training.learning import Trainee
from analysis.training.learning_figure import draw_progress
from analysis.training.side_files import write_sides
from analysis.training.training_rows import (
    MOVEMENT_COLUMNS,
    SIDE_COLUMNS,
    attempt_row,
    movement_rows,
    side_rows,
    target_rows,
)
from analysis.training.training_texts import group_lines, headline, trainee_text


def write_trainee(
    trainee: Trainee, folder: Path, *, metric: Metric, model: FaceModel, dataset: Path, faces: bool = True
) -> list[Path]:
    """Write all files of one trainee into a folder.

    Parameters
    ----------
    trainee : Trainee
        The attempts.
    folder : Path
        The folder of the training files.
    metric : Metric
        The metric of the scores.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder that file names are relative to.
    faces : bool
        Whether pictures of the trainee may be in the figure.

    Returns
    -------
    list of Path
        Every file; the last one is the figure.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    base, summary = folder / file_stem(trainee.participant, None, trainee.task), headline(trainee)
    exclusions = [
        {"session": session.record.session, **row}
        for session in trainee.sessions
        for row in exclusion_rows(session.exclusions, dataset)
    ]
    attempts = [
        attempt_row(curve, attempt, model, dataset=dataset, metric=metric)
        for curve in trainee.curves
        for attempt in curve.attempts
    ]
    written = [
        *put_table(_file(base, "attempts.csv"), attempts),
        *put_table(_file(base, "targets.csv"), list(target_rows(trainee))),
        *put_table(_file(base, "movements.csv"), list(movement_rows(trainee, model)), columns=MOVEMENT_COLUMNS),
        *put_table(_file(base, "sides.csv"), list(side_rows(trainee, model)), columns=SIDE_COLUMNS),
        *put_table(_file(base, "exclusions.csv"), exclusions, columns=("session", *EXCLUSION_COLUMNS)),
    ]
    written += write_sides(trainee, base, model=model, dataset=dataset)
    calibrations = " and ".join(sorted({session.calibration for session in trainee.sessions}))
    about = describe_metric(metric, model, calibrations)
    shown = trainee.live_metrics
    live = f". What was measured live, while trying, is another number: metric {shown}, from one frame at a time"
    written.append(put(_file(base, "training.md"), trainee_text(trainee, model, about + (live if shown else ""))))
    content = {
        "metric": metric.name,
        "formula": metric.formula,
        "live_metric": shown or None,
        "headline": summary,
        "sessions": [provenance(session, model, dataset) for session in trainee.sessions],
    }
    written.append(put_json(_file(base, "training.json"), content))
    figure = draw_progress(
        trainee,
        model,
        metric=metric.name,
        headline=summary,
        caption=f"Similarity of the kept frame: {about}. Grey: first attempt, blue: last.",
        faces=faces,
    )
    return [*written, put(_file(base, "training.png"), figure_bytes(figure, "png", dpi=110))]


def _file(base: Path, end: str) -> Path:
    return base.with_name(f"{base.name}_{end}")


def write_summary(people: Sequence[Trainee], folder: Path, *, metric: Metric) -> Path:
    """Write one line per trainee and target, and the change by group.

    Parameters
    ----------
    people : sequence of Trainee
        All trainees.
    folder : Path
        The folder of the training files.
    metric : Metric
        The metric of the scores.

    Returns
    -------
    Path
        The Markdown file.
    """
    rows = [{**row, "metric": metric.name} for one in people for row in target_rows(one)]
    put_table(folder / "training.csv", rows)
    lines = ["# Training", "", f"Similarity of the kept frames: metric {metric.name} ({metric.formula}).", ""]
    lines += [f"- sub-{one.participant}, {one.task}: {headline(one)}" for one in people]
    for task in dict.fromkeys(one.task for one in people):
        lines += group_lines([one for one in people if one.task == task], task)
    return put(folder / "training.md", "\n".join(lines) + "\n")
