"""Measure the frames of a film.

The result of a frame depends on this frame and on the last anchor, which has a fixed place in the video. An interval
that is measured alone therefore has the same numbers as within the whole film.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from analysis.courses.blinks import eye_openings, in_blink
from analysis.courses.kept_frames import KeptFrames
from analysis.courses.neutral_face import FILM_DETECTOR, NeutralFace, detect_frame
from analysis.courses.unit_movements import unit_movements
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.clip_faces import ANCHOR
from analysis.face.errors import FaceError, ImageError
from analysis.face.film_grey import SESSION_LUMA, grey_of_frame, grey_of_picture
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.emotion_responses import emotions_of, has_responses
from analysis.face.fitting.fit import fit_expressions
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings, FittedFace
from analysis.face.images import read_image
from analysis.face.landmarks.film_landmarks import find_in_stretch
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.tables.changed_pictures import CHANGED_FILE
from experiment.record.film.reading import FilmPart, FilmRow, frames_at

_TOGETHER = 30
"""Frames that are fitted together; more do not fit into the processor's cache."""
BLINK = "blink"
LOST = "lost"
DAMAGED = f"{LOST}-damaged"
"""Reasons of frames that are not used, in addition to those of `analysis.face.measurement.Exclusion`."""
POSE = ("yaw_deg", "pitch_deg", "roll_deg", "x_mm", "y_mm", "distance_mm")
QUALITY = ("detection_score", "eye_distance_px", "blur", "landmark_scatter_px", "fit_error")
"""How well a face can be measured: score of the face detector, size, blur, scatter of the landmarks between jittered
boxes, and error of the fit in eye distances."""


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
    quality: tuple[float | None, ...] | None = None
    """Values of `QUALITY`; None without landmarks."""
    similarity: float | None = None
    """To the target at this moment; None without an expression in one of the two faces."""
    movements: FloatArray | None = None
    """(M,) movements in the directions of `analysis.courses.unit_movements`."""

    @property
    def values(self) -> tuple[float, ...]:
        """Units, movements and emotions, as far as they were measured."""
        measured = (self.units, self.movements, self.emotions)
        return tuple(value for part in measured if part is not None for value in part.tolist())

    @property
    def is_used(self) -> bool:
        """Whether indices use the frame."""
        return not self.reason


def find_faces(part: FilmPart | KeptFrames, rows: Iterable[FilmRow]) -> Iterator[FrameFace]:
    """Yield the face of each of some frames of a film or a key press.

    Parameters
    ----------
    part : FilmPart or KeptFrames
        The part of the film, or the kept frames.
    rows : iterable of FilmRow
        Rows of the part in their order; those of lost frames have no face.
    """
    if isinstance(part, KeptFrames):
        yield from _kept_faces(part)
        return
    chosen = list(rows)
    wanted = {row.index for row in chosen}
    tracked = track_faces(frames_at(part, _with_anchors(part, chosen), pixels=grey_of_frame))
    faces = {face.row.index: face for face in tracked if face.row.index in wanted}
    for row in chosen:
        yield faces.get(row.index, FrameFace(row, None, f"{LOST}-{row.reason or 'interrupted'}"))


def _kept_faces(kept: KeptFrames) -> Iterator[FrameFace]:
    for row, file in zip(kept.rows, kept.files, strict=True):
        if row.is_lost:
            yield FrameFace(row, None, f"{LOST}-{row.reason}")
        elif file in kept.changed:
            yield FrameFace(row, None, CHANGED_FILE)
        else:
            yield _kept_face(row, file)


def _kept_face(row: FilmRow, file: Path) -> FrameFace:
    try:
        return FrameFace(row, detect_frame(read_image(file)))
    except FaceError as error:
        return FrameFace(row, None, error.reason)
    except ImageError:
        return FrameFace(row, None, DAMAGED)


def track_faces(frames: Iterable[tuple[FilmRow, ImageArray]]) -> Iterator[FrameFace]:
    """Yield the face of each of the given frames.

    Parameters
    ----------
    frames : iterable of (FilmRow, (H, W, 3) or (H, W) uint8 array)
        Frames of one or several videos in their order, RGB or grey. The first one of each stretch of `ANCHOR` frames
        has to be its anchor, so that the result does not depend on where the frames begin.
    """
    for _, stretch in groupby(frames, key=_stretch_of):
        rows, pictures = zip(*((row, grey_of_picture(image, SESSION_LUMA)) for row, image in stretch), strict=True)
        for row, found in zip(rows, find_in_stretch(pictures, FILM_DETECTOR), strict=True):
            if isinstance(found, FaceError):
                yield FrameFace(row, None, found.reason)
            else:
                yield FrameFace(row, found)


def measure_faces(
    faces: Sequence[FrameFace], neutral: NeutralFace | None, model: FaceModel, *, times_s: Sequence[float | None]
) -> Iterator[CourseFrame]:
    """Yield the measured face of each frame.

    Parameters
    ----------
    faces : sequence of FrameFace
        Their landmarks, in the order of the film. Frames are fitted together, but no value depends on another frame;
        whether a frame is in a blink depends on those within 0.4 s.
    neutral : NeutralFace or None
        The same person at rest; None if it could not be measured.
    model : FaceModel
        The face model.
    times_s : sequence of float or None
        Time of each frame from the onset of the target.
    """
    blinking = set() if neutral is None else _in_blink(faces, neutral, times_s)
    for begin in range(0, len(faces), _TOGETHER):
        part = faces[begin : begin + _TOGETHER]
        fits = iter(_fits([face.landmarks for face in part if face.landmarks is not None], neutral, model))
        for number, face in enumerate(part, start=begin):
            time_s = times_s[number]
            if face.landmarks is None:
                yield CourseFrame(face.row.index, time_s, face.reason)
            elif neutral is None:
                yield CourseFrame(face.row.index, time_s, "no-neutral", quality=_quality(face.landmarks))
            else:
                frame = _course_frame(face.row.index, time_s, next(fits), face.landmarks, model)
                yield replace(frame, reason=BLINK) if frame.is_used and number in blinking else frame


def _fits(
    landmarks: Sequence[Landmarks], neutral: NeutralFace | None, model: FaceModel
) -> Sequence[tuple[FittedFace, ...] | FaceError]:
    if neutral is None:
        return []
    learned = has_responses(model)
    bases = [model.finest_basis, *(["emotions"] if "emotions" in model.bases and not learned else [])]
    settings = FitSettings(ridge=INTENSITY_RIDGE)
    fits = fit_expressions(landmarks, model, neutral.identity, bases=bases, settings=settings)
    return [_with_emotions(fit, face, model) for fit, face in zip(fits, landmarks, strict=True)] if learned else fits


def _with_emotions(
    fits: tuple[FittedFace, ...] | FaceError, landmarks: Landmarks, model: FaceModel
) -> tuple[FittedFace, ...] | FaceError:
    return fits if isinstance(fits, FaceError) else (*fits, emotions_of(refit(fits[0], landmarks, model), fits[0]))


def _course_frame(
    index: int,
    time_s: float | None,
    fits: tuple[FittedFace, ...] | FaceError,
    landmarks: Landmarks,
    model: FaceModel,
) -> CourseFrame:
    if isinstance(fits, FaceError):
        return CourseFrame(index, time_s, fits.reason, quality=_quality(landmarks))
    fit, *emotions = fits
    return CourseFrame(
        index,
        time_s,
        "",
        np.asarray(fit.expression),
        np.asarray(emotions[0].expression) if emotions else None,
        _pose(fit),
        _quality(landmarks, fit),
        movements=unit_movements(fit, landmarks, model),
    )


def _in_blink(faces: Sequence[FrameFace], neutral: NeutralFace, times_s: Sequence[float | None]) -> set[int]:
    """Return the numbers of the faces that are in a blink."""
    timed = [
        (number, time_s, eye_openings(face.landmarks.points_px))
        for number, (face, time_s) in enumerate(zip(faces, times_s, strict=True))
        if face.landmarks is not None and time_s is not None
    ]
    if not timed:
        return set()
    numbers, times, openings = (np.array(column) for column in zip(*timed, strict=True))
    return set(numbers[in_blink(times, openings, neutral.openings)].tolist())


def _with_anchors(part: FilmPart, rows: list[FilmRow]) -> list[FilmRow]:
    """Return rows with their anchors."""
    needed: dict[str, set[int]] = {}
    for row in rows:
        if row.film_frame is not None:
            needed.setdefault(row.file, set()).update((row.film_frame // ANCHOR * ANCHOR, row.film_frame))
    return [row for row in part.rows if row.film_frame is not None and row.film_frame in needed.get(row.file, ())]


def _stretch_of(frame: tuple[FilmRow, ImageArray]) -> tuple[str, int]:
    row = frame[0]
    return row.file, (row.film_frame or 0) // ANCHOR


def _quality(landmarks: Landmarks, fit: FittedFace | None = None) -> tuple[float | None, ...]:
    """Return the values of `QUALITY`."""
    error = None if fit is None else fit.reprojection_error_eyes
    return (landmarks.score, landmarks.eye_distance_px, landmarks.blur, landmarks.scatter_px, error)


def _pose(fit: FittedFace) -> tuple[float, ...]:
    pose = fit.pose
    x, y, _ = pose.translation_mm.tolist()
    return (pose.yaw_deg, pose.pitch_deg, pose.roll_deg, x, y, pose.distance_mm)
