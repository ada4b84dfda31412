"""The numbers behind the tables, one picture a row: a doubted cell can be followed down to 68 points of one file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from analysis.face.measurement import Exclusion, MeasuredFace
from analysis.tables.picture_landmarks import sha256_of
from analysis.tables.session import MeasuredSession

Value: TypeAlias = str | float | int | None
Row: TypeAlias = dict[str, Value]


def measurement_rows(session: MeasuredSession, dataset: Path) -> list[Row]:
    """Every picture that was measured: what it is, pose, fit, intensities, expression coefficients and landmarks.

    Columns ``score_UNIT`` hold the coefficients that faces are compared by (strong ridge), ``intensity_UNIT`` those
    that say how strong a movement is (weak ridge), ``emotion_NAME`` the blend of whole-face emotions; 0 to 1 each.
    """
    return list(_measurement_rows(session, dataset))


def _measurement_rows(session: MeasuredSession, dataset: Path) -> Iterator[Row]:
    for number, face in enumerate(session.participant.neutrals if session.participant else (), start=1):
        yield _row({"role": "calibration", "id": f"calibration-{number:02d}"}, face, dataset)
    takes: dict[str, int] = {}
    for mimic in session.mimics:
        trial = mimic.trial
        takes[trial.target] = takes.get(trial.target, 0) + 1
        about: Row = {
            "role": "trial",
            "id": trial.id,
            "target": trial.target,
            "expression": session.record.targets[trial.target].expression,
            "block": trial.block,
            "take": takes[trial.target],
            "response_time_s": trial.response_time_s,
            "key_to_frame_ms": trial.key_to_frame_ms,
            "half_interval_ms": trial.half_interval_ms,
            "late_flips": trial.late_flips,
            "missed_frames": trial.missed_frames,
        }
        if trial.hold_to_frame_ms is not None:
            about["hold_to_frame_ms"] = trial.hold_to_frame_ms
        yield _row(about, mimic.face, dataset)
    for name, face in session.targets.items():
        expression = session.record.targets[name].expression
        yield _row({"role": "target", "id": name, "target": name, "expression": expression}, face, dataset)


def _row(about: Row, face: MeasuredFace, dataset: Path) -> Row:
    fit, seen = face.score_fit, face.landmarks
    row = about | {
        "file": relative(face.picture.path, dataset),
        "sha256": sha256_of(face.picture.path),
        "image_width_px": seen.image_size[0],
        "image_height_px": seen.image_size[1],
        "eye_distance_px": seen.eye_distance_px,
        "detector_score": seen.score,
        "blur": seen.blur,
        "landmark_scatter_px": seen.scatter_px,
        "identity": fit.identity.how,
        "identity_frames": fit.identity.frames,
        "yaw_deg": fit.pose.yaw_deg,
        "pitch_deg": fit.pose.pitch_deg,
        "roll_deg": fit.pose.roll_deg,
        "turn_side_deg": face.turn_deg[0],
        "turn_chin_up_deg": face.turn_deg[1],
        "distance_mm": fit.pose.distance_mm,
        "focal_px": fit.pose.focal_px,
        "reprojection_error_px": fit.reprojection_error_px,
        "reprojection_error_eyes": fit.reprojection_error_eyes,
    }
    row |= {f"score_{name}": float(value) for name, value in zip(fit.names, fit.expression, strict=True)}
    strong = face.intensity_fit
    row |= {f"intensity_{name}": float(value) for name, value in zip(strong.names, strong.expression, strict=True)}
    if face.emotion_fit is not None:
        blend = face.emotion_fit
        row |= {f"emotion_{name}": float(value) for name, value in zip(blend.names, blend.expression, strict=True)}
    for number, (x, y) in enumerate(seen.points_px, start=1):
        row |= {f"x{number}_px": float(x), f"y{number}_px": float(y)}
    return row


def exclusion_rows(exclusions: Iterable[Exclusion], dataset: Path) -> list[Row]:
    """Everything that is in no table, with its reason."""
    return [
        {
            "what": one.what,
            "target": one.target,
            "reason": one.reason,
            "message": one.message,
            "file": None if one.file is None else relative(one.file, dataset),
        }
        for one in exclusions
    ]


def rows_csv(rows: Sequence[Mapping[str, Value]], *, columns: Sequence[str] = ()) -> str:
    """CSV of rows that may lack columns; the columns are those given and any other in the order they appear."""
    header = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_field(row.get(name)) for name in header])
    return text.getvalue()


def _field(value: Value) -> str:
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def relative(path: Path, dataset: Path) -> str:
    """The path from the top of the data set, with forward slashes; as it is where it lies outside."""
    absolute, top = path.absolute(), dataset.absolute()
    return absolute.relative_to(top).as_posix() if absolute.is_relative_to(top) else absolute.as_posix()
