"""Rows of measurements and exclusions; they trace every cell to its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.face.measurement import Exclusion, MeasuredFace
from analysis.face.models.movements import HARDLY_SEEN
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.output_files import Row, known_sha256, relative_path

EXCLUSION_COLUMNS = ("what", "target", "reason", "message", "file")


def measurement_rows(session: MeasuredSession, dataset: Path, *, all_units: bool = False) -> list[Row]:
    """Return a row for every measured picture: pose, fit, coefficients and landmarks.

    Columns ``score_UNIT`` hold the coefficients for comparing faces (strong ridge), ``intensity_UNIT`` the strength of
    each movement (weak ridge), ``emotion_NAME`` the blend of whole-face emotions; 0 to 1 each.

    Parameters
    ----------
    session : MeasuredSession
        The measured faces.
    dataset : Path
        The folder that file names are relative to.
    all_units : bool
        Whether to include units that 68 landmarks hardly show.
    """
    hidden = () if all_units else {f"{fit}_{unit}" for fit in ("score", "intensity") for unit in HARDLY_SEEN}
    rows = _measurement_rows(session, dataset)
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows]


def _measurement_rows(session: MeasuredSession, dataset: Path) -> Iterator[Row]:
    for number, face in enumerate(session.participant.neutrals if session.participant else (), start=1):
        yield _row({"role": "calibration", "id": f"calibration-{number:02d}"}, face, dataset)
    for mimic in session.mimics:
        trial = mimic.trial
        about: Row = {
            "role": "trial",
            "id": trial.id,
            "target": trial.target,
            "expression": session.record.targets[trial.target].expression,
            "block": trial.block,
            "kind": trial.kind,
            "take": mimic.take,
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
    fit, landmarks = face.score_fit, face.landmarks
    row = about | {
        "file": relative_path(face.picture.path, dataset),
        "sha256": known_sha256(face.picture.path),
        "image_width_px": landmarks.image_size[0],
        "image_height_px": landmarks.image_size[1],
        "eye_distance_px": landmarks.eye_distance_px,
        "detector_score": landmarks.score,
        "blur": landmarks.blur,
        "landmark_scatter_px": landmarks.scatter_px,
        "identity": "alone" if fit.identity.how == "joint" and fit.identity.frames == 1 else fit.identity.how,
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
    fits = {"score": fit, "intensity": face.intensity_fit, "emotion": face.emotion_fit}
    for prefix, one in fits.items():
        if one is not None:
            row |= {f"{prefix}_{name}": float(value) for name, value in zip(one.names, one.expression, strict=True)}
    for number, (x, y) in enumerate(landmarks.points_px, start=1):
        row |= {f"x{number}_px": float(x), f"y{number}_px": float(y)}
    return row


def exclusion_rows(exclusions: Iterable[Exclusion], dataset: Path) -> list[Row]:
    """Return a row for every exclusion."""
    return [
        {
            "what": one.what,
            "target": one.target,
            "reason": one.reason,
            "message": one.short_message,
            "file": None if one.file is None else relative_path(one.file, dataset),
        }
        for one in exclusions
    ]
