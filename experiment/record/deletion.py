"""Deleting a participant from a data set: what the consent form promises.

Every file that is theirs goes: recordings, tables, measurements, their line in ``participants.tsv``. Files of the
analysis that show several participants at once (reports, figures, pooled tables) go too, since their faces or numbers
may be in them; they can be made anew from those who stay. Copies elsewhere, backups and what a disk keeps of deleted
files are beyond this program's reach.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.files import record_errors
from experiment.record.layout import SessionPlace, check_label, recorded_sessions
from experiment.record.lock import SessionLock


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a data set has of one participant."""

    participant: str
    own: tuple[Path, ...]
    """Folders and files that are theirs alone."""
    shared: tuple[Path, ...]
    """Files of the analysis that several participants share."""
    sessions: tuple[SessionPlace, ...]


def holdings(dataset: Path, participant: str) -> Holdings:
    """Find everything of a participant.

    Raises
    ------
    RecordError
        If there is nothing.
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
        raise RecordError(f"{dataset} has nothing of participant {label}; it has {', '.join(known) or 'nobody'}")
    sessions = tuple(place for place in recorded_sessions(dataset) if place.participant == label)
    return Holdings(label, tuple(own), tuple(shared), sessions)


def forget(dataset: Path, participant: str) -> Holdings:
    """Delete a participant everywhere in a data set; safe to repeat if it was interrupted.

    Raises
    ------
    RecordError
        If there is nothing, a session is being recorded, or a file cannot be deleted.
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
    bids.derive_participants(dataset)
    return found


def _labels(path: Path) -> Iterator[str]:
    """``sub-01`` of every part of a path that begins with it: ``sub-01_ses-a_..._table.csv``."""
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
