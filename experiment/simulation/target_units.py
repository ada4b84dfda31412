"""The units of a target: known if the target was rendered, else measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.clip_faces import measure_clip
from analysis.face.errors import AnalysisError
from analysis.face.measurement import NEUTRAL, Picture, detect_face, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.synthetic.drawn_course import DrawnMovement
from analysis.face.synthetic.expressions import drawn_target_units
from analysis.terminal import progress
from experiment.protocol.plan import Target


@dataclass(frozen=True, slots=True, eq=False)
class TargetCourse:
    """The units of a target over time."""

    times_s: FloatArray
    """(K,) times since the onset, ascending from 0."""
    units: FloatArray
    """(K, E) units at these times; linear between them, the last ones stay."""

    def at(self, times_s: FloatArray) -> FloatArray:
        """Return the (T, E) units at times since the onset.

        Parameters
        ----------
        times_s : (T,) float array
            Times since the onset of the target, s.
        """
        courses = [np.interp(times_s, self.times_s, unit) for unit in self.units.T]
        return np.stack(courses, axis=1)


BLENDS_FILE = "targets.json"
"""File next to rendered pictures with their blends (`analysis.face.render.portraits`)."""


def target_units(target: Target, model: FaceModel) -> FloatArray:
    """Return the (E,) strengths of the units of the model in a target.

    They are exact for blends and units of a protocol and for the pictures that ship. Any other picture is measured as
    in an analysis; the result is zero if no face can be measured.
    """
    names = model.bases["units"].names
    if target.units:
        return np.array([float(target.units.get(name, 0.0)) for name in names])
    blend = target.blend or _known_blend(target.image)
    return _measured(target, model) if blend is None else drawn_target_units(blend, names)


def target_course(target: Target, model: FaceModel, *, apex: FloatArray) -> TargetCourse:
    """Return the units of a target over time, without its blinks.

    A picture has the same units all the time. A drawn face that moves has the strengths it is drawn with. The face of a
    clip is measured frame by frame as in an analysis; between frames without a face it is interpolated.

    Parameters
    ----------
    target : Target
        The target.
    model : FaceModel
        The face model.
    apex : (E,) float array
        Result of `target_units`.
    """
    if target.movement is not None:
        return _drawn_course(target.movement, model.bases["units"].names)
    still = TargetCourse(np.zeros(1), apex[None])
    if target.motion is None or target.motion.kind != "clip":
        return still
    try:
        faces = measure_clip(target.motion.file, model, neutral=target.neutral, progress=progress)
    except AnalysisError:
        return still
    measured = [(frame.time_s, frame.units) for frame in faces.frames if frame.units is not None]
    units = np.stack([units for _, units in measured])
    return TargetCourse(np.array([time_s for time_s, _ in measured]), units * _without_lids(faces.names))


def _drawn_course(movement: DrawnMovement, names: Sequence[str]) -> TargetCourse:
    rows = movement.rows()
    units = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    return TargetCourse(np.arange(len(rows)) / movement.course.rate_hz, units * _without_lids(names))


def _without_lids(names: Sequence[str]) -> FloatArray:
    """Return (E,) zeros for the lids, which move by themselves, and ones."""
    return np.array([float(not name.startswith("eyeBlink")) for name in names])


def _known_blend(image: Path) -> Mapping[str, float] | None:
    try:
        blend = json.loads(image.with_name(BLENDS_FILE).read_text(encoding="utf-8"))["blends"][image.stem]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {str(emotion): float(strength) for emotion, strength in blend.items()}


def _measured(target: Target, model: FaceModel) -> FloatArray:
    shown = Picture(target.image, "target")
    pictures = [shown] if target.neutral is None else [Picture(target.neutral, NEUTRAL), shown]
    zeros = np.zeros(len(model.bases["units"].names))
    try:
        person = measure_person(target.name, [detect_face(picture) for picture in pictures], model)
    except AnalysisError:
        return zeros
    fits = [face.intensity_fit for face in person.faces if face.picture == shown]
    return np.asarray(fits[0].expression, dtype=np.float64) if fits and fits[0].basis == "units" else zeros
