"""Delete a participant from a data set, as the consent form promises.

All files of the participant are deleted: recordings, tables, measurements, the line in ``participants.tsv``, and the
copies that file managers and cloud services made of them, wherever they are in the data set. So are the films of both
persons in sessions in which the participant was the second person, and results that may
contain several participants (reports, figures, pooled tables); they can be rebuilt from those who stay. Descriptions of
the results of those sessions stay without the second person. What only a
person can judge is listed: recordings of another name, texts that mention the participant. Copies outside of the data
set, backups and the traces of deleted files on a disk are not reached.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.record.checks.strays import is_participant_folder
from experiment.record.errors import RecordError
from experiment.record.files import record_errors, remedy, replace_file
from experiment.record.layout import (
    FILM_FOLDERS,
    SessionPlace,
    begun_sessions,
    check_label,
    first_line_of,
    journal_label,
    journals_in,
    recorded_partner,
)
from experiment.record.live_state.reading import forget_published
from experiment.record.lock import SessionLock
from experiment.record.participants_file import TABLE, participant_name, read_participants, write_participants
from experiment.record.results_elsewhere import results_elsewhere

_MEASURED_PARTNER = re.compile(r"_(partner|couple)-[a-z-]+\.[a-z]+$")
"""End of the names of results about the second person of a session."""
_PARTNER = "partner"
_SHARED_TO_KEEP = ("dataset_description.json", "README")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".xz", ".bz2")
_LARGEST_TEXT = 1 << 20


@dataclass(frozen=True, slots=True)
class Holdings:
    """The files of one participant in a data set."""

    participant: str
    own: tuple[Path, ...]
    """Folders and files of this participant only, copies among them."""
    shared: tuple[Path, ...]
    """Results that several participants share."""
    sessions: tuple[SessionPlace, ...]
    as_partner: tuple[SessionPlace, ...] = ()
    """Sessions of others with this participant as the second person; their films are in `own`."""
    described: tuple[Path, ...] = ()
    """Descriptions of the results of those sessions; they lose what they say of this participant."""
    to_check: tuple[str, ...] = ()
    """One sentence for each thing that is not deleted and may be of this participant."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a deletion did."""

    found: Holdings
    failed: tuple[str, ...]
    """One sentence for each thing that could not be deleted."""


def holdings(dataset: Path, participant: str) -> Holdings:
    """Find all files of a participant.

    Raises
    ------
    RecordError
        If there are none.
    """
    dataset = dataset.absolute()
    label = check_label(participant, what="participant")
    name = f"sub-{label}"
    if not dataset.is_dir():
        raise RecordError(f"there is no data set at {dataset}")
    places = list(begun_sessions(dataset))
    sessions = tuple(place for place in places if place.participant == label)
    named, others = _by_name(dataset, name)
    journals, to_check = _by_journal(dataset, label, sessions, named)
    as_partner = tuple(place for place in places if place.participant != label and recorded_partner(place) == label)
    films = [folder for place in as_partner for folder in place.films if folder.is_dir()]
    measured = [
        path
        for place in as_partner
        for path in _files(dataset / "derivatives")
        if path.name.startswith(f"{place.label}_") and _MEASURED_PARTNER.search(path.name)
    ]
    to_check += [
        f"the journal of {place.label} names {name} as partner, with the answers to the consent; forget "
        f"{place.participant} as well if that must go"
        for place in as_partner
    ]
    described = [
        path
        for place in as_partner
        for path in _files(dataset / "derivatives")
        if path.name.startswith(f"{place.label}_") and path.suffix == ".json" and path not in measured
    ]
    own = _outermost([*named, *journals, *films, *measured])
    shared = [
        path
        for path in _files(dataset / "derivatives")
        if not any(part.startswith("sub-") for part in path.relative_to(dataset).parts)
        and path.name not in _SHARED_TO_KEEP
        and not any(path.is_relative_to(one) for one in own)
    ]
    if not own and not as_partner and not _listed(dataset, label):
        known = sorted({place.participant for place in places})
        text = f"{dataset} has nothing of participant {label}; it has {', '.join(known) or 'no participants'}"
        raise RecordError("; ".join([text, *to_check]))
    others = [path for path in others if not any(path.is_relative_to(one) for one in own)]
    to_check += [*_mentions(others, name, dataset), *_closed(dataset, others), *_elsewhere(dataset, name)]
    described = [path for path in described if not any(path.is_relative_to(one) for one in own)]
    return Holdings(label, tuple(own), tuple(shared), sessions, as_partner, tuple(described), tuple(to_check))


def forget(dataset: Path, participant: str) -> Deletion:
    """Delete a participant from a data set.

    It never stops half-way: what cannot be deleted is in the result, and a second call continues.

    Raises
    ------
    RecordError
        Before anything is deleted: if there are no files, or a session is being recorded.
    """
    found = holdings(dataset, participant)
    for place in (*found.sessions, *found.as_partner):
        SessionLock(place.lock).release()
    failed: list[str] = []
    for place in found.as_partner:
        with record_errors("write", place.films_deleted):
            text = "The films of this session were deleted because one of its two persons was deleted.\n"
            replace_file(place.films_deleted, text.encode(), inside=dataset)
    for path in (*found.shared, *found.own):
        failed += delete_path(path)
    for path in found.described:
        failed += _forget_partner(path)
    for folder in sorted(_folders(dataset / "derivatives"), reverse=True):
        if not any(folder.iterdir()):
            failed += delete_path(folder)
    failed += _unlist(dataset, found.participant)
    forget_published(dataset, found.participant)
    return Deletion(found, tuple(failed))


def _forget_partner(description: Path) -> list[str]:
    """Remove the partner from the description of results; return what failed."""
    try:
        content = json.loads(description.read_text("utf-8"))
        kept = _without_partner(content)
        if kept != content:
            replace_file(description, (json.dumps(kept, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        return [f"cannot change {description}: {remedy(error)}"]
    except ValueError:  # what it says cannot be known
        return delete_path(description)
    return []


def _without_partner(value: Any) -> Any:
    """Return JSON without the id of the partner, and without files of the partner."""
    if not isinstance(value, dict):
        return value
    return {
        key: _without_partner(one)
        for key, one in value.items()
        if key != _PARTNER and f"/{FILM_FOLDERS['partner']}/" not in key and not _MEASURED_PARTNER.search(key)
    }


def _by_name(dataset: Path, name: str) -> tuple[list[Path], list[Path]]:
    """Return what is called after a participant, and all other files that may be text.

    ``sub-02_ses-a_table.csv``, ``sub-02 (1)``, ``Copy of sub-02.zip``; not ``sub-021``.
    """
    called = re.compile(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])", re.IGNORECASE)
    own: list[Path] = []
    others: list[Path] = []
    for folder, folders, files in os.walk(dataset):
        here = Path(folder)
        own += [here / one for one in (*folders, *files) if called.search(one)]
        folders[:] = [one for one in folders if not called.search(one) and here / one != dataset / "stimuli"]
        others += [here / one for one in files if not called.search(one)]
    # On a disk that distinguishes a1 from A1 they are two participants.
    own = [path for path in own if not (is_participant_folder(path) and path.name != name)]
    return own, others


def _by_journal(
    dataset: Path, label: str, sessions: tuple[SessionPlace, ...], named: list[Path]
) -> tuple[list[Path], list[str]]:
    """Return places of a participant under another name, and what is unclear.

    These are folders and files with a journal of the participant; a person must judge the unclear ones.
    """
    own_lines = {place.first_line for place in sessions}
    own: list[Path] = []
    to_check: list[str] = []
    for journal in journals_in(dataset):
        if any(journal.is_relative_to(path) for path in named):
            continue
        line = first_line_of(journal)
        recorded_as = journal_label(line) or ""
        is_named = recorded_as.split("_")[0] == f"sub-{label}"
        is_same = line in own_lines
        if not (is_named or is_same):
            continue
        owner = next((one for one in journal.parents if is_participant_folder(one)), None)
        shown = journal.relative_to(dataset).as_posix()
        if owner is None:
            own.append(journal.parent if journal.name == "journal.jsonl" else journal)
        elif is_named and is_same:
            own.append(journal.parent)
        elif is_same:
            to_check.append(f"{shown} is the same recording under the name {owner.name}; it is not deleted")
        else:
            to_check.append(
                f"{shown} says {recorded_as} and is in the folder of {owner.name}; if it is the same person, forget "
                f"{owner.name} as well"
            )
    return own, to_check


def _mentions(others: list[Path], name: str, dataset: Path) -> Iterator[str]:
    """Yield a sentence for each other text that mentions a participant.

    Recordings and results are not searched.
    """
    word = re.compile(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])".encode(), re.IGNORECASE)
    for path in others:
        inside = path.relative_to(dataset).parts
        if inside[0] in ("derivatives", ".git") or any(part.startswith("sub-") for part in inside):
            continue
        if path == dataset / TABLE or not path.is_file() or path.stat().st_size > _LARGEST_TEXT:
            continue
        try:
            if word.search(path.read_bytes().replace(b"\0", b"")):
                yield f"{path.relative_to(dataset).as_posix()} mentions {name}; edit or delete it"
        except OSError:
            continue


def _elsewhere(dataset: Path, name: str) -> Iterator[str]:
    """Yield a sentence for each place outside of the data set with results of it."""
    called = re.compile(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])", re.IGNORECASE)
    for place in results_elsewhere(dataset):
        if place.is_file():
            yield f"{place} is a result of this data set outside of it; delete it, or make it again"
            continue
        own = [path for path in _files(place) if called.search(str(path.relative_to(place)))]
        more = f" and {len(own) - 1} more" if len(own) > 1 else ""
        files = f"{own[0].name}{more}" if own else f"no file named after {name}"
        yield (
            f"{place} has results of this data set outside of it, with {files}; results of several participants may "
            "contain this one: delete them, or make them again"
        )


def _closed(dataset: Path, others: list[Path]) -> Iterator[str]:
    """Yield a sentence for what cannot be searched: archives, version control."""
    for path in others:
        if path.suffix.lower() in _ARCHIVES:
            yield f"{path.relative_to(dataset).as_posix()} is an archive, which is not searched; look into it"
    if (dataset / ".git").exists():
        yield ".git keeps earlier versions of all files, which are not deleted"


def delete_path(path: Path) -> list[str]:
    """Delete a file or folder; return one sentence for each thing that is left."""
    failed: list[str] = []

    def report(error: OSError, place: Path) -> None:
        if not isinstance(error, FileNotFoundError):
            failed.append(f"cannot delete {place}: {remedy(error)}")

    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, onerror=lambda retry, place, found: _retry(retry, Path(place), found[1], report))
        else:
            _allow(path.parent)
            path.unlink(missing_ok=True)
    except OSError as error:
        report(error, path)
    return failed


def _retry(
    retry: Callable[..., object], place: Path, error: BaseException, report: Callable[[OSError, Path], None]
) -> None:
    """Try again with permission to write; report what fails again."""
    assert isinstance(error, OSError)
    _allow(place.parent)
    _allow(place)
    try:
        if retry in (os.scandir, os.open, os.lstat) or place.is_dir():
            shutil.rmtree(place)
        else:
            retry(place)
    except OSError as again:
        report(again, place)


def _allow(path: Path) -> None:
    """Give the owner permission to change a file or folder, where that is possible."""
    try:
        more = stat.S_IRWXU if path.is_dir() else stat.S_IRUSR | stat.S_IWUSR
        mode = path.lstat().st_mode
        if mode & more != more and not path.is_symlink():
            path.chmod(stat.S_IMODE(mode) | more)
    except OSError:
        pass  # the deletion reports it


def _unlist(dataset: Path, label: str) -> list[str]:
    """Remove the participant's lines from ``participants.tsv``.

    Return a sentence if that cannot be done.
    """
    try:
        table = read_participants(dataset)
        rows = table.participants
        kept = {name: row for name, row in rows.items() if not _is_of(name, label)}
        if len(kept) < len(rows):
            write_participants(dataset, table.columns, kept)
    except RecordError as error:
        return [f"the line in {TABLE} is left: {error}"]
    return []


def _listed(dataset: Path, label: str) -> bool:
    try:
        return any(_is_of(name, label) for name in read_participants(dataset).participants)
    except RecordError:
        return (dataset / TABLE).read_bytes().replace(b"\0", b"").find(label.encode()) >= 0


def _is_of(name: str, label: str) -> bool:
    """Return whether an id is that of a participant, or of a copy of it."""
    return participant_name(name) == f"sub-{label}" or bool(
        re.match(rf"sub-{re.escape(label)}(?![0-9A-Za-z])", name, re.IGNORECASE)
    )


def _outermost(paths: list[Path]) -> list[Path]:
    """Return the paths that are not inside another one of them, in order."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return kept


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir()) if folder.is_dir() else []


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()] if folder.is_dir() else []
