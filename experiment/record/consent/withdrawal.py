"""Delete what was recorded of a session whose participant refused its use.

The refusal is in the journal before anything is deleted. Deleting goes on where an interruption stopped it: when the
session ends or is resumed, when another session of the data set begins, and with `rebuild`. Deleted are all frames,
the film, landmarks and other results of the session, results of this program that several participants share, and
copies of frames and film anywhere in the data set. The journal keeps the hashes, and no picture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from experiment.record import bids
from experiment.record.deletion import delete_path
from experiment.record.errors import RecordError
from experiment.record.files import sha256_of
from experiment.record.history import History, read_history
from experiment.record.journal import JournalWriter
from experiment.record.journal_lines import (
    CalibrationLine,
    FilmEndLine,
    RecordingsDeletedLine,
    StoredFile,
    TrialLine,
    read_lines,
)
from experiment.record.layout import SessionPlace, begun_sessions, recorded_sessions
from experiment.record.lock import SessionLock
from experiment.record.recorder import Recorder

_USE = re.compile(rb'"use":\s*true')
_OWN_DERIVATIVES = "mimicry"
_KEPT_RESULTS = ("dataset_description.json", "README")


def delete_recordings(place: SessionPlace) -> RecordingsDeletedLine:
    """Delete frames, film and results of a session; return the line for its journal.

    It never stops half-way: what cannot be deleted is in the line.

    Parameters
    ----------
    place : SessionPlace
        The session.
    """
    dataset = place.dataset
    recorded = _recorded(place)
    found = {file: recorded.get(_shown(file, dataset)) or sha256_of(file) for file in _own_files(place)}
    copies = _copies(dataset, {*recorded.values(), *found.values()}, sizes=_sizes(found), known=set(found))
    results = list(_results(place))
    # The recording itself comes last: until then, an interrupted deletion finds the copies by its files.
    failed = list(chain.from_iterable(map(delete_path, [*copies, *results, *found])))
    for folder in (place.frames, *place.films):
        if folder.is_dir() and not failed:
            failed += delete_path(folder)
    files = recorded | {_shown(file, dataset): sha256 for file, sha256 in (found | copies).items()}
    return RecordingsDeletedLine(
        files=tuple(StoredFile(name, sha256) for name, sha256 in sorted(files.items())),
        results=tuple(_shown(path, dataset) for path in results),
        failed=tuple(failed),
    )


def delete_refused(recorder: Recorder) -> None:
    """Delete the recording of a session that is open, if its use was refused.

    Raises
    ------
    RecordError
        If the journal cannot be written; the next start then deletes the recording.
    """
    recorder.flush()
    if recorder.use_refused and (not recorder.use_deleted or _is_left(recorder.place)):
        recorder.write(delete_recordings(recorder.place))


def finish_deletion(dataset: Path, notify: Callable[[str], None]) -> None:
    """Delete what interrupted sessions of a data set still have to delete.

    A session that is being recorded is left alone; it deletes its recording itself. A journal that cannot be read, or
    written, stops nothing: the sentence says so.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    notify : callable
        Called with a sentence for each session whose recording is deleted, or cannot be.
    """
    refused: set[bytes] = set()
    others: list[SessionPlace] = []
    for place in begun_sessions(dataset.absolute()) if dataset.is_dir() else ():
        try:
            if not _asks_about_use(place.journal) or not read_history(place).use_refused:
                others.append(place)
                continue
            refused.add(place.first_line)
            _finish_session(place, notify)
        except (RecordError, OSError) as error:
            notify(f"{place.label}: whether its recording must be deleted cannot be found out: {error}")
    for place in others:  # copies that were made before the refusal
        if place.first_line in refused and _is_left(place):
            _finish_copy(place, notify)


def _asks_about_use(journal: Path) -> bool:
    """Return whether a journal may have an answer about the use of a recording."""
    return _USE.search(journal.read_bytes()) is not None


def _finish_copy(place: SessionPlace, notify: Callable[[str], None]) -> None:
    """Delete the recording in a copy of a session whose use was refused."""
    try:
        lock = SessionLock(place.lock, inside=place.dataset)
    except RecordError:
        return  # it is being recorded
    try:
        line = delete_recordings(place)
    finally:
        lock.release()
    notify(deletion_sentence(place, line))


def _finish_session(place: SessionPlace, notify: Callable[[str], None]) -> None:
    """Delete the recording of an interrupted session if its use was refused."""
    if not _must_delete(read_history(place)):
        return
    try:
        lock = SessionLock(place.lock, inside=place.dataset)
    except RecordError:
        return  # it is being recorded
    try:
        _await_film(place)
        history = read_history(place)  # again: the session may have ended, and added lines, since
        if not _must_delete(history):
            return
        line = delete_recordings(place)
        writer = JournalWriter(place.journal, next_line=history.lines)
        try:
            writer.append(line.EVENT, history.latest_s - history.segments[-1].shift_s, line.to_json())
        finally:
            writer.close()
        if place in recorded_sessions(place.dataset):  # a copy has no tables
            bids.derive_session(read_history(place))
    finally:
        lock.release()
    notify(deletion_sentence(place, line))


def _must_delete(history: History) -> bool:
    return history.use_refused and (not history.use_deleted or _is_left(history.place))


def _await_film(place: SessionPlace) -> None:
    """Wait for the process that encodes the film of a session that was killed."""
    for folder in place.films:
        if folder.is_dir():
            from experiment.record.film.completion import await_encoder

            await_encoder(folder)


def deletion_sentence(place: SessionPlace, line: RecordingsDeletedLine) -> str:
    """Return what was deleted of a session, in one sentence."""
    sentence = (
        f"{place.label}: the participant did not agree to the use of the recording: {len(line.files)} files of frames "
        f"and film and {len(line.results)} results are deleted"
    )
    return sentence + (f"; {len(line.failed)} cannot be deleted: {'; '.join(line.failed)}" if line.failed else "")


def _is_left(place: SessionPlace) -> bool:
    return next(_own_files(place), None) is not None


def _recorded(place: SessionPlace) -> dict[str, str]:
    """Return path and hash of all frames and film files that the journal has."""
    found: dict[str, str] = {}
    frames = [frame for line in read_lines(place.journal, TrialLine) for frame in line.frames]
    frames += [frame for line in read_lines(place.journal, CalibrationLine) for frame in line.frames]
    found |= {place.own_file(frame.file): frame.sha256 or "" for frame in frames}
    for part in read_lines(place.journal, FilmEndLine):
        found |= {place.own_file(file.file): file.sha256 for file in (part.table, *part.files)}
    return found


def _own_files(place: SessionPlace) -> Iterator[Path]:
    """Yield the files in the folders of frames and films, also of a second person."""
    for folder in (place.frames, *place.films):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                yield path


def _results(place: SessionPlace) -> Iterator[Path]:
    """Yield the results that have pictures or measurements of the session."""
    folder = place.dataset / "derivatives"
    own = tuple(place.label.split("_"))
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        parts = path.relative_to(folder).parts
        named = [part for part in parts if part.startswith("sub-")]
        is_own = path.name.startswith((f"{place.label}_", f"{place.label}.")) or _starts(parts, own)
        is_ours = parts[0] == _OWN_DERIVATIVES  # without a question, pooled results of other programs stay
        is_shared = is_ours and not named and "stimuli" not in parts and path.name not in _KEPT_RESULTS
        if path.is_file() and (is_own or is_shared):
            yield path


def _starts(parts: tuple[str, ...], own: tuple[str, ...]) -> bool:
    """Return whether a path lies in the folder of a participant and session."""
    return any(parts[index : index + len(own)] == own for index in range(len(parts)))


def _sizes(files: dict[Path, str]) -> set[int]:
    return {file.stat().st_size for file in files if file.is_file()}


def _copies(dataset: Path, hashes: set[str], *, sizes: set[int], known: set[Path]) -> dict[Path, str]:
    """Return the files elsewhere with the content of a recorded file, and hashes."""
    found: dict[Path, str] = {}
    for folder, _, names in os.walk(dataset):
        for name in names:
            path = Path(folder, name)
            if path in known or path.is_symlink() or not path.is_file() or path.stat().st_size not in sizes:
                continue
            sha256 = sha256_of(path)
            if sha256 in hashes:
                found[path] = sha256
    return found


def _shown(path: Path, dataset: Path) -> str:
    return path.relative_to(dataset).as_posix()
