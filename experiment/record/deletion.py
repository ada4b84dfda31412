"""Delete a participant from a data set, as the consent form promises.

All files of the participant are deleted: recordings, tables, measurements, the line in ``participants.tsv``. So are
results that may contain several participants (reports, figures, pooled tables); they can be rebuilt from those who
stay. Copies elsewhere, backups and the traces of deleted files on a disk are not reached.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiment.record.errors import RecordError
from experiment.record.files import record_errors
from experiment.record.layout import SessionPlace, check_label, recorded_sessions
from experiment.record.lock import SessionLock
from experiment.record.participants_file import read_participants, write_participants


@dataclass(frozen=True, slots=True)
class Holdings:
    """The files of one participant in a data set."""

    participant: str
    own: tuple[Path, ...]
    """Folders and files of this participant only."""
    shared: tuple[Path, ...]
    """Results that several participants share."""
    sessions: tuple[SessionPlace, ...]


def holdings(dataset: Path, participant: str) -> Holdings:
    """Find all files of a participant.

    Raises
    ------
    RecordError
        If there are none.
    """
    label = check_label(participant, what="participant")
    name = f"sub-{label}"
    if not dataset.is_dir():
        raise RecordError(f"there is no data set at {dataset}")
    own = [path for path in (dataset / name, dataset / "sourcedata" / name) if path.exists()]
    shared: list[Path] = []
    for path in _files(dataset / "derivatives"):
        people = set(_labels(path.relative_to(dataset)))
        if name in people:
            own.append(path)
        elif not people and path.name not in ("dataset_description.json", "README"):
            shared.append(path)
    if not own and not _listed(dataset, name):
        known = sorted({place.participant for place in recorded_sessions(dataset)})
        others = ", ".join(known) or "no participants"
        raise RecordError(f"{dataset} has nothing of participant {label}; it has {others}")
    sessions = tuple(place for place in recorded_sessions(dataset) if place.participant == label)
    return Holdings(label, tuple(own), tuple(shared), sessions)


def forget(dataset: Path, participant: str) -> Holdings:
    """Delete a participant from a data set; can be repeated if it was interrupted.

    Raises
    ------
    RecordError
        If there are no files, a session is being recorded, or a file cannot be deleted.
    """
    found = holdings(dataset, participant)
    for place in found.sessions:
        SessionLock(place.lock).release()
    for path in (*found.shared, *found.own):
        with record_errors("delete", path):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for folder in sorted(_folders(dataset / "derivatives"), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    table = read_participants(dataset)
    rows = table.participants
    if rows.pop(f"sub-{found.participant}", None) is not None:
        write_participants(dataset, table.columns, rows)
    return found


def _labels(path: Path) -> Iterator[str]:
    """Yield the participant of every part of a path that has one.

    ``sub-01_ses-a_..._table.csv``.
    """
    for part in path.parts:
        if part.startswith("sub-"):
            yield part.split("_")[0].split(".")[0]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir()) if folder.is_dir() else []


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()] if folder.is_dir() else []


def _listed(dataset: Path, name: str) -> bool:
    table = dataset / "participants.tsv"
    return table.is_file() and any(line.split("\t")[0] == name for line in table.read_text("utf-8").splitlines())
