"""Find the trials of a session in its film, or in the frames of key presses.

The clock of the session starts again with `resume`, and each part of a film belongs to one stretch of the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from analysis.courses.kept_frames import KeptFrames, kept_frames
from analysis.tables.changed_pictures import CHANGED_FILE
from experiment.record.camera_offset import CameraOffset, offset_of_part
from experiment.record.files import known_sha256
from experiment.record.film.completion import film_parts
from experiment.record.film.reading import FilmPart, FilmRow
from experiment.record.history import CHANGED_LINE, History, read_history
from experiment.record.journal_lines import FilmStartLine, JournalLine, TrialLine
from experiment.record.layout import FilmedPerson, SessionPlace
from experiment.record.session_record import EXCLUDED, SessionRecord, TrialRecord, exclusion_message

BASELINE_S = 1.0
"""Baseline of trials that define none: the last part of the fixation."""
ROUNDING_S = 2e-6
"""Times in the table of a film are rounded to microseconds."""
_MARGIN_S = 0.25
"""The film of a trial begins before the fixation, by less than this."""
MISSING_FILE = "missing-file"
"""Reason of a trial whose film was recorded and is not there."""
Source: TypeAlias = Literal["film", "frames", "live"]
"""Where the frames of a trial are from: its film, the frames kept around a key press, or measured during training."""


@dataclass(frozen=True, slots=True)
class FilmedTrial:
    """A trial and its camera frames.

    They are those from the baseline to the blank display, or those around the key press.
    """

    trial: TrialRecord
    part: FilmPart | KeptFrames
    rows: tuple[FilmRow, ...]
    """In the order of the film, lost ones included."""
    onset_s: float
    """First flip of the target, on the clock of the rows."""
    baseline_s: float
    """Begin of the baseline relative to the onset, s; 0 without one."""
    motion_s: tuple[tuple[int, float], ...]
    """Frames of a moving target and when each was first shown, s from the onset; empty for a still one."""
    camera_offset: CameraOffset | None = None
    """Measured offset of the camera; no time contains it. None: not measured."""

    @property
    def source(self) -> Source:
        """Where the frames are from."""
        return "film" if isinstance(self.part, FilmPart) else "frames"

    def time_s(self, row: FilmRow) -> float | None:
        """Return the time of a frame from the onset, s; None if it is not known."""
        return None if row.time_s is None else row.time_s - self.onset_s


@dataclass(frozen=True, slots=True)
class LeftOutTrial:
    """A trial without a course, and why."""

    trial: TrialRecord
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    line: TrialLine
    stretch: int


def session_place_of(record: SessionRecord, dataset: Path) -> SessionPlace:
    """Return where a session lies."""
    return SessionPlace(dataset.absolute(), record.participant, record.session)


def filmed_trials(
    record: SessionRecord, place: SessionPlace, *, person: FilmedPerson = "participant", frames: bool = False
) -> tuple[list[FilmedTrial], list[LeftOutTrial]]:
    """Return the trials of a session with their camera frames, and those without.

    Attempts that were aborted are in neither list.

    Parameters
    ----------
    record : SessionRecord
        The session.
    place : SessionPlace
        Where it lies.
    person : {"participant", "partner"}
        Whose film.
    frames : bool
        Whether trials that are not in the film are found in the frames kept around their key press.

    Raises
    ------
    RecordError
        If the journal or a table of the film cannot be read.
    """
    attempts, starts = _read_journal(place, person)
    folder = place.film_of(person)
    parts = () if record.withheld else tuple(film_parts(folder))
    film = _Film(person, parts, tuple(starts), None if record.withheld else _damage(record, folder))
    results = [
        _find_trial(trial, attempt, film, record, frames=frames)
        for trial, attempt in zip(record.trials, attempts, strict=True)
        if trial.outcome != "aborted"
    ]
    found = [one for one in results if isinstance(one, FilmedTrial)]
    return found, [one for one in results if isinstance(one, LeftOutTrial)]


@dataclass(frozen=True, slots=True)
class _Damage:
    """A file of a film that is missing or changed, so that its trials are not found."""

    reason: str
    message: str
    of_table: bool
    """Whether it is a table: then it is not known which trials it has."""


@dataclass(frozen=True, slots=True)
class _Film:
    """The film of one person."""

    person: FilmedPerson
    parts: tuple[FilmPart, ...]
    starts: tuple[tuple[FilmStartLine, int], ...]
    """Where it begins in each stretch."""
    damage: _Damage | None

    def part_of(self, trial: TrialRecord, attempt: _Attempt) -> tuple[FilmPart, FilmedTrial] | None:
        """Return the part that has frames of a trial, and the trial in it; None without."""
        stretches = [(line.part, stretch) for line, stretch in self.starts]
        own = (part for part in self.parts if _stretch_of(part, stretches) == attempt.stretch)
        return next(((part, one) for part in own if (one := _find(trial, attempt.line, part)) is not None), None)

    def lists(self, trial: TrialRecord) -> bool:
        """Return whether a table has rows of a trial, also lost ones."""
        return any(row.trial_id == trial.id for part in self.parts for row in part.rows)


def _find_trial(
    trial: TrialRecord, attempt: _Attempt, film: _Film, record: SessionRecord, *, frames: bool
) -> FilmedTrial | LeftOutTrial:
    if trial.excluded:
        return LeftOutTrial(trial, EXCLUDED, exclusion_message(trial.excluded))
    if trial.problem == CHANGED_LINE:
        message = "the trial's line in the journal, or the first line, is not as the session wrote it"
        return LeftOutTrial(trial, CHANGED_LINE, message)
    if (found := film.part_of(trial, attempt)) is not None:
        part, filmed = found
        if (file := _changed_file(part, record)) is not None:
            return LeftOutTrial(trial, CHANGED_FILE, _changed_message(file))
        lines = [line for line, _ in film.starts]
        return replace(filmed, camera_offset=offset_of_part(lines, person=film.person, part=part.number))
    kept = kept_frames(trial, attempt.line, record) if frames else None
    damage = film.damage
    if damage is not None and (trial.filmed or film.lists(trial) or (damage.of_table and kept is None)):
        return LeftOutTrial(trial, damage.reason, damage.message)
    if kept is not None:
        return FilmedTrial(trial, kept, kept.rows, attempt.line.onset_s, 0.0, tuple(_motion(attempt.line)))
    nothing = "it was not filmed, and no frame of a key press was kept" if frames else "it was not filmed"
    message = trial.no_frame_message or record.withheld or nothing
    return LeftOutTrial(trial, str(trial.problem) if trial.no_frame_message else "not-filmed", message)


def _read_journal(place: SessionPlace, person: FilmedPerson) -> tuple[list[_Attempt], list[tuple[FilmStartLine, int]]]:
    """Return the attempts, and where the film begins in each stretch."""
    attempts: list[_Attempt] = []
    starts: list[tuple[FilmStartLine, int]] = []

    def take(line: JournalLine, history: History) -> None:
        if isinstance(line, TrialLine):
            attempts.append(_Attempt(line, len(history.segments)))
        elif isinstance(line, FilmStartLine) and line.person == person:
            starts.append((line, len(history.segments)))

    read_history(place, each=take)
    return attempts, starts


def _damage(record: SessionRecord, folder: Path) -> _Damage | None:
    """Return what is wrong with the recorded files of a film; None if nothing is."""
    for file, sha256 in record.hashes.items():
        if not file.is_relative_to(folder):
            continue
        of_table = file.suffix == ".tsv"
        if not file.is_file():
            return _Damage(MISSING_FILE, f"{file.name} of the film is missing; restore it from a copy", of_table)
        if known_sha256(file) != sha256:
            return _Damage(CHANGED_FILE, _changed_message(file), of_table)
    return None


def _changed_message(file: Path) -> str:
    return f"{file.name} is not the film that was recorded (its SHA-256 differs); restore it from a copy"


def _changed_file(part: FilmPart, record: SessionRecord) -> Path | None:
    """Return a file of a part that does not have its recorded hash."""
    for file in (part.table, *part.files):
        if file in record.hashes and known_sha256(file) != record.hashes[file]:
            return file
    return None


def _stretch_of(part: FilmPart, starts: list[tuple[int, int]]) -> int | None:
    """Return the stretch of a part.

    A camera that changes the size of its pictures begins a part without a line in the journal.
    """
    return next((stretch for first, stretch in reversed(starts) if first <= part.number), None)


def _find(trial: TrialRecord, line: TrialLine, part: FilmPart) -> FilmedTrial | None:
    """Return a trial as a part of the film has it; None if it has no frame of it."""
    begins_s = line.onset_s if line.fixation_s is None else line.fixation_s
    baseline_s = line.baseline_s
    if baseline_s is None:
        baseline_s = max(begins_s, line.onset_s - BASELINE_S)
    own = [row for row in part.rows if row.trial_id == trial.id]
    timed = [row.index for row in own if row.time_s is not None and row.time_s >= begins_s - _MARGIN_S]
    if not timed:
        return None
    rows = tuple(
        row
        for row in own
        if row.index >= timed[0]
        and (row.time_s is None or row.time_s >= baseline_s - ROUNDING_S)
        and row.index <= timed[-1]
    )
    if all(row.is_lost for row in rows):
        return None
    motion = tuple(_motion(line))
    return FilmedTrial(trial, part, rows, line.onset_s, baseline_s - line.onset_s, motion)


def _motion(line: TrialLine) -> Iterator[tuple[int, float]]:
    motion = line.details.get("motion")
    if not motion:
        return
    for frame, flip in zip(motion["frames"], motion["flips"], strict=True):
        yield int(frame), line.flip_times_s[flip] - line.onset_s
