"""What ``training`` leaves on disk, for one trainee and for all of them.

::

    derivatives/mimicry/training/
      sub-01_task-NAME_training.png            a row a target: pictures, learning curve, what came nearer
      sub-01_task-NAME_training.md             the same in words
      sub-01_task-NAME_attempts.csv            every attempt: score, regions, strength, what was measured live
      sub-01_task-NAME_targets.csv             every target: first, best and last attempt, slope
      sub-01_task-NAME_movements.csv           every movement of every target: target, first, last
      sub-01_task-NAME_exclusions.csv          what is in no curve, and why
      sub-01_task-NAME_training.json           what the numbers rest on
      training.csv  training.md                all trainees; their change by group
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import LIVE_METRIC, Metric
from analysis.tables.output_files import put
from analysis.tables.outputs import EXCLUSION_COLUMNS, provenance
from analysis.tables.table_figure import picture
from analysis.tables.table_text import stem
from analysis.tables.trace import Row, exclusion_rows, relative, rows_csv
from analysis.terminal import many
from analysis.training.learning import (
    KIND_WORDS,
    KINDS,
    Attempt,
    Curve,
    MovementChange,
    Trainee,
    movement_changes,
    region_gaps_mm,
)
from analysis.training.learning_figure import draw_progress
from experiment.record.session_record import SessionRecord

TOLD_MM = 0.5
"""Movements that changed, or are missing, by less at their most mobile point are not told in words."""
_MOST_TOLD = 3
SEED = 0
ROUNDS = 2000
FEWEST_FOR_INTERVAL = 3


def write_trainee(
    trainee: Trainee, folder: Path, *, metric: Metric, model: FaceModel, dataset: Path, faces: bool = True
) -> Path:
    """Write everything about one trainee; returns the figure."""
    base, told = stem(trainee.participant, None, trainee.task), headline(trainee)
    put(folder / f"{base}_attempts.csv", rows_csv(list(_attempt_rows(trainee, model, dataset, metric))))
    put(folder / f"{base}_targets.csv", rows_csv(list(target_rows(trainee))))
    put(folder / f"{base}_movements.csv", rows_csv(list(_movement_rows(trainee, model))))
    gone = [
        {"session": session.record.session, **row}
        for session in trainee.sessions
        for row in exclusion_rows(session.exclusions, dataset)
    ]
    put(folder / f"{base}_exclusions.csv", rows_csv(gone, columns=("session", *EXCLUSION_COLUMNS)))
    about = f"metric {metric.name} ({metric.formula}; model {model.name}; {_calibration(trainee)} calibration)"
    live = f"What was measured live, while trying, is another number: metric {LIVE_METRIC}, by landmarks alone"
    put(folder / f"{base}_training.md", _words(trainee, model, f"{about}. {live}" if was_live(trainee) else about))
    content = {
        "metric": metric.name,
        "formula": metric.formula,
        "live_metric": LIVE_METRIC if was_live(trainee) else None,
        "headline": told,
        "sessions": [provenance(session, model, dataset) for session in trainee.sessions],
    }
    put(folder / f"{base}_training.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    figure = draw_progress(
        trainee,
        model,
        metric=metric.name,
        headline=told,
        caption=f"Similarity of the kept frame: {about}. Grey: first attempt, blue: last.",
        faces=faces,
    )
    return put(folder / f"{base}_training.png", picture(figure, "png", dpi=110))


def headline(trainee: Trainee) -> str:
    """The whole change in a sentence, of tests where there are any, else of training."""
    attempts = sum(len(curve.attempts) for curve in trainee.curves)
    begin = f"{many(len(trainee.sessions), 'session')}, {many(attempts, 'attempt')}"
    kind = main_kind([trainee])
    repeated = {target: change for target, change in trainee.changes(kind).items() if change.attempts > 1}
    if not repeated:
        return f"{begin}; no target was attempted more than once, so there is no change to see yet"
    first = np.mean([change.first for change in repeated.values()])
    last = np.mean([change.last for change in repeated.values()])
    nearer = sum(change.gain > 0 for change in repeated.values())
    return (
        f"{begin}; mean similarity in {KIND_WORDS[kind]} {first:.2f} at first, {last:.2f} at last; "
        f"{nearer} of {len(repeated)} targets came nearer"
    )


def was_live(trainee: Trainee) -> bool:
    """Whether any attempt was measured while it was made."""
    return any(attempt.live.is_measured.any() for curve in trainee.curves for attempt in curve.attempts)


def main_kind(people: Sequence[Trainee]) -> str:
    """``experiment`` if anybody was tested more than once at a target, else ``training``."""
    tested = any(change.attempts > 1 for one in people for change in one.changes("experiment").values())
    return "experiment" if tested else "training"


def target_rows(trainee: Trainee) -> Iterator[Row]:
    """One line per target and kind of trial; a single attempt has neither gain nor slope."""
    for curve in trainee.curves:
        for kind in KINDS:
            change = curve.change(kind)
            if change is not None:
                yield {
                    "participant": trainee.participant,
                    "task": trainee.task,
                    **{f"group_{name}": level for name, level in trainee.groups.items()},
                    "target": curve.target,
                    "kind": KIND_WORDS[kind],
                    "attempts": change.attempts,
                    "first": change.first,
                    "best": change.best,
                    "last": change.last,
                    "gain": change.gain if change.attempts > 1 else None,
                    "slope_per_attempt": change.slope if change.attempts > 1 else None,
                }


def _attempt_rows(trainee: Trainee, model: FaceModel, dataset: Path, metric: Metric) -> Iterator[Row]:
    for curve in trainee.curves:
        for attempt in curve.attempts:
            yield _attempt_row(curve, attempt, model, dataset, metric)


def _attempt_row(curve: Curve, attempt: Attempt, model: FaceModel, dataset: Path, metric: Metric) -> Row:
    trial, parts, live = attempt.trial, attempt.parts, attempt.live
    measured = live.similarity[live.is_measured]
    return {
        "session": attempt.session,
        "target": curve.target,
        "attempt": attempt.number,
        "kind": KIND_WORDS[trial.kind],
        "trial": trial.id,
        "block": trial.block,
        "metric": metric.name,
        "score": attempt.score,
        **{f"region_{name}": value for name, value in parts.regions.items()},
        **{f"gap_{name}_mm": value for name, value in region_gaps_mm(parts, model).items()},
        "target_strength_mm": parts.target_strength_mm,
        "own_strength_mm": parts.mimic_strength_mm,
        "own_floor_mm": parts.mimic_floor_mm,
        "intensity_ratio": parts.intensity_ratio,
        "without_expression": "+".join(parts.without_expression),
        "captured_by": str(trial.details.get("locked_by") or ""),
        "seconds": trial.response_time_s,
        "live_metric": LIVE_METRIC if len(measured) else None,
        "live_similarity": attempt.live_score,
        "live_first": float(measured[0]) if len(measured) else None,
        "live_best": float(measured.max()) if len(measured) else None,
        "live_frames": len(live.time_s),
        "live_frames_without_face": int((~live.is_measured).sum()),
        "file": relative(attempt.face.picture.path, dataset),
    }


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
                "seen_by_landmarks": "yes" if one.is_seen else "hardly",
            }


def _words(trainee: Trainee, model: FaceModel, about: str) -> str:
    lines = [
        f"# sub-{trainee.participant}, {trainee.task}",
        "",
        headline(trainee) + ".",
        "",
        f"Similarity: {about}.",
        "",
    ]
    lines += ["| target | trials | attempts | first | best | last | gain |", "|---|---|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {row['target']} | {row['kind']} | {row['attempts']} | {row['first']:.2f} | {row['best']:.2f} "
        f"| {row['last']:.2f} | {'one attempt' if row['gain'] is None else format(row['gain'], '+.2f')} |"
        for row in target_rows(trainee)
    ]
    changed = [sentence for curve in trainee.curves for sentence in _told(curve, model)]
    if changed:
        lines += ["", "## What changed from the first attempt to the last", "", *changed]
    lines += list(_session_lines(trainee))
    remarks = [f"- {session.label}: {remark}" for session in trainee.sessions for remark in _remarks(session.record)]
    remarks += [
        f"- {session.label}: excluded: {gone.what} ({gone.reason}): {gone.message}"
        for session, gone in trainee.exclusions
    ]
    return "\n".join([*lines, *(["", *remarks] if remarks else [])]) + "\n"


def _session_lines(trainee: Trainee) -> Iterator[str]:
    """Mean similarity by session; nothing about a study without sessions, whose targets say it all."""
    if not any(record.session for record in trainee.records):
        return
    yield from ("", "## By session", "", "| session | trials | attempts | mean similarity |", "|---|---|---:|---:|")
    for session in trainee.sessions:
        for kind in KINDS:
            own = [
                attempt.score
                for curve in trainee.curves
                for attempt in curve.attempts
                if attempt.session == session.record.session and attempt.trial.kind == kind
            ]
            if own:
                label = session.record.session or "without a label"
                yield f"| {label} | {KIND_WORDS[kind]} | {len(own)} | {np.mean(own):.2f} |"


def _remarks(record: SessionRecord) -> Iterator[str]:
    if record.pilot:
        yield "This is a pilot session; it does not count."
    if not record.complete:
        yield "The session was not finished."


def _told(curve: Curve, model: FaceModel) -> Iterator[str]:
    if len(curve.attempts) < 2:
        return
    changes = [change for change in movement_changes(curve, model) if change.is_seen]
    nearer = sorted((c for c in changes if c.nearer_mm >= TOLD_MM), key=lambda c: -c.nearer_mm)[:_MOST_TOLD]
    further = sorted((c for c in changes if c.nearer_mm <= -TOLD_MM), key=lambda c: c.nearer_mm)[:_MOST_TOLD]
    missing = sorted((c for c in changes if c.missing_mm >= TOLD_MM), key=lambda c: -c.missing_mm)[:_MOST_TOLD]
    parts = [
        f"{word} {', '.join(map(_strengths, chosen))}"
        for word, chosen in (("nearer:", nearer), ("further away:", further))
        if chosen
    ]
    if missing:
        parts.append(
            "still to come: "
            + ", ".join(f"{_plain(c.movement)} {'more' if c.target > c.last else 'less'}" for c in missing)
        )
    yield f"- {curve.target}: {'; '.join(parts) or 'hardly any change'}"


def _strengths(change: MovementChange) -> str:
    return f"{_plain(change.movement)} {change.first:.2f} to {change.last:.2f} (target {change.target:.2f})"


def _plain(movement: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in movement)


def _calibration(trainee: Trainee) -> str:
    used = {session.participant.calibration if session.participant else "no" for session in trainee.sessions}
    return " and ".join(sorted(used))


def write_summary(people: Sequence[Trainee], folder: Path, *, metric: Metric) -> Path:
    """Write one line per trainee and target, and the change by group; returns the Markdown file."""
    put(
        folder / "training.csv",
        rows_csv([{**row, "metric": metric.name} for one in people for row in target_rows(one)]),
    )
    lines = ["# Training", "", f"Similarity of the kept frames: metric {metric.name} ({metric.formula}).", ""]
    lines += [f"- sub-{one.participant}, {one.task}: {headline(one)}" for one in people]
    for task in dict.fromkeys(one.task for one in people):
        lines += _group_lines([one for one in people if one.task == task], task)
    return put(folder / "training.md", "\n".join(lines) + "\n")


def _group_lines(people: Sequence[Trainee], task: str) -> Iterator[str]:
    """Mean gain of the trainees of each group; a trainee counts once, with the mean over their targets."""
    kind = main_kind(people)
    factors = sorted({name for one in people for name in one.groups})
    if not factors:
        return
    yield from ("", f"## {task}: gain from the first to the last {KIND_WORDS[kind]} trial, by group", "")
    yield from ("| group | people | mean gain | 95 % interval |", "|---|---:|---:|---|")
    for factor in factors:
        gains: defaultdict[str, list[float]] = defaultdict(list)
        for one in people:
            repeated = [change.gain for change in one.changes(kind).values() if change.attempts > 1]
            if repeated and factor in one.groups and not any(record.pilot for record in one.records):
                gains[one.groups[factor]].append(float(np.mean(repeated)))
        for level, values in sorted(gains.items()):
            yield f"| {factor}: {level} | {len(values)} | {np.mean(values):+.3f} | {_interval(values)} |"
    yield from ("", "Percentile bootstrap over people; pilot sessions are left out.")


def _interval(values: Sequence[float]) -> str:
    if len(values) < FEWEST_FOR_INTERVAL:
        return f"needs {FEWEST_FOR_INTERVAL} people"
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(np.asarray(values), size=(ROUNDS, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return f"{low:+.3f} to {high:+.3f}"
