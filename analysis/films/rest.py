"""The face at rest of a film: from a picture, or an interval given or found.

The interval that is found is, of those with little movement, the one with the weakest expression. Both are needed: a
smile that is held hardly moves. Even then a person may not have been at rest, so every output says ``found``.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.courses.frames import FrameFace
from analysis.courses.neutral_face import NeutralFace, calibrate, detect_frame, eye_opening
from analysis.courses.target_course import strength_mm
from analysis.errors import DataSetError
from analysis.face.arrays import FloatArray, IntArray
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
JITTER = 0.0044
"""Movement of a face at rest by the jitter of its landmarks, in eye distances (``docs/courses.md``). All intervals that
move by less are equally quiet: a picture that stands still, as in films of calls, moves by nothing."""
MEASURED = 0.9
"""Share of the frames of a candidate that must have a face with open eyes."""
MOST_CANDIDATES = 60
"""Candidates whose expressions are compared, evenly over the film: more take time."""
SPREAD = 15
"""Frames of the whole film that take part in this comparison, so that its identity is not that of one expression."""
_FILLED = 0.5
"""Share of the usual number of frames that a candidate must have: a few frames at the end of a gap hardly move."""
_OPEN = 0.8
"""Share of the usual opening of the eyes below which a frame is in a blink."""
_INNER = slice(17, 68)
"""Landmarks without the jaw line."""
_MOST_SHAPES = 600
"""Frames that are compared if a film has no candidate, evenly over the film: more need memory."""
Item = TypeVar("Item")


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


def rest_from_faces(faces: Iterable[FrameFace], model: FaceModel) -> NeutralFace | None:
    """Return the face at rest of a given interval; None if it has no usable face.

    Parameters
    ----------
    faces : iterable of FrameFace
        The frames of the interval.
    model : FaceModel
        The face model.
    """
    return calibrate([one.landmarks for one in faces if one.landmarks is not None], model, "interval")


def find_rest(faces: Iterable[FrameFace], model: FaceModel) -> tuple[NeutralFace, RestInterval] | None:
    """Return the face at rest of a film and where it was found; None without a face.

    Parameters
    ----------
    faces : iterable of FrameFace
        The frames of the film, in their order. They are read several times, so that not all of them have to be in
        memory.
    model : FaceModel
        The face model.
    """
    eyes = _eyes(faces)
    measured = np.flatnonzero(np.isfinite(eyes.opening))
    if not len(measured):
        return None
    candidates = list(_candidates(faces, eyes))
    if not candidates:
        eyes = _without_candidate(eyes, measured)
        shapes = [_shape(one) for one in _landmarks_of(faces, eyes.members(0, len(eyes.times_s)))]
        candidates = [_Candidate(_movement(shapes), 0, len(eyes.times_s))]
    lowest = max(JITTER, min(one.movement for one in candidates))
    quiet = _evenly([one for one in candidates if one.movement <= QUIET * lowest], MOST_CANDIDATES)
    shown = [members[len(members) // 2] for members in (eyes.members(one.first, one.stop) for one in quiet)]
    shown += measured[np.linspace(0, len(measured) - 1, SPREAD).round().astype(int)].tolist()
    strengths = _strengths(_landmarks_of(faces, shown), model)
    chosen = quiet[min(range(len(quiet)), key=lambda number: (strengths[number], quiet[number].movement))]
    members = eyes.members(chosen.first, chosen.stop)
    neutral = calibrate(_landmarks_of(faces, members), model, "found")
    if neutral is None:
        return None
    begin_s, end_s = float(eyes.times_s[members[0]]), float(eyes.times_s[members[-1]])
    return neutral, RestInterval(begin_s, end_s, chosen.movement, len(quiet))


@dataclass(frozen=True, slots=True, eq=False)
class _Eyes:
    """The eyes in all frames of a film."""

    times_s: FloatArray
    opening: FloatArray
    """NaN without a face."""
    is_open: NDArray[np.bool_]
    """Whether a frame has a face that is not in a blink."""

    def members(self, first: int, stop: int) -> list[int]:
        """Return the frames of an interval that are not in a blink."""
        found: list[int] = (first + np.flatnonzero(self.is_open[first:stop])).tolist()
        return found


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An interval in which the face may be at rest."""

    movement: float
    first: int
    """Its first frame."""
    stop: int
    """The first frame behind it."""


def _eyes(faces: Iterable[FrameFace]) -> _Eyes:
    times_s, opening = array("d"), array("d")
    for one in faces:
        times_s.append(one.row.time_s or 0.0)
        opening.append(np.nan if one.landmarks is None else eye_opening(one.landmarks))
    openings = np.array(opening)
    measured = openings[np.isfinite(openings)]
    usual = float(np.median(measured)) if len(measured) else np.inf
    return _Eyes(np.array(times_s), openings, openings >= _OPEN * usual)


def _candidates(faces: Iterable[FrameFace], eyes: _Eyes) -> Iterator[_Candidate]:
    """Yield every interval that has a face with open eyes."""
    times_s, shapes = eyes.times_s, _Shapes(faces)
    begins_s = np.arange(times_s[0], max(times_s[-1] - WINDOW_S, times_s[0]) + STEP_S / 2.0, STEP_S)
    edges = (np.searchsorted(times_s, begins_s + shift_s - 1e-6).tolist() for shift_s in (0.0, WINDOW_S))
    usual = WINDOW_S / float(np.median(np.diff(times_s))) if len(times_s) > 1 else 1.0
    for first, stop in zip(*edges, strict=True):
        members = eyes.members(first, stop)
        if members and len(members) >= max(MEASURED * (stop - first), _FILLED * usual):
            yield _Candidate(_movement(shapes.of(members)), first, stop)


def _without_candidate(eyes: _Eyes, measured: IntArray) -> _Eyes:
    """Return a film of which all frames with a face are used; of a long one, some."""
    is_used = np.zeros(len(eyes.times_s), dtype=np.bool_)
    is_used[_evenly(measured.tolist(), _MOST_SHAPES)] = True
    return replace(eyes, is_open=is_used)


class _Shapes:
    """Reads the shapes of frames; those before the last interval are forgotten.

    Parameters
    ----------
    faces : iterable of FrameFace
        The frames of a film, which are read once.
    """

    def __init__(self, faces: Iterable[FrameFace]) -> None:
        self._coming = enumerate(faces)
        self._read = -1
        self._kept: dict[int, FloatArray] = {}

    def of(self, members: Sequence[int]) -> list[FloatArray]:
        """Return the shapes of some frames.

        None of them may be before the first frame of an earlier call.
        """
        self._kept = {number: shape for number, shape in self._kept.items() if number >= members[0]}
        while self._read < members[-1]:
            self._read, one = next(self._coming)
            if one.landmarks is not None and self._read >= members[0]:
                self._kept[self._read] = _shape(one.landmarks)
        return [self._kept[number] for number in members]


def _landmarks_of(faces: Iterable[FrameFace], members: Sequence[int]) -> list[Landmarks]:
    """Return the landmarks of some frames, in the order of ``members``."""
    wanted = set(members)
    found = {number: one.landmarks for number, one in enumerate(faces) if number in wanted}
    return [landmarks for number in members if (landmarks := found[number]) is not None]


def _evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return some items, evenly among all; all of them if they are few."""
    if len(items) <= most:
        return list(items)
    return [items[number] for number in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _movement(shapes: Sequence[FloatArray]) -> float:
    return float(np.sqrt(np.array(shapes).var(axis=0).sum(axis=1).mean()))


def _shape(face: Landmarks) -> FloatArray:
    """Return the inner landmarks with the eyes at fixed places, in eye distances."""
    points = face.points_px @ np.array([1.0, 1.0j])
    left, right = points[36:42].mean(), points[42:48].mean()
    placed = ((points - (left + right) / 2.0) / (right - left))[_INNER]
    return np.stack((placed.real, placed.imag), axis=1)


def _strengths(faces: Sequence[Landmarks], model: FaceModel) -> list[float]:
    """Return the strength of each expression, mm; all 0 if no face model fits.

    One identity is fitted to all of them.
    """
    try:
        fits = fit_jointly(faces, model, basis=model.finest_basis)
    except FaceError:
        return [0.0] * len(faces)
    return [strength_mm(np.asarray(fit.expression), model) for fit in fits]
