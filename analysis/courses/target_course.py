"""The target of a trial over time, and the similarity of a face to it.

A moving target is measured frame by frame like the participant, and compared at the moment at which each of its frames
was shown. A still target is compared with its picture.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.courses.neutral_face import detect_frame
from analysis.face.arrays import FloatArray
from analysis.face.clip_faces import measure_clip
from analysis.face.errors import AnalysisError
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings
from analysis.face.images import read_image
from analysis.face.models.model import FaceModel
from analysis.face.similarity.correlation import cosine
from analysis.face.similarity.parts import NOISE_FLOOR_MM
from analysis.face.similarity.points import point_mask
from experiment.record.files import known_sha256
from experiment.record.session_record import SessionRecord, TargetRecord

_HELD_STEP_S = 1 / 30
"""Time between two rows of a frame that is held."""


@dataclass(frozen=True, slots=True, eq=False)
class TargetCourse:
    """The measured units of a target.

    One row for a picture, one row a frame for a moving target.
    """

    units: FloatArray
    """(T, E) strengths; NaN where the face of a frame was not measured."""
    is_moving: bool
    fault: str = ""
    """Why the target was not measured; it then has no rows."""

    def at(self, time_s: float, motion_s: Sequence[tuple[int, float]], duration_s: float) -> FloatArray | None:
        """Return the (E,) units of the target at a moment.

        None while it is not shown or not measured.

        Parameters
        ----------
        time_s : float
            From the onset of the target.
        motion_s : sequence of (int, float)
            Frames of a moving target, and when each was first shown, s from the onset.
        duration_s : float
            How long the target was shown.
        """
        if self.fault or not 0.0 <= time_s < duration_s:
            return None
        number = 0
        if self.is_moving:
            shown = bisect_right([start for _, start in motion_s], time_s) - 1
            if shown < 0 or motion_s[shown][0] >= len(self.units):
                return None
            number = motion_s[shown][0]
        row = self.units[number]
        return None if np.isnan(row).any() else row

    def over_time(self, motion_s: Sequence[tuple[int, float]], duration_s: float) -> tuple[FloatArray, FloatArray]:
        """Return the (M,) times and (M, E) units of the target while it was shown.

        A frame is shown until the next one, so a frame that is held has several rows. Frames without a measured face
        have none. A picture has one row, at its onset.

        Parameters
        ----------
        motion_s : sequence of (int, float)
            Frames of a moving target, and when each was first shown, s from the onset.
        duration_s : float
            How long the target was shown.
        """
        shown = list(_held(motion_s, duration_s)) if self.is_moving else [(0, 0.0)]
        rows = [(time_s, self.units[number]) for number, time_s in shown if number < len(self.units)]
        measured = [(time_s, row) for time_s, row in rows if not np.isnan(row).any()]
        width = self.units.shape[1]
        units = np.array([row for _, row in measured], dtype=np.float64).reshape(len(measured), width)
        return np.array([time_s for time_s, _ in measured], dtype=np.float64), units


def _held(motion_s: Sequence[tuple[int, float]], duration_s: float) -> Iterator[tuple[int, float]]:
    """Yield number and times of each frame: its first, then more until the next."""
    ends_s = [*(time_s for _, time_s in motion_s[1:]), duration_s]
    for (number, begin_s), end_s in zip(motion_s, ends_s, strict=False):
        yield number, begin_s
        for step in range(1, math.ceil((end_s - begin_s) / _HELD_STEP_S - 1e-6)):
            yield number, begin_s + step * _HELD_STEP_S


def measure_target(target: TargetRecord, record: SessionRecord, model: FaceModel) -> TargetCourse:
    """Return the course of a target.

    Parameters
    ----------
    target : TargetRecord
        The target.
    record : SessionRecord
        The session that showed it, with the hashes of its files.
    model : FaceModel
        The face model.
    """
    hashes = dict(record.hashes)
    if target.motion is not None and target.motion_sha256 is not None:
        hashes[target.motion] = target.motion_sha256
    for file in (target.image, target.neutral, target.motion):
        if file is not None and file in hashes and (not file.is_file() or known_sha256(file) != hashes[file]):
            return _unmeasured(f"{file.name} is not the file that was shown; restore it from a copy", target)
    if target.neutral is None and target.motion is None:
        return _unmeasured("it has no neutral picture", target)
    try:
        if target.motion is not None:
            clip = measure_clip(target.motion, model, neutral=target.neutral, background=target.background)
            missing = np.full(len(clip.names), np.nan)
            rows = [missing if frame.units is None else frame.units for frame in clip.frames]
            return TargetCourse(np.array(rows), is_moving=True)
        assert target.neutral is not None
        return _still(target.image, target.neutral, target.background, model)
    except AnalysisError as error:
        return _unmeasured(str(error), target)


class MeasuredTargets:
    """Courses of the targets of many sessions; equal ones are measured once.

    Measuring a moving target takes seconds, and all participants of a study see the same ones.

    Parameters
    ----------
    model : FaceModel
        The face model.
    """

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._courses: dict[tuple[Path | str | None, ...], TargetCourse] = {}

    def course(self, target: TargetRecord, record: SessionRecord) -> TargetCourse:
        """Return the course of a target, see `measure_target`.

        Parameters
        ----------
        target : TargetRecord
            The target.
        record : SessionRecord
            The session that showed it.
        """
        files = (target.image, target.neutral, target.motion)
        hashes = (None if file is None else record.hashes.get(file) for file in files)
        key = (*files, target.motion_sha256, target.background, *hashes)
        if key not in self._courses:
            self._courses[key] = measure_target(target, record, self._model)
        return self._courses[key]


def similarity(units: FloatArray, target: FloatArray, model: FaceModel) -> float | None:
    """Return the cosine of the units of two faces, 0..1.

    None if one of them does not differ from rest.

    Parameters
    ----------
    units, target : (E,) float arrays
        Strengths of the units.
    model : FaceModel
        The face model.
    """
    if min(strength_mm(units, model), strength_mm(target, model)) < NOISE_FLOOR_MM:
        return None
    return cosine(units, target)


def strength_mm(units: FloatArray, model: FaceModel) -> float:
    """Return the root mean square movement of the mobile quarter of the face, mm.

    Parameters
    ----------
    units : (E,) float array
        Strengths of the units.
    model : FaceModel
        The face model.
    """
    return math.sqrt(max(float(units @ _squares(model) @ units), 0.0))


@lru_cache(maxsize=4)
def _squares(model: FaceModel) -> FloatArray:
    """Return the (E, E) mean products of the movements of two units, mm^2."""
    shapes = model.bases[model.finest_basis].shapes[:, point_mask(model, "mobile")]
    flat = shapes.reshape(len(shapes), -1)
    products: FloatArray = flat @ flat.T / shapes.shape[1]
    return products


def _still(image: Path, neutral: Path, background: str, model: FaceModel) -> TargetCourse:
    faces = [detect_frame(read_image(file, background=background)) for file in (neutral, image)]
    identity = calibrate_identity(faces[:1], model)
    settings = FitSettings(ridge=INTENSITY_RIDGE)
    fit = fit_expression(faces[1], model, identity, basis=model.finest_basis, settings=settings)
    return TargetCourse(np.array([fit.expression]), is_moving=False)


def _unmeasured(why: str, target: TargetRecord) -> TargetCourse:
    return TargetCourse(np.zeros((0, 0)), target.motion is not None, fault=why)
