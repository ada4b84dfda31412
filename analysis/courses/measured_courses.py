"""Measure the films of a data set, session by session.

The trials of a session are measured by several processes and written when all of them are done, so memory does not grow
with the number of sessions. A session whose inputs and results are unchanged is not measured again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from analysis.courses.composites import with_default
from analysis.courses.couple_files import PARTNER, write_couple
from analysis.courses.course_files import (
    CourseOptions,
    PersonCourses,
    finished_files,
    session_stem,
    write_courses,
    write_live,
    write_provenance,
)
from analysis.courses.filmed_trials import FilmedTrial, LeftOutTrial, filmed_trials, session_place_of
from analysis.courses.indices import METHOD
from analysis.courses.kept_frames import KeptFrames
from analysis.courses.lag.session_lags import target_agreement
from analysis.courses.live_courses import LiveSession, has_live, live_notes, live_session
from analysis.courses.neutral_face import BOXES, session_neutral
from analysis.courses.target_course import MeasuredTargets, TargetCourse
from analysis.courses.trial_course import TrialCourse, TrialTask, composite_note, measure_trial, untrusted
from analysis.face import clip_faces, film_grey
from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.tables.measurement_provenance import about_session
from analysis.tables.parallel import results
from analysis.terminal import progress
from experiment.record.encryption import require_private_key
from experiment.record.files import known_sha256
from experiment.record.film.reading import FilmPart
from experiment.record.layout import SessionPlace
from experiment.record.session_record import SessionRecord

DEFAULT_OPTIONS = CourseOptions()


@dataclass(frozen=True, slots=True)
class FilmedSession:
    """A session with a film, before it is measured."""

    record: SessionRecord
    trials: tuple[FilmedTrial, ...]
    left_out: tuple[LeftOutTrial, ...]
    inputs: str
    """Hash of everything that the numbers depend on."""
    place: SessionPlace
    about: dict[str, Any] = field(default_factory=dict)
    """The same in readable form."""
    partner: tuple[FilmedTrial, ...] = ()
    """The same trials in the film of the second person."""
    partner_left_out: tuple[LeftOutTrial, ...] = ()
    has_live: bool = False
    """Whether faces were measured during training."""

    @property
    def has_courses(self) -> bool:
        """Whether there is anything to write of the participant."""
        return bool(self.trials) or self.has_live

    @property
    def all_trials(self) -> tuple[FilmedTrial, ...]:
        """The trials of both persons."""
        return (*self.trials, *self.partner)


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What became of a session."""

    record: SessionRecord
    files: tuple[Path, ...]
    trials: int
    left_out: tuple[LeftOutTrial, ...]
    is_new: bool
    """False if the files of an earlier run are still right."""
    frames: int = 0
    used: int = 0
    notes: tuple[str, ...] = ()


def filmed_sessions(records: Sequence[SessionRecord], dataset: Path, model: FaceModel) -> list[FilmedSession]:
    """Return the sessions with their filmed trials.

    Parameters
    ----------
    records : sequence of SessionRecord
        All sessions of the data set.
    dataset : Path
        The data set.
    model : FaceModel
        The face model.

    Raises
    ------
    RecordError
        If a film or journal cannot be read, or the private key of an encrypted one is missing.
    """
    found = []
    for recorded in records:
        place = session_place_of(recorded, dataset)
        # The films of a session are deleted with one of its two persons; nothing of the partner may be written again.
        record = replace(recorded, partner=None) if place.films_deleted.is_file() else recorded
        trials, left_out = filmed_trials(record, place, frames=True)
        partner, partner_left_out = _partner_trials(record, dataset)
        require_private_key(file for one in (*trials, *partner) for file in one.part.files)
        require_private_key(record.calibration_frames)
        about = _about(record, [*trials, *partner], dataset, model)
        inputs = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
        found.append(
            FilmedSession(
                record,
                tuple(trials),
                tuple(left_out),
                inputs,
                place,
                about,
                tuple(partner),
                tuple(partner_left_out),
                has_live(record, place),
            )
        )
    return found


def measure_sessions(
    sessions: Sequence[FilmedSession],
    model_name: str,
    *,
    folder: Path,
    options: CourseOptions = DEFAULT_OPTIONS,
    jobs: int = 1,
    scheduler: str | None = None,
) -> Iterator[SessionResult]:
    """Measure sessions and write their files; yield each complete session.

    Parameters
    ----------
    sessions : sequence of FilmedSession
        Sessions of a data set.
    model_name : str
        Name of the face model; other processes load it.
    folder : Path
        Folder of the files.
    options : CourseOptions
        Which tables and measures to write.
    jobs : int
        Processes; -1 for one per core.
    scheduler : str, optional
        Address of a Dask scheduler (`analysis.tables.parallel`).
    """
    model = load_model(model_name)
    kept = {
        one.record.label: finished_files(folder, one.record, _key(one, options), options.derived) for one in sessions
    }
    due = [one for one in sessions if kept[one.record.label] is None]
    targets: dict[str, dict[str, TargetCourse]] = {}
    done = _measured(
        due, model, model_name, targets, lambda tasks: results(measure_trial, tasks, jobs=jobs, scheduler=scheduler)
    )
    steps = progress(done, total=sum(len(one.all_trials) for one in due), title="Measuring trials")
    for session in sessions:
        files = kept[session.record.label]
        if files is not None:
            yield SessionResult(session.record, tuple(files), len(session.trials), session.left_out, is_new=False)
            continue
        courses = [next(steps) for _ in session.trials]
        partner = [next(steps) for _ in session.partner]
        shown = targets.pop(session.record.label, {})
        written = _write(session, (courses, partner), shown, folder=folder, model=model, options=options)
        live = live_session(session.record, session.place) if session.has_live else LiveSession()
        written += write_live(live, session.record, folder=folder, model=load_model(), derived=options.derived)
        notes = (
            *_notes(courses),
            *live_notes(live, load_model()),
            *_partner_notes(partner, courses),
            *_target_notes(shown),
            *_composite_notes(_composites(session, options)),
        )
        about = {
            "inputs": _key(session, options),
            "all_measures": options.all_measures,
            "max_lag_s": options.max_lag_s,
            "composites": {
                name: dict(weights) for name, weights in with_default(_composites(session, options)).items()
            },
            "indices": METHOD,
            "live_trials": len(live.trials),
            "derived": options.derived.to_json(),
            "remarks": list(notes),
            **session.about,
        }
        written.append(write_provenance([*courses, *partner], written, about=about))
        yield SessionResult(
            session.record,
            tuple(written),
            len(courses),
            session.left_out,
            is_new=True,
            frames=sum(len(one.frames) for one in courses),
            used=sum(len(one.frames) - one.left_out for one in courses),
            notes=notes,
        )
    next(steps, None)  # ends the progress bar


def _partner_trials(record: SessionRecord, dataset: Path) -> tuple[list[FilmedTrial], list[LeftOutTrial]]:
    if record.partner is None:
        return [], []
    return filmed_trials(record, session_place_of(record, dataset), person="partner")


def _write(
    session: FilmedSession,
    measured: tuple[Sequence[TrialCourse], Sequence[TrialCourse]],
    targets: Mapping[str, TargetCourse],
    *,
    folder: Path,
    model: FaceModel,
    options: CourseOptions,
) -> list[Path]:
    """Write the tables of participant and partner of a session."""
    courses, partner = measured
    record, stem = session.record, session_stem(session.record)
    agreement = target_agreement(courses, targets, model, max_lag_s=options.max_lag_s)
    own = PersonCourses(record, stem, courses, session.left_out, agreement)
    written = write_courses(own, folder=folder, model=model, options=options)
    if record.partner is None:
        return written
    agreement = target_agreement(partner, targets, model, max_lag_s=options.max_lag_s)
    second = replace(record, participant=record.partner)
    other = PersonCourses(second, f"{stem}{PARTNER}", partner, session.partner_left_out, agreement)
    written += write_courses(other, folder=folder, model=model, options=options)
    return written + write_couple(own, other, folder=folder, model=model, max_lag_s=options.max_lag_s)


def _measured(
    sessions: Sequence[FilmedSession],
    model: FaceModel,
    model_name: str,
    targets: dict[str, dict[str, TargetCourse]],
    measure: Callable[[list[TrialTask]], Iterator[TrialCourse]],
) -> Iterator[TrialCourse]:
    """Yield the trials of each session, first those of the participant.

    Its targets are entered into ``targets``.
    """
    measured = MeasuredTargets(model)
    for session in sessions:
        neutral = session_neutral(session.record, model) if session.trials else None
        shown = targets.setdefault(session.record.label, _targets(session, measured))
        tasks = [TrialTask(one, neutral, shown[one.trial.target], model_name) for one in session.trials]
        # The neutral frames are those of the participant's camera.
        tasks += [TrialTask(one, None, shown[one.trial.target], model_name) for one in session.partner]
        yield from measure(tasks)


def _targets(session: FilmedSession, measured: MeasuredTargets) -> dict[str, TargetCourse]:
    names = dict.fromkeys(one.trial.target for one in session.all_trials)
    return {name: measured.course(session.record.targets[name], session.record) for name in names}


def _key(session: FilmedSession, options: CourseOptions) -> str:
    named = json.dumps(options.composites, sort_keys=True) if options.composites else ""
    added = f"-composites-{hashlib.sha256(named.encode()).hexdigest()[:12]}" if named else ""
    return f"{session.inputs}{'-all' if options.all_measures else ''}-lag-{options.max_lag_s:g}{added}"


def _composites(session: FilmedSession, options: CourseOptions) -> dict[str, dict[str, float]]:
    """Return the composites of the protocol and those of the options."""
    return {name: dict(weights) for name, weights in {**session.record.composites, **options.composites}.items()}


def _notes(courses: Sequence[TrialCourse]) -> Iterator[str]:
    kept = sum(one.filmed.source == "frames" for one in courses)
    if kept:
        yield (
            f"{kept} of {len(courses)} trials are not filmed: they have the frames kept around the key press, and no "
            "indices, which need a baseline"
        )
    baseline = sum(one.neutral == "baseline" for one in courses)
    if baseline:
        yield (
            f"{baseline} of {len(courses)} trials are compared with their own baseline: the session has no usable "
            "neutral frames"
        )
    without = sum(one.neutral == "none" for one in courses)
    if without:
        yield f"{without} of {len(courses)} trials have no face at rest and are not measured"


def _partner_notes(partner: Sequence[TrialCourse], courses: Sequence[TrialCourse]) -> Iterator[str]:
    if not partner:
        return
    without = sum(one.neutral == "none" for one in partner)
    yield f"partner: {len(partner)} trials, each compared with its own baseline; {without} without a face at rest"
    first = {(one.filmed.camera_offset is None) for one in (*courses, *partner)}
    if True in first:
        yield "the offset of a camera was not measured, so it is not known who follows (`check camera-loop`)"


def _target_notes(targets: Mapping[str, TargetCourse]) -> Iterator[str]:
    for name, target in targets.items():
        if target.fault:
            yield f"target {name} is not measured, so its trials have neither similarity nor lag: {target.fault}"


def _composite_notes(composites: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    for name, weights in composites.items():
        if units := untrusted(weights):
            yield composite_note(name, units)


def _about(record: SessionRecord, trials: Sequence[FilmedTrial], dataset: Path, model: FaceModel) -> dict[str, Any]:
    """Return everything that the numbers of a session depend on."""
    parts = {one.part.table: one.part for one in trials if isinstance(one.part, FilmPart)}
    kept = [file for one in trials if isinstance(one.part, KeptFrames) for file in one.part.files if file.is_file()]
    film = [file for table, part in sorted(parts.items()) for file in (table, *part.files)]
    neutral = [path for path in record.calibration_frames if path.is_file()]
    shown = [record.targets[name] for name in sorted({one.trial.target for one in trials})]
    targets = [file for one in shown for file in (one.image, one.neutral, one.motion) if file and file.is_file()]
    return {
        **about_session(record, model),
        "journal_file": known_sha256(session_place_of(record, dataset).journal),
        "partner": record.partner,
        "method": method_fingerprint(),
        "film": _hashes(film, dataset),
        "frames": _hashes(sorted(kept), dataset),
        "pictures": _hashes(sorted(neutral), dataset),
        "targets": _hashes(sorted(set(targets)), dataset),
    }


def _hashes(files: Sequence[Path], dataset: Path) -> dict[str, str]:
    top = dataset.absolute()
    return {file.absolute().relative_to(top).as_posix(): known_sha256(file) for file in files}


@cache
def method_fingerprint(more: Path | None = None) -> str:
    """Return twelve hexadecimal digits of the program text that measures films.

    Parameters
    ----------
    more : Path, optional
        A folder of text that also belongs to it.
    """
    texts = [file for folder in (Path(__file__).parent, more) if folder for file in sorted(folder.rglob("*.py"))]
    texts += [Path(film_grey.__file__), Path(clip_faces.__file__)]
    parts = [detection_fingerprint(BOXES), *(file.read_text("utf-8") for file in texts)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
