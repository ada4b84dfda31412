"""The neighbouring camera frames of an imitation as retakes of its picture.

A session keeps some frames before and after the frame of a key press, lossless. A few of them within 0.15 s are
measured like the frame itself. Their scores say how much a score changes from one frame to the next; the score of the
trial stays that of its own frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, MeasuredFace, Picture
from analysis.face.models.model import FaceModel
from analysis.progress import no_progress
from analysis.tables.changed_pictures import changed_pictures
from analysis.tables.measured_session import MeasuredSession, Mimic
from analysis.tables.picture_landmarks import detect_pictures, landmark_file
from analysis.tables.session_stream import kept_hashes, kept_people, session_landmarks
from experiment.record.session_record import TrialRecord

T = TypeVar("T")
OFFSETS_MS = (-140.0, -70.0, 70.0, 140.0)
"""Times of the neighbours to measure, from the frame of the trial. They are as far apart as two frames of a slow
camera, so that their noise is not the same, and near enough that an expression that is held hardly changes."""
_TOLERANCE_MS, _FURTHEST_MS = 30.0, 150.0
"""Largest distance of a kept frame from such a time, and from the frame of the trial."""
_LEAST = 2
"""Neighbours that are needed at least."""


def retake_frames(trial: TrialRecord) -> list[Path]:
    """Return the neighbouring frames of a trial to measure, in order of time."""
    known = list(zip(trial.neighbour_ms, trial.neighbours, strict=True))
    chosen: dict[Path, float] = {}
    for offset_ms in OFFSETS_MS:
        near = [(abs(at_ms - offset_ms), at_ms, file) for at_ms, file in known if abs(at_ms) <= _FURTHEST_MS]
        distance_ms, at_ms, file = min(near, default=(float("inf"), 0.0, Path()))
        if distance_ms <= _TOLERANCE_MS:
            chosen[file] = at_ms
    return sorted(chosen, key=lambda file: chosen[file])


@dataclass(frozen=True, slots=True)
class WithRetakes(Generic[T]):
    """Measures the neighbouring frames of a session, then calls a function.

    It can be sent to another process.
    """

    model: FaceModel
    top: Path
    """Folder to keep landmarks and fits in, as in `analysis.tables.session_stream.each_session`."""
    use: Callable[[MeasuredSession], T]

    def __call__(self, session: MeasuredSession) -> T:
        """Return the function's result for the session with retakes."""
        return self.use(measure_retakes(session, self.model, top=self.top))


def measure_retakes(session: MeasuredSession, model: FaceModel, *, top: Path) -> MeasuredSession:
    """Return a session whose mimics have their neighbouring frames measured.

    Parameters
    ----------
    session : MeasuredSession
        The session.
    model : FaceModel
        The model that fitted the faces.
    top : Path
        Folder to keep landmarks and fits in.
    """
    session = replace(session, with_retakes=True)
    record = session.record
    shown = {mimic.trial.id: mimic.face.picture.expression for mimic in session.mimics}
    wanted = {
        (mimic.trial.id, mimic.trial.attempt): [
            Picture(file, shown[mimic.trial.id]) for file in retake_frames(mimic.trial)
        ]
        for mimic in session.mimics
    }
    pictures = dict.fromkeys(picture for files in wanted.values() for picture in files)
    changed = dict(changed_pictures(record, pictures))
    neutral = [Picture(path, NEUTRAL) for path in record.calibration_frames]
    calibrating = [one for one in neutral if one not in dict(changed_pictures(record, neutral))]
    sound = [picture for picture in pictures if picture not in changed]
    if not sound or not calibrating:
        return session
    folder = session_landmarks(record, top)
    found = detect_pictures(dict.fromkeys([*calibrating, *sound], folder), progress=no_progress)
    try:
        person = kept_people(record, model, top).participant(f"sub-{record.participant}", list(found.values()))
    except FaceError:
        return session
    if person.identity is None:
        return session
    faces = {face.picture: face for face in person.faces}
    files = kept_hashes([landmark_file(picture, folder) for picture in sound], top)
    mimics = tuple(_with_retakes(mimic, wanted, faces) for mimic in session.mimics)
    return replace(session, mimics=mimics, landmark_files={**session.landmark_files, **files})


def _with_retakes(
    mimic: Mimic, wanted: Mapping[tuple[str, int], Sequence[Picture]], faces: Mapping[Picture, MeasuredFace]
) -> Mimic:
    """Return a mimic with its neighbours around its own face, in order of time."""
    at_ms = dict(zip(mimic.trial.neighbours, mimic.trial.neighbour_ms, strict=True))
    found = [faces[picture] for picture in wanted[mimic.trial.id, mimic.trial.attempt] if picture in faces]
    if len(found) < _LEAST:
        return mimic
    before = [face for face in found if at_ms[face.picture.path] < 0]
    after = [face for face in found if at_ms[face.picture.path] > 0]
    return replace(mimic, retakes=(*before, mimic.face, *after))
