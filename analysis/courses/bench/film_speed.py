"""Time the parts of measuring a film, in processor time.

Other programs may run on the machine; they lengthen processor time less than elapsed time. One thread does all work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import cv2

from analysis.courses.frames import find_faces, measure_faces, track_faces
from analysis.courses.neutral_face import FILM_DETECTOR, calibrate
from analysis.face.clip_faces import ANCHOR
from analysis.face.errors import AnalysisError
from analysis.face.film_grey import grey_of_frame
from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.tracker import LandmarkTracker
from analysis.face.models.model import FaceModel
from experiment.record.film.reading import FilmPart, frames_at

T = TypeVar("T")
_FEW = 15
"""Frames that are measured singly for comparison, and frames that calibrate."""


@dataclass(frozen=True, slots=True)
class FilmSpeed:
    """Milliseconds of processor time a frame."""

    size_px: tuple[int, int]
    frames: int
    used: int
    """Frames whose face was measured."""
    decode_ms: float
    """From the file to grey pixels."""
    search_ms: float
    """Search for the face in the anchors, shared by all frames of a stretch."""
    landmarks_ms: float
    """Landmarks and checks of quality, without the search."""
    fit_ms: float
    """Units, emotions and pose."""
    whole_ms: float
    """All of this in one pass, from the file to the values of a row."""
    single_landmarks_ms: float
    """Landmarks of one frame after the other by `LandmarkTracker`, three boxes."""
    single_fit_ms: float
    """The same fits by `fit_expression`, one after the other."""

    @property
    def frames_per_s(self) -> float:
        """Frames a second of one core."""
        return 1000.0 / self.whole_ms


def measure_film_speed(part: FilmPart, model: FaceModel) -> FilmSpeed:
    """Time the parts of measuring a drawn film.

    Parameters
    ----------
    part : FilmPart
        The film; at rest in its first frame.
    model : FaceModel
        The face model.

    Raises
    ------
    AnalysisError
        If the film shows no face that can be measured.
    """
    cv2.setNumThreads(1)
    rows = [row for row in part.rows if not row.is_lost]
    list(find_faces(part, rows[:2]))  # load weights
    grey, decode_ms = _timed(lambda: list(frames_at(part, rows, pixels=grey_of_frame)))
    faces, found_ms = _timed(lambda: list(track_faces(grey)))
    _, search_ms = _timed(lambda: [FILM_DETECTOR.find_face(image) for _, image in grey[::ANCHOR]])
    landmarks = [face.landmarks for face in faces if face.landmarks is not None]
    neutral = calibrate(landmarks[:_FEW], model, "baseline")
    if neutral is None:
        raise AnalysisError("the drawn film shows no face that can be measured; install the program again")
    times_s = [row.time_s for row in rows]
    list(measure_faces(faces[:2], neutral, model, times_s=times_s[:2]))
    _, fit_ms = _timed(lambda: list(measure_faces(faces, neutral, model, times_s=times_s)))
    used, whole_ms = _timed(
        lambda: sum(one.is_used for one in measure_faces(list(find_faces(part, rows)), neutral, model, times_s=times_s))
    )
    tracker, few = LandmarkTracker(LandmarkDetector(boxes=FILM_DETECTOR.boxes)), min(_FEW, len(landmarks))
    tracker.update(grey[0][1])
    _, single_landmarks_ms = _timed(lambda: [tracker.update(image) for _, image in grey[1 : few + 1]])
    settings, bases = FitSettings(ridge=INTENSITY_RIDGE), (model.finest_basis, "emotions")
    _, single_fit_ms = _timed(
        lambda: [
            fit_expression(one, model, neutral.identity, basis=basis, settings=settings)
            for one in landmarks[:few]
            for basis in bases
        ]
    )
    count = len(rows)
    height, width = grey[0][1].shape
    return FilmSpeed(
        (width, height),
        count,
        used,
        decode_ms=decode_ms / count,
        search_ms=search_ms / count,
        landmarks_ms=(found_ms - search_ms) / count,
        fit_ms=fit_ms / count,
        whole_ms=whole_ms / count,
        single_landmarks_ms=single_landmarks_ms / few,
        single_fit_ms=single_fit_ms / few,
    )


def _timed(run: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    result = run()
    return result, 1000.0 * (time.process_time() - began)
