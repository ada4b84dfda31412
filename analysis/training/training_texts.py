"""What ``training`` writes in words, about one trainee and about groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import NAMES
from analysis.inference.intervals import mean_by_t
from analysis.tables.score_tables import BELOW_FLOOR
from analysis.tables.table_text import markdown_rows
from analysis.terminal import many
from analysis.training.learning import (
    KIND_WORDS,
    KINDS,
    Curve,
    MovementChange,
    Trainee,
    movement_changes,
)
from analysis.training.training_rows import EXERCISE, SIDE_COLUMNS, changes, side_rows
from experiment.record.session_record import SessionRecord

REPORTED_MM = 0.5
"""Smaller changes of a movement's most mobile point are not put into words."""
_MOST_REPORTED = 3


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
    of_these = "" if len(repeated) == targets else f" of {many(len(repeated), 'repeated target')}"
    return (
        f"{begin}; mean similarity{of_these} in {KIND_WORDS[kind]} {first:.2f} at first, {last:.2f} at last; "
        f"{nearer} of {targets} targets came nearer" + (f" ({', '.join(others)})" if others else "")
    )


def main_kind(people: Sequence[Trainee]) -> str:
    """Return ``experiment`` if any trainee had repeated tests, else ``training``."""
    return "experiment" if any(one.repeated("experiment") for one in people) else "training"


def trainee_text(trainee: Trainee, model: FaceModel, about: str) -> str:
    """Return the Markdown text about one trainee.

    Parameters
    ----------
    trainee : Trainee
        The attempts.
    model : FaceModel
        The model that fitted the faces.
    about : str
        Metric, model and calibration.
    """
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
            for target, kind, change in changes(trainee)
        ],
        align=("---", "---", *["---:"] * 5),
    )
    changed = [line for curve in trainee.curves for line in _change_lines(curve, model)]
    if changed:
        changed = ["", "## What changed from the first attempt to the last", "", *changed]
    notes = [f"- {session.label}: {note}" for session in trainee.sessions for note in _notes(session.record)]
    notes += [f"- {line}" for line in trainee.exclusion_lines]
    if _has_single_movements(trainee) and any(BELOW_FLOOR in line for line in trainee.exclusion_lines):
        notes.append("- Single movements below the noise floor: their strengths in mm are on the page of sides.")
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


def _side_lines(trainee: Trainee, model: FaceModel) -> list[str]:
    """Return the results of each side, for trainees who did exercises."""
    attempts = [attempt for curve in trainee.curves for attempt in curve.attempts]
    if not any(EXERCISE[0] in attempt.trial.condition for attempt in attempts):
        return []
    rows = [
        (*(str(row[name]) for name in SIDE_COLUMNS[:4]), *(_share(row[name]) for name in SIDE_COLUMNS[4:]))
        for row in side_rows(trainee, model)
    ]
    header = ("target", "trials", "side", "attempts", "first", "best", "last", "mean")
    about = (
        "Share of the target's movement on each side of the trainee's face: 1 is as far as the target, 0 is at rest."
    )
    table = markdown_rows(header, rows, align=("---", "---", "---", *["---:"] * 5))
    return ["", "## Left and right", "", about, "", *table]


def _share(value: object) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


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


def _has_single_movements(trainee: Trainee) -> bool:
    return any(target.units for record in trainee.records for target in record.targets.values())


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
    return movement if known is None else known.title


def group_lines(people: Sequence[Trainee], task: str) -> list[str]:
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
