"""Write the files of ``training``, for one trainee and for all of them.

::

    derivatives/mimicry/training/
      sub-01_task-NAME_training.png            a row per target: pictures, learning curve, what came nearer
      sub-01_task-NAME_training.md             the same in words
      sub-01_task-NAME_attempts.csv            every attempt: score, regions, strength, live measurement
      sub-01_task-NAME_targets.csv             every target: first, best and last attempt, slope
      sub-01_task-NAME_movements.csv           every movement of every target: target, first, last
      sub-01_task-NAME_sides.csv               every target: how far the left and the right side go
      sub-01_task-NAME_sides.html              targets of single movements: sides and synkinesis over sessions
      sub-01_task-NAME_requested.csv  ..._strengths.csv  ..._side_sessions.csv     the same as tables
      sub-01_task-NAME_exclusions.csv          what is in no curve, and why
      sub-01_task-NAME_training.json           what the numbers rest on
      training.csv  training.md                all trainees; their change by group
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import NAMES
from analysis.face.similarity.metrics import Metric
from analysis.inference.intervals import mean_by_t
from analysis.tables.column_descriptions import put_table
from analysis.tables.measurement_provenance import describe_metric, provenance
from analysis.tables.measurement_rows import EXCLUSION_COLUMNS, exclusion_rows
from analysis.tables.output_files import Row, put, put_json, relative_path
from analysis.tables.table_figure import figure_bytes
from analysis.tables.table_text import file_stem, markdown_rows
from analysis.terminal import many
from analysis.training.learning import (
    KIND_WORDS,
    KINDS,
    Attempt,
    Change,
    Curve,
    MovementChange,
    Trainee,
    movement_changes,
    region_gaps_mm,
)
from analysis.training.learning_figure import draw_progress
from analysis.training.side_files import write_sides
from analysis.training.sides import SideResult, side_changes, side_results
from experiment.record.session_record import SessionRecord

REPORTED_MM = 0.5
"""Smaller changes of a movement's most mobile point are not put into words."""
_MOST_REPORTED = 3
_EXERCISE = ("set", "repetition")
"""Conditions of the trials of an exercise."""
_SIDE_COLUMNS = ("target", "kind", "side", "attempts", "first", "best", "last", "mean")


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
        _attempt_row(curve, attempt, model, dataset=dataset, metric=metric)
        for curve in trainee.curves
        for attempt in curve.attempts
    ]
    written = [
        *put_table(_file(base, "attempts.csv"), attempts),
        *put_table(_file(base, "targets.csv"), list(target_rows(trainee))),
        *put_table(_file(base, "movements.csv"), list(_movement_rows(trainee, model))),
        *put_table(_file(base, "sides.csv"), list(_side_rows(trainee, model)), columns=_SIDE_COLUMNS),
        *put_table(_file(base, "exclusions.csv"), exclusions, columns=("session", *EXCLUSION_COLUMNS)),
    ]
    written += write_sides(trainee, base, model=model, dataset=dataset)
    calibrations = " and ".join(sorted({session.calibration for session in trainee.sessions}))
    about = describe_metric(metric, model, calibrations)
    shown = trainee.live_metrics
    live = f". What was measured live, while trying, is another number: metric {shown}, from one frame at a time"
    written.append(put(_file(base, "training.md"), _words(trainee, model, about + (live if shown else ""))))
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


def headline(trainee: Trainee) -> str:
    """Return the whole change in one sentence.

    Of tests if there are any, else of training.
    """
    attempts = sum(len(curve.attempts) for curve in trainee.curves)
    begin = f"{many(len(trainee.sessions), 'session')}, {many(attempts, 'attempt')}"
    if trainee.time_outs:
        begin += f", {many(trainee.time_outs, 'time-out')}"
    kind = main_kind([trainee])
    repeated = trainee.repeated(kind)
    if not repeated:
        return f"{begin}; no target was attempted more than once, so no change can be measured yet"
    first, last = (np.mean(values) for values in zip(*((one.first, one.last) for one in repeated), strict=True))
    nearer = sum(change.gain > 0 for change in repeated)
    targets = len(trainee.curves) + len(trainee.missing)
    others = [
        f"{number} {word}"
        for number, word in (
            (len(repeated) - nearer, "did not"),
            (len(trainee.curves) - len(repeated), "without a second attempt"),
            (len(trainee.missing), "without a measured one"),
        )
        if number
    ]
    return (
        f"{begin}; mean similarity in {KIND_WORDS[kind]} {first:.2f} at first, {last:.2f} at last; "
        f"{nearer} of {targets} targets came nearer" + (f" ({', '.join(others)})" if others else "")
    )


def main_kind(people: Sequence[Trainee]) -> str:
    """Return ``experiment`` if any trainee had repeated tests, else ``training``."""
    return "experiment" if any(one.repeated("experiment") for one in people) else "training"


def _changes(trainee: Trainee) -> Iterator[tuple[str, str, Change]]:
    """Yield target, kind of trial and change."""
    for curve in trainee.curves:
        for kind in KINDS:
            if (change := curve.change(kind)) is not None:
                yield curve.target, KIND_WORDS[kind], change


def target_rows(trainee: Trainee) -> Iterator[Row]:
    """Yield a row per target and kind of trial.

    A single attempt has neither gain nor slope.
    """
    for target, kind, change in _changes(trainee):
        yield {
            "participant": trainee.participant,
            "task": trainee.task,
            **{f"group_{name}": level for name, level in trainee.groups.items()},
            "target": target,
            "kind": kind,
            "attempts": change.attempts,
            "first": change.first,
            "best": change.best,
            "last": change.last,
            "gain": change.gain if change.attempts > 1 else None,
            "slope_per_attempt": change.slope if change.attempts > 1 else None,
        }


def _attempt_row(curve: Curve, attempt: Attempt, model: FaceModel, *, dataset: Path, metric: Metric) -> Row:
    trial, parts, live = attempt.trial, attempt.parts, attempt.live
    measured = live.similarity[live.is_measured]
    return {
        "session": attempt.session,
        "target": curve.target,
        "attempt": attempt.number,
        "kind": KIND_WORDS[trial.kind],
        "trial_id": trial.id,
        "block": trial.block,
        **{factor: trial.condition.get(factor) for factor in _EXERCISE},
        "metric": metric.name,
        "score": attempt.score,
        **_side_cells(side_results(curve.face, attempt.face, model)),
        **{f"region_{name}": value for name, value in parts.regions.items()},
        **{f"gap_{name}_mm": value for name, value in region_gaps_mm(parts, model).items()},
        "target_strength_mm": parts.target_strength_mm,
        "own_strength_mm": parts.mimic_strength_mm,
        "own_floor_mm": parts.mimic_floor_mm,
        "intensity_ratio": parts.intensity_ratio,
        "without_expression": "+".join(parts.without_expression),
        "captured_by": str(trial.details.get("locked_by") or ""),
        "response_time_s": trial.response_time_s,
        "live_metric": live.metric if len(measured) else None,
        "live_similarity": attempt.live_score,
        "live_first": float(measured[0]) if len(measured) else None,
        "live_best": float(measured.max()) if len(measured) else None,
        "live_frames": len(live.time_s),
        "live_frames_without_face": int((~live.is_measured).sum()),
        "file": relative_path(attempt.face.picture.path, dataset),
    }


def _side_cells(results: Mapping[str, SideResult]) -> Row:
    return {
        **{f"{side}_share": result.share for side, result in results.items()},
        **{f"{side}_moved_mm": result.moved_mm for side, result in results.items()},
    }


def _side_rows(trainee: Trainee, model: FaceModel) -> Iterator[Row]:
    """Yield a row per target, kind of trial and side that the target moves."""
    for curve in trainee.curves:
        for kind in KINDS:
            for one in side_changes(curve, model, kind=kind):
                yield {
                    "target": one.target,
                    "kind": KIND_WORDS[kind],
                    "side": one.side,
                    "attempts": len(one.shares),
                    "first": one.shares[0],
                    "best": max(one.shares),
                    "last": one.shares[-1],
                    "mean": one.mean,
                }


def _side_lines(trainee: Trainee, model: FaceModel) -> list[str]:
    """Return the results of each side, for trainees who did exercises."""
    attempts = [attempt for curve in trainee.curves for attempt in curve.attempts]
    if not any(_EXERCISE[0] in attempt.trial.condition for attempt in attempts):
        return []
    rows = [
        (*(str(row[name]) for name in _SIDE_COLUMNS[:4]), *(_share(row[name]) for name in _SIDE_COLUMNS[4:]))
        for row in _side_rows(trainee, model)
    ]
    header = ("target", "trials", "side", "attempts", "first", "best", "last", "mean")
    about = (
        "Share of the target's movement on each side of the trainee's face: 1 is as far as the target, 0 is at rest."
    )
    table = markdown_rows(header, rows, align=("---", "---", "---", *["---:"] * 5))
    return ["", "## Left and right", "", about, "", *table]


def _share(value: object) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


def _movement_rows(trainee: Trainee, model: FaceModel) -> Iterator[Row]:
    for curve in trainee.curves:
        for one in movement_changes(curve, model):
            yield {
                "target": curve.target,
                "movement": one.movement,
                "target_strength": one.target,
                "first": one.first,
                "last": one.last,
                "nearer_mm": one.nearer_mm,
                "missing_mm": one.missing_mm,
                "seen_by_landmarks": "yes" if one.is_visible else "hardly",
            }


def _words(trainee: Trainee, model: FaceModel, about: str) -> str:
    title = [
        f"# sub-{trainee.participant}, {trainee.task}",
        "",
        headline(trainee) + ".",
        "",
        f"Similarity: {about}.",
        "",
    ]
    table = markdown_rows(
        ("target", "trials", "attempts", "first", "best", "last", "gain"),
        [
            (
                target,
                kind,
                str(change.attempts),
                *(f"{score:.2f}" for score in (change.first, change.best, change.last)),
                f"{change.gain:+.2f}" if change.attempts > 1 else "one attempt",
            )
            for target, kind, change in _changes(trainee)
        ],
        align=("---", "---", *["---:"] * 5),
    )
    changed = [line for curve in trainee.curves for line in _change_lines(curve, model)]
    if changed:
        changed = ["", "## What changed from the first attempt to the last", "", *changed]
    notes = [f"- {session.label}: {note}" for session in trainee.sessions for note in _notes(session.record)]
    notes += [f"- {line}" for line in trainee.exclusion_lines]
    return (
        "\n".join(
            [
                *title,
                *table,
                *_side_lines(trainee, model),
                *changed,
                *_session_lines(trainee),
                *([""] if notes else []),
                *notes,
            ]
        )
        + "\n"
    )


def _session_lines(trainee: Trainee) -> list[str]:
    """Return the mean similarity by session.

    Nothing for a study without named sessions.
    """
    if not any(record.session for record in trainee.records):
        return []
    scores: defaultdict[tuple[str | None, str], list[float]] = defaultdict(list)
    for curve in trainee.curves:
        for attempt in curve.attempts:
            scores[attempt.session, attempt.trial.kind].append(attempt.score)
    rows = [
        (record.session or "without a label", KIND_WORDS[kind], str(len(own)), f"{np.mean(own):.2f}")
        for record in trainee.records
        for kind in KINDS
        if (own := scores.get((record.session, kind)))
    ]
    header, align = ("session", "trials", "attempts", "mean similarity"), ("---", "---", "---:", "---:")
    return ["", "## By session", "", *markdown_rows(header, rows, align=align)]


def _notes(record: SessionRecord) -> Iterator[str]:
    yield from (f"Warning: {warning}." for warning in record.warnings)
    if record.pilot:
        yield "This is a pilot session; it does not count."
    if not record.complete:
        yield "The session was not finished."


def _change_lines(curve: Curve, model: FaceModel) -> Iterator[str]:
    """Yield the largest changes of a target's movements in words."""
    if len(curve.attempts) < 2:
        return
    changes = [change for change in movement_changes(curve, model) if change.is_visible]

    def largest(size_mm: Callable[[MovementChange], float]) -> list[MovementChange]:
        chosen = [change for change in changes if size_mm(change) >= REPORTED_MM]
        return sorted(chosen, key=size_mm, reverse=True)[:_MOST_REPORTED]

    parts = {
        "nearer": map(_strengths, largest(lambda change: change.nearer_mm)),
        "further away": map(_strengths, largest(lambda change: -change.nearer_mm)),
        "still to come": (
            f"{_plain(change.movement)} {'more' if change.target > change.last else 'less'}"
            for change in largest(lambda change: change.missing_mm)
        ),
    }
    words = [f"{title}: {text}" for title, changed in parts.items() if (text := ", ".join(changed))]
    yield f"- {curve.target}: {'; '.join(words) or 'hardly any change'}"


def _strengths(change: MovementChange) -> str:
    return f"{_plain(change.movement)} {change.first:.2f} to {change.last:.2f} (target {change.target:.2f})"


def _plain(movement: str) -> str:
    """Return the plain name of a movement; its own name if the model has others."""
    known = NAMES.get(movement)
    return movement if known is None else known.plain


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
        lines += _group_lines([one for one in people if one.task == task], task)
    return put(folder / "training.md", "\n".join(lines) + "\n")


def _group_lines(people: Sequence[Trainee], task: str) -> list[str]:
    """Return the mean gain of each group.

    A trainee counts once, with the mean over the targets.
    """
    kind = main_kind(people)
    gains: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in people:
        repeated = [change.gain for change in one.repeated(kind)]
        if repeated and not any(record.pilot for record in one.records):
            for group in one.groups.items():
                gains[group].append(float(np.mean(repeated)))
    if not any(one.groups for one in people):
        return []
    rows = [
        (f"{factor}: {level}", str(len(values)), f"{np.mean(values):+.3f}", _interval(values))
        for (factor, level), values in sorted(gains.items())
    ]
    header, align = ("group", "people", "mean gain", "95 % interval"), ("---", "---:", "---:", "---")
    title = f"## {task}: gain from the first to the last {KIND_WORDS[kind]} trial, by group"
    end = "Student's t over people; pilot sessions are left out."
    return ["", title, "", *markdown_rows(header, rows, align=align), "", end]


def _interval(values: Sequence[float]) -> str:
    ends = mean_by_t(values).interval
    return "needs two people" if ends is None else f"{ends[0]:+.3f} to {ends[1]:+.3f}"
