"""Measure the frames of a film.

The result of a frame depends on this frame and on those since the last anchor, which has a fixed place in the video.
An interval that is measured alone therefore has the same numbers as within the whole film.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from analysis.courses.neutral_face import NeutralFace, film_tracker
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings, FittedFace
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.tracker import LandmarkTracker
from analysis.face.models.model import FaceModel
from experiment.record.film.reading import FilmPart, FilmRow, frames_at

ANCHOR = 30
"""The face is searched again, without regard to earlier frames, in every video frame whose number is a multiple."""
BLINK_STRENGTH = 0.1
"""Mean measured strength of `eyeBlink` of both eyes above which a frame is in a blink, see ``docs/courses.md``."""
BLINK = "blink"
LOST = "lost"
"""Reasons of frames that are not used, in addition to those of `analysis.face.measurement.Exclusion`."""
POSE = ("yaw_deg", "pitch_deg", "roll_deg", "x_mm", "y_mm", "distance_mm")


@dataclass(frozen=True, slots=True, eq=False)
class FrameFace:
    """The landmarks of one frame, or why there are none."""

    row: FilmRow
    landmarks: Landmarks | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CourseFrame:
    """The face of one frame."""

    index: int
    """Number of the camera frame."""
    time_s: float | None
    """From the onset of the target; None for a lost frame whose time is not known."""
    reason: str
    """Why the frame is not used; empty if it is."""
    units: FloatArray | None = None
    """(E,) strengths, 0..1, as change from the face at rest; None if they were not measured."""
    emotions: FloatArray | None = None
    """(6,) strengths of whole-face emotions; None where the model has none."""
    pose: tuple[float, ...] | None = None
    """Values of `POSE`."""
    similarity: float | None = None
    """To the target at this moment; None without an expression in one of the two faces."""

    @property
    def is_used(self) -> bool:
        """Whether indices use the frame."""
        return not self.reason


def find_faces(part: FilmPart, rows: Iterable[FilmRow]) -> Iterator[FrameFace]:
    """Yield the face of each of some frames of a film.

    Parameters
    ----------
    part : FilmPart
        The part of the film.
    rows : iterable of FilmRow
        Rows of the part in their order; those of lost frames have no face.
    """
    chosen = list(rows)
    wanted = {row.index for row in chosen}
    tracked = track_faces(frames_at(part, _with_anchors(part, chosen)))
    faces = {face.row.index: face for face in tracked if face.row.index in wanted}
    for row in chosen:
        yield faces.get(row.index, FrameFace(row, None, f"{LOST}-{row.reason or 'interrupted'}"))


def track_faces(frames: Iterable[tuple[FilmRow, ImageArray]]) -> Iterator[FrameFace]:
    """Yield the face of each of the given frames, tracked from frame to frame.

    Parameters
    ----------
    frames : iterable of (FilmRow, (H, W, 3) uint8 array)
        Frames of one video in their order. The first one is an anchor, so that the result does not depend on where
        the frames begin.
    """
    tracker = film_tracker()
    for row, image in frames:
        if row.film_frame is not None and row.film_frame % ANCHOR == 0:
            tracker = film_tracker()
        landmarks, reason = _landmarks(tracker, image)
        yield FrameFace(row, landmarks, reason)


def measure_face(
    face: FrameFace, neutral: NeutralFace | None, model: FaceModel, *, time_s: float | None
) -> CourseFrame:
    """Return the measured face of a frame.

    Parameters
    ----------
    face : FrameFace
        Its landmarks.
    neutral : NeutralFace or None
        The same person at rest; None if it could not be measured.
    model : FaceModel
        The face model.
    time_s : float or None
        Time of the frame from the onset of the target.
    """
    index = face.row.index
    if face.landmarks is None:
        return CourseFrame(index, time_s, face.reason)
    if neutral is None:
        return CourseFrame(index, time_s, "no-neutral")
    settings = FitSettings(ridge=INTENSITY_RIDGE)
    try:
        fit = fit_expression(face.landmarks, model, neutral.identity, basis=model.finest_basis, settings=settings)
        emotions = (
            fit_expression(face.landmarks, model, neutral.identity, basis="emotions", settings=settings)
            if "emotions" in model.bases
            else None
        )
    except FaceError as error:
        return CourseFrame(index, time_s, error.reason)
    return CourseFrame(
        index,
        time_s,
        BLINK if is_blink(fit) else "",
        np.asarray(fit.expression),
        None if emotions is None else np.asarray(emotions.expression),
        _pose(fit),
    )


def _with_anchors(part: FilmPart, rows: list[FilmRow]) -> list[FilmRow]:
    """Return rows with the frames between them and since their anchors."""
    needed: dict[str, set[int]] = {}
    for row in rows:
        if row.film_frame is not None:
            needed.setdefault(row.file, set()).update(range(row.film_frame // ANCHOR * ANCHOR, row.film_frame + 1))
    return [row for row in part.rows if row.film_frame is not None and row.film_frame in needed.get(row.file, ())]


def _landmarks(tracker: LandmarkTracker, image: ImageArray) -> tuple[Landmarks | None, str]:
    try:
        return tracker.update(image), ""
    except FaceError as error:
        return None, error.reason


def is_blink(fit: FittedFace) -> bool:
    """Return whether the eyes of a face are closing, closed or opening."""
    lids = [strength for name, strength in zip(fit.names, fit.expression, strict=True) if name.startswith("eyeBlink")]
    return bool(lids) and float(np.mean(lids)) > BLINK_STRENGTH


def _pose(fit: FittedFace) -> tuple[float, ...]:
    pose = fit.pose
    x, y, _ = pose.translation_mm.tolist()
    return (pose.yaw_deg, pose.pitch_deg, pose.roll_deg, x, y, pose.distance_mm)
