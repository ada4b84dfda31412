"""Measure the sessions of a data set one after the other or side by side.

A session is one piece of work: read and measure its pictures, then call a function on the result, such as one that
writes its tables. Only what that function returns comes back, so memory does not grow with the number of sessions.
Targets that sessions share are measured first, once. All measurements are kept (`analysis.tables.picture_landmarks`,
`analysis.tables.kept_fits`), so a run that was stopped goes on where it stopped, and another metric measures nothing.

Detection, fits and the function all run in the processes of ``--jobs`` or on the workers of ``--scheduler``. A result
does not depend on where it was computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from analysis.face.measurement import (
    NEUTRAL,
    DetectedFace,
    Detection,
    MeasuredPerson,
    Picture,
    measure_person,
)
from analysis.face.models.model import FaceModel
from analysis.progress import no_progress
from analysis.tables.changed_pictures import changed_pictures
from analysis.tables.kept_fits import KeptSteps, model_key
from analysis.tables.measured_session import (
    TABLED,
    MeasuredSession,
    PeopleMeasurer,
    measure_session,
    session_pictures,
    target_people,
)
from analysis.tables.output_files import derivatives, known_sha256
from analysis.tables.parallel import HERE, Workers, results
from analysis.tables.picture_landmarks import detect_pictures, landmark_file
from analysis.terminal import progress
from experiment.record.encryption import SUFFIX, require_private_key
from experiment.record.files import remove_partial_files
from experiment.record.layout import SessionPlace
from experiment.record.session_record import SessionRecord
from experiment.record.sessions import read_sessions

T = TypeVar("T")
LANDMARKS, FITS = "landmarks", "fits"
"""Folders of kept landmarks and fits, in the derivatives of each session and of the stimuli."""
_FEW = 4
"""With fewer sessions per process, faces are found picture by picture first, so that no process waits for another."""


def each_session(
    dataset: Path,
    model: FaceModel,
    use: Callable[[MeasuredSession], T],
    *,
    kinds: Collection[str] = TABLED,
    keep: Path | None = None,
    workers: Workers = HERE,
) -> Iterator[T]:
    """Measure every session of a data set and yield a function's results.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    model : FaceModel
        The model to fit.
    use : callable
        Called with each measured session, where it was measured. With several processes it and its result are pickled.
    kinds : collection of str
        Kinds of trials to measure.
    keep : Path, optional
        Folder to keep landmarks and fits in; default: ``DATASET/derivatives/mimicry``.
    workers : Workers
        Where the work is done.

    Yields
    ------
    object
        In the order of participants and sessions.

    Raises
    ------
    RecordError
        If the folder is not a data set, a journal is damaged, or the private key of encrypted frames is missing.
    """
    records, top = read_sessions(dataset), keep or derivatives(dataset)
    pictures = [session_pictures(record, kinds) for record in records]
    require_private_key(picture.path for own, targets in pictures for picture in (*own, *targets))
    work = _Work(top, model, frozenset(kinds), use)
    for folder in {top / "stimuli" / LANDMARKS, *(work.landmarks(record) for record in records)}:
        remove_partial_files(folder)  # of a run that was killed
        remove_partial_files(folder.with_name(FITS))
    if workers.several:
        sound = [_sound(record, targets) for record, (_, targets) in zip(records, pictures, strict=True)]
        folders = dict.fromkeys((picture for shown in sound for picture in shown), top / "stimuli" / LANDMARKS)
        if len(records) < _FEW * workers.processes:
            for record, (own, _) in zip(records, pictures, strict=True):
                folders |= dict.fromkeys(_sound(record, own), work.landmarks(record))
        detect_pictures(folders, jobs=workers.jobs, scheduler=workers.scheduler)
        for record in {_targets_key(record, kinds): record for record in records}.values():
            work.measure_targets(record)
    found = results(work, records, jobs=workers.jobs, scheduler=workers.scheduler)
    yield from progress(found, total=len(records), title="Measuring sessions")


def measure_kept_session(
    record: SessionRecord, model: FaceModel, *, top: Path, kinds: Collection[str] = TABLED
) -> MeasuredSession:
    """Measure one session; landmarks and fits are kept.

    Parameters
    ----------
    record : SessionRecord
        The session.
    model : FaceModel
        The model to fit.
    top : Path
        Folder to keep landmarks and fits in, usually ``DATASET/derivatives/mimicry``.
    kinds : collection of str
        Kinds of trials to measure.

    Raises
    ------
    RecordError
        If the private key of encrypted frames is missing.
    """
    own, targets = session_pictures(record, kinds)
    require_private_key(picture.path for picture in (*own, *targets))
    return _Work(top, model, frozenset(kinds), whole_session).measured(record)


def session_landmarks(record: SessionRecord, top: Path) -> Path:
    """Return the folder of the kept landmarks of a session."""
    return SessionPlace(top, record.participant, record.session).behaviour.parent / LANDMARKS


def kept_people(record: SessionRecord, model: FaceModel, top: Path) -> PeopleMeasurer:
    """Return what measures the people of a session and keeps the results.

    Parameters
    ----------
    record : SessionRecord
        The session.
    model : FaceModel
        The model to fit.
    top : Path
        Folder to keep landmarks and fits in.
    """
    fits = f"{model.name}_{model_key(model)[:12]}.npz"
    own = session_landmarks(record, top).with_name(FITS) / (fits + SUFFIX if record.is_encrypted else fits)
    return _KeptPeople(model, own, top / "stimuli" / FITS, fits)


def whole_session(session: MeasuredSession) -> MeasuredSession:
    """Return a measured session as the result of `each_session`."""
    return session


def _sound(record: SessionRecord, pictures: Sequence[Picture]) -> list[Picture]:
    """Return the pictures that are those the session recorded."""
    changed = dict(changed_pictures(record, pictures))
    return [picture for picture in pictures if picture not in changed]


def _targets_key(record: SessionRecord, kinds: Collection[str]) -> str:
    people = target_people(record, kinds)
    return json.dumps([[[str(one.path), one.expression, one.background] for one in pictures] for pictures in people])


@dataclass(frozen=True, slots=True)
class _Work(Generic[T]):
    """Measures one session and calls the function."""

    top: Path
    model: FaceModel
    kinds: frozenset[str]
    use: Callable[[MeasuredSession], T]

    def __call__(self, record: SessionRecord) -> T:
        return self.use(self.measured(record))

    def landmarks(self, record: SessionRecord) -> Path:
        """Return the folder of the kept landmarks of a session."""
        return session_landmarks(record, self.top)

    def measured(self, record: SessionRecord) -> MeasuredSession:
        own, targets = session_pictures(record, self.kinds)
        pictures = list(dict.fromkeys([*own, *targets]))
        changed = dict(changed_pictures(record, pictures))
        folders = dict.fromkeys(targets, self.top / "stimuli" / LANDMARKS)
        folders |= dict.fromkeys(own, self.landmarks(record))
        folders = {picture: folders[picture] for picture in pictures if picture not in changed}
        found = detect_pictures(folders, progress=no_progress)
        session = measure_session(record, {**found, **changed}, self._people(record), kinds=self.kinds)
        files = [landmark_file(picture, folder) for picture, folder in folders.items()]
        return replace(session, landmark_files=kept_hashes(files, self.top))

    def measure_targets(self, record: SessionRecord) -> None:
        """Measure and keep the targets of a session."""
        targets = session_pictures(record, self.kinds)[1]
        changed = dict(changed_pictures(record, targets))
        folders = dict.fromkeys((one for one in targets if one not in changed), self.top / "stimuli" / LANDMARKS)
        found = {**detect_pictures(folders, progress=no_progress), **changed}
        trials = replace(record, calibration_frames=(), trials=tuple(replace(one, frame=None) for one in record.trials))
        measure_session(trials, found, self._people(record), kinds=self.kinds)

    def _people(self, record: SessionRecord) -> PeopleMeasurer:
        return kept_people(record, self.model, self.top)


@dataclass(frozen=True, slots=True)
class _KeptPeople:
    """Measures the people of a session and keeps the results."""

    model: FaceModel
    own: Path
    """The file of the participant."""
    stimuli: Path
    """The folder of the targets."""
    file_end: str

    def participant(self, name: str, detections: Sequence[Detection]) -> MeasuredPerson:
        return _measured_and_kept(name, tuple(detections), self.model, self.own)

    def targets(self, name: str, detections: Sequence[Detection]) -> MeasuredPerson:
        about = [_about(one) for one in detections]
        neutral = [one for one in detections if one.picture is not None and one.picture.expression == NEUTRAL]
        named = [known_sha256(one.picture.path) for one in neutral or detections if one.picture is not None]
        person = hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]
        key = hashlib.sha256(json.dumps([model_key(self.model), *about]).encode()).hexdigest()
        return _targets_once(
            _Request(key, name, tuple(detections), self.model, self.stimuli / f"{person}_{self.file_end}")
        )


@dataclass(frozen=True, slots=True)
class _Request:
    """Targets to measure; two requests with one key are the same."""

    key: str
    name: str
    detections: tuple[Detection, ...]
    model: FaceModel
    file: Path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Request) and (self.key, self.file) == (other.key, other.file)

    def __hash__(self) -> int:
        return hash((self.key, self.file))


@lru_cache(maxsize=64)
def _targets_once(request: _Request) -> MeasuredPerson:
    """Return measured targets; the same objects for all sessions of a process."""
    return _measured_and_kept(request.name, request.detections, request.model, request.file)


def _measured_and_kept(name: str, detections: Sequence[Detection], model: FaceModel, file: Path) -> MeasuredPerson:
    steps = KeptSteps(file)
    try:
        return measure_person(name, detections, model, steps=steps)
    finally:
        steps.save()


def _about(detection: Detection) -> list[str]:
    """Return everything of a detection that a measurement depends on."""
    picture = detection.picture
    assert picture is not None
    found = (
        json.dumps(detection.landmarks.to_json())
        if isinstance(detection, DetectedFace)
        else f"{detection.reason} {detection.message}"
    )
    return [str(picture.path), str(known_sha256(picture.path)), picture.expression, picture.background, found]


def kept_hashes(files: Iterable[Path | None], top: Path) -> dict[str, str]:
    """Return the SHA-256 of the files that exist, by their path from a folder.

    Parameters
    ----------
    files : iterable of Path or None
        Files of kept landmarks.
    top : Path
        The folder.
    """
    found = {file: sha256 for file in files if file is not None and (sha256 := known_sha256(file)) is not None}
    return {file.relative_to(top).as_posix(): found[file] for file in sorted(found)}
