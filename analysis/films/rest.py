"""The face at rest of a film: from a picture, or an interval given or found.

The interval that is found is, of those with little movement, the one with the weakest expression. Both are needed: a
smile that is held hardly moves. Even then a person may not have been at rest, so every output says ``found``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.courses.frames import FrameFace
from analysis.courses.neutral_face import NeutralFace, calibrate, detect_frame, eye_opening
from analysis.courses.target_course import strength_mm
from analysis.errors import DataSetError
from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.film_grey import Luma
from analysis.face.fitting.fit import fit_jointly
from analysis.face.images import read_image
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel

WINDOW_S = 0.4
"""Length of the interval that is found. Between two expressions, a face is often at rest for no longer."""
STEP_S = 0.1
"""Time between the beginnings of two candidates."""
QUIET = 2.0
"""Candidates move at most this many times as much as the quietest interval."""
MEASURED = 0.9
"""Share of the frames of a candidate that must have a face with open eyes."""
MOST_CANDIDATES = 60
"""Candidates whose expressions are compared, evenly over the film: more take time."""
SPREAD = 15
"""Frames of the whole film that take part in this comparison, so that its identity is not that of one expression."""
_OPEN = 0.8
"""Share of the usual opening of the eyes below which a frame is in a blink."""
_INNER = slice(17, 68)
"""Landmarks without the jaw line."""


@dataclass(frozen=True, slots=True)
class RestInterval:
    """The interval that was found."""

    begin_s: float
    end_s: float
    movement: float
    """Standard deviation of the landmarks within it, in eye distances."""
    candidates: int
    """Number of quiet intervals that it was chosen from."""


def rest_from_picture(picture: Path, model: FaceModel, *, luma: Luma) -> NeutralFace:
    """Return the face at rest of a picture.

    Parameters
    ----------
    picture : Path
        The picture.
    model : FaceModel
        The face model.
    luma : Luma
        Weights of the grey values of its film.

    Raises
    ------
    DataSetError
        If the picture cannot be read, or its face cannot be measured.
    """
    try:
        face = detect_frame(read_image(picture), luma)
    except AnalysisError as error:
        text = str(error).removeprefix(f"{picture}: ")
        raise DataSetError(f"{picture}: the face at rest cannot be measured ({text}); choose another picture") from None
    neutral = calibrate([face], model, "picture")
    if neutral is None:
        raise DataSetError(f"{picture}: no face model fits the face at rest; choose another picture")
    return neutral


def rest_from_faces(faces: Sequence[FrameFace], model: FaceModel) -> NeutralFace | None:
    """Return the face at rest of a given interval; None if it has no usable face.

    Parameters
    ----------
    faces : sequence of FrameFace
        The frames of the interval.
    model : FaceModel
        The face model.
    """
    return calibrate([one.landmarks for one in faces if one.landmarks is not None], model, "interval")


def find_rest(faces: Sequence[FrameFace], model: FaceModel) -> tuple[NeutralFace, RestInterval] | None:
    """Return the face at rest of a film and where it was found; None without a face.

    Parameters
    ----------
    faces : sequence of FrameFace
        The frames of the film, in their order.
    model : FaceModel
        The face model.
    """
    candidates = _candidates(faces)
    if not candidates:
        return None
    lowest = min(movement for movement, _ in candidates)
    quiet = [one for one in candidates if one[0] <= QUIET * lowest]
    if len(quiet) > MOST_CANDIDATES:
        quiet = [quiet[number] for number in np.linspace(0, len(quiet) - 1, MOST_CANDIDATES).round().astype(int)]
    measured = [one.landmarks for one in faces if one.landmarks is not None]
    spread = [measured[number] for number in np.linspace(0, len(measured) - 1, SPREAD).round().astype(int)]
    strengths = _strengths([*(_middle(members) for _, members in quiet), *spread], model)
    chosen = min(range(len(quiet)), key=lambda number: (strengths[number], quiet[number][0]))
    movement, members = quiet[chosen]
    neutral = calibrate([one.landmarks for one in members if one.landmarks is not None], model, "found")
    if neutral is None:
        return None
    begin_s, end_s = members[0].row.time_s or 0.0, members[-1].row.time_s or 0.0
    return neutral, RestInterval(begin_s, end_s, movement, len(quiet))


def _candidates(faces: Sequence[FrameFace]) -> list[tuple[float, list[FrameFace]]]:
    """Return movement and frames of every interval that has a face with open eyes."""
    measured = [one for one in faces if one.landmarks is not None]
    if not measured:
        return []
    usual = float(np.median([eye_opening(one.landmarks) for one in measured if one.landmarks is not None]))
    times = np.array([one.row.time_s or 0.0 for one in faces])
    found = []
    for begin_s in np.arange(times[0], max(times[-1] - WINDOW_S, times[0]) + STEP_S / 2.0, STEP_S).tolist():
        first, stop = np.searchsorted(times, [begin_s - 1e-6, begin_s + WINDOW_S - 1e-6]).tolist()
        members = [
            one
            for one in faces[first:stop]
            if one.landmarks is not None and eye_opening(one.landmarks) >= _OPEN * usual
        ]
        if members and len(members) >= MEASURED * (stop - first):
            found.append((_movement(members), members))
    return found or [(_movement(measured), measured)]


def _movement(members: Sequence[FrameFace]) -> float:
    shapes = np.array([_shape(one.landmarks) for one in members if one.landmarks is not None])
    return float(np.sqrt(shapes.var(axis=0).sum(axis=1).mean()))


def _shape(face: Landmarks) -> FloatArray:
    """Return the inner landmarks with the eyes at fixed places, in eye distances."""
    points = face.points_px @ np.array([1.0, 1.0j])
    left, right = points[36:42].mean(), points[42:48].mean()
    placed = ((points - (left + right) / 2.0) / (right - left))[_INNER]
    return np.stack((placed.real, placed.imag), axis=1)


def _middle(members: Sequence[FrameFace]) -> Landmarks:
    face = members[len(members) // 2].landmarks
    assert face is not None
    return face


def _strengths(faces: Sequence[Landmarks], model: FaceModel) -> list[float]:
    """Return the strength of each expression, mm; all 0 if no face model fits.

    One identity is fitted to all of them.
    """
    try:
        fits = fit_jointly(faces, model, basis=model.finest_basis)
    except FaceError:
        return [0.0] * len(faces)
    return [strength_mm(np.asarray(fit.expression), model) for fit in fits]
