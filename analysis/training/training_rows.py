"""Rows of the tables of ``training``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import NAMES, visibility
from analysis.face.similarity.metrics import Metric
from analysis.tables.output_files import Row, relative_path
from analysis.training.learning import (
    KIND_WORDS,
    KINDS,
    Attempt,
    Change,
    Curve,
    Trainee,
    movement_changes,
    region_gaps_mm,
)
from analysis.training.sides import SideResult, side_changes, side_results

EXERCISE = ("set", "repetition")
"""Conditions of the trials of an exercise."""
SIDE_COLUMNS = ("target", "kind", "side", "attempts", "first", "best", "last", "mean")
"""Columns of `side_rows`."""
MOVEMENT_COLUMNS = ("target", "movement", "movement_name", "action_unit")
"""First columns of `movement_rows`."""


def changes(trainee: Trainee) -> Iterator[tuple[str, str, Change]]:
    """Yield target, kind of trial and change."""
    for curve in trainee.curves:
        for kind in KINDS:
            if (change := curve.change(kind)) is not None:
                yield curve.target, KIND_WORDS[kind], change


def target_rows(trainee: Trainee) -> Iterator[Row]:
    """Yield a row per target and kind of trial.

    A single attempt has neither gain nor slope.
    """
    for target, kind, change in changes(trainee):
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


def attempt_row(curve: Curve, attempt: Attempt, model: FaceModel, *, dataset: Path, metric: Metric) -> Row:
    """Return the row of one attempt.

    Parameters
    ----------
    curve : Curve
        The curve of its target.
    attempt : Attempt
        The attempt.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder that file names are relative to.
    metric : Metric
        The metric of the score.
    """
    trial, parts, live = attempt.trial, attempt.parts, attempt.live
    measured = live.similarity[live.is_measured]
    return {
        "session": attempt.session,
        "target": curve.target,
        "attempt": attempt.number,
        "kind": KIND_WORDS[trial.kind],
        "trial_id": trial.id,
        "block": trial.block,
        **{factor: trial.condition.get(factor) for factor in EXERCISE},
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


def side_rows(trainee: Trainee, model: FaceModel) -> Iterator[Row]:
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


def movement_rows(trainee: Trainee, model: FaceModel) -> Iterator[Row]:
    """Yield a row per target and visible movement: first and last attempt."""
    for curve in trainee.curves:
        for one in movement_changes(curve, model):
            if not one.is_visible:
                continue
            known = NAMES.get(one.movement)
            yield {
                "target": curve.target,
                "movement": one.movement,
                "movement_name": known.plain if known else "",
                "action_unit": known.facs if known else "",
                "target_strength": one.target,
                "first": one.first,
                "last": one.last,
                "nearer_mm": one.nearer_mm,
                "missing_mm": one.missing_mm,
                "seen_by_landmarks": visibility(known.correlation) if known else "",
            }
