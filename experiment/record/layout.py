"""Names of all files and folders of a data set.

::

    DATASET/
      dataset_description.json  README  participants.tsv  participants.json
      stimuli/NAME.png  stimuli/SHA256SUMS
      sub-01/[ses-a/]beh/sub-01[_ses-a]_task-NAME_{events,beh}.{tsv,json}     derived
      sourcedata/sub-01/[ses-a/]journal.jsonl  frames/STEP/{key,before-01,...}.png     the truth
                                film/part-01.mp4  film/part-01_frames.tsv
                                film-partner/...                                of the second person, as film/
                                ratings/rater-AB.jsonl                          judgements of the frames by a rater
      derivatives/mimicry/                                                    rebuildable
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from experiment.record.errors import RecordError

LABEL = re.compile(r"[0-9A-Za-z]+")
_JOURNAL = re.compile(r".*journal.*\.jsonl.*", re.IGNORECASE)
FilmedPerson = Literal["participant", "partner"]
"""Who is in a film: the participant, or the second person of the session."""
FILM_FOLDERS: dict[FilmedPerson, str] = {"participant": "film", "partner": "film-partner"}
FILMS_DELETED = "films-deleted.txt"
"""In the folder of a session whose films were deleted with one of the two persons."""
_KEPT = ("frames", *FILM_FOLDERS.values())
"""Folders inside that of a session whose files the journal names."""


def check_label(text: str, *, what: str) -> str:
    """Return ``text`` as a BIDS label, without a leading ``sub-`` or ``ses-``.

    Raises
    ------
    RecordError
        If it has other characters than letters and digits. It is never repaired: two ids must not become one.
    """
    label = text.removeprefix("sub-" if what == "participant" else "ses-")
    if not LABEL.fullmatch(label) or not label.isascii():
        raise RecordError(f"the {what} is called {text!r}; use letters a-z and digits only, for example 01 or a2")
    return label


def task_label(name: str) -> str:
    """Return a protocol's name as a BIDS task label.

    ``facial-mimicry`` becomes ``facialmimicry``.

    Raises
    ------
    RecordError
        If the name has neither letters nor digits.
    """
    label = "".join(re.findall(r"[0-9A-Za-z]+", name))
    if not label:
        raise RecordError(
            f"the protocol's name {name!r} has no letter a-z or digit; the files cannot be named after it"
        )
    return label


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """The files of one session of one participant."""

    dataset: Path
    participant: str
    session: str | None

    @property
    def label(self) -> str:
        """``sub-01`` or ``sub-01_ses-a``."""
        return f"sub-{self.participant}" + (f"_ses-{self.session}" if self.session else "")

    def _inside(self, top: Path) -> Path:
        folder = top / f"sub-{self.participant}"
        return folder / f"ses-{self.session}" if self.session else folder

    @property
    def source(self) -> Path:
        """``sourcedata/sub-01[/ses-a]``."""
        return self._inside(self.dataset / "sourcedata")

    @property
    def journal(self) -> Path:
        """The append-only journal."""
        return self.source / "journal.jsonl"

    @property
    def begun(self) -> bool:
        """Whether the journal has a whole line.

        A first line torn by a crash does not count.
        """
        return self.first_line.endswith(b"\n")

    @property
    def first_line(self) -> bytes:
        """The first line of the journal, with its line end; empty if there is none."""
        return first_line_of(self.journal)

    def own_file(self, file: str) -> str:
        """Return the path of a file that the journal names, from the data set.

        A journal names files in the folder in which it was written. If that folder was renamed, the files are in the
        folder where the journal is now; the other folder may belong to another person.

        Raises
        ------
        ValueError
            If it is not a file of a session.
        """
        parts = [part for part in file.split("/") if part not in ("", ".")]
        inside = next((at for at, part in enumerate(parts) if part in _KEPT), None)
        if inside is None or ".." in parts:
            raise ValueError(f"the file {file!r}")
        session = [f"ses-{self.session}"] if self.session else []
        return "/".join(["sourcedata", f"sub-{self.participant}", *session, *parts[inside:]])

    @property
    def frames(self) -> Path:
        """The folder of the pictures."""
        return self.source / "frames"

    @property
    def film(self) -> Path:
        """The folder of the film."""
        return self.source / "film"

    def film_of(self, person: FilmedPerson) -> Path:
        """Return the folder of the film of a person."""
        return self.source / FILM_FOLDERS[person]

    @property
    def films(self) -> tuple[Path, ...]:
        """The folders of all films."""
        return tuple(self.source / name for name in FILM_FOLDERS.values())

    @property
    def ratings(self) -> Path:
        """The folder of the judgements of the frames by raters."""
        return self.source / "ratings"

    @property
    def films_deleted(self) -> Path:
        """The file that says that the films were deleted."""
        return self.source / FILMS_DELETED

    @property
    def lock(self) -> Path:
        """The lock file, held while a session writes."""
        return self.source / "session.lock"

    @property
    def behaviour(self) -> Path:
        """``sub-01[/ses-a]/beh``."""
        return self._inside(self.dataset) / "beh"

    def table(self, task: str, suffix: str) -> Path:
        """``sub-01[/ses-a]/beh/sub-01[_ses-a]_task-NAME_SUFFIX.tsv``."""
        return self.behaviour / f"{self.label}_task-{task_label(task)}_{suffix}.tsv"


def session_place(dataset: Path, participant: str, session: str | None) -> SessionPlace:
    """Return where a session lies.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    participant, session : str
        Labels; session is None for a data set without session folders.

    Raises
    ------
    RecordError
        If a label has other characters than letters and digits.
    """
    return SessionPlace(
        dataset.absolute(),
        check_label(participant, what="participant"),
        check_label(session, what="session") if session is not None else None,
    )


def recorded_sessions(dataset: Path) -> Iterator[SessionPlace]:
    """Yield every session that was begun, by participant and session.

    Left out are folders with other names than ``sub-LABEL`` and ``ses-LABEL``, such as the ``sub-01 (1)`` of a file
    manager, and a second copy of a session. `experiment.record.checks.strays` lists both.
    """
    begun = list(begun_sessions(dataset))
    copies = {place for places in recorded_twice(begun).values() for place in places}
    yield from (place for place in begun if place not in copies)


def begun_sessions(dataset: Path) -> Iterator[SessionPlace]:
    """Yield every session that was begun, also the copies of others."""
    for participant, folder in _labelled(dataset / "sourcedata", "sub-"):
        sessions: list[str | None] = [None, *(session for session, _ in _labelled(folder, "ses-"))]
        for place in (SessionPlace(dataset, participant, session) for session in sessions):
            if place.begun:
                yield place


def session_folders(place: SessionPlace) -> list[SessionPlace]:
    """Return every session of a participant that has a folder, also without journal."""
    labels: set[str | None] = {None}
    for top in (place.dataset, place.dataset / "sourcedata"):
        labels.update(label for label, _ in _labelled(top / f"sub-{place.participant}", "ses-"))
    found = (
        SessionPlace(place.dataset, place.participant, label) for label in sorted(labels, key=lambda one: one or "")
    )
    return [one for one in found if one.source.is_dir() or one.behaviour.is_dir()]


def journals_in(dataset: Path) -> Iterator[Path]:
    """Yield every journal in a data set and every file with the name of a copy of one."""
    for folder, _, files in os.walk(dataset):
        yield from (Path(folder) / name for name in sorted(files) if _JOURNAL.fullmatch(name))


def first_line_of(journal: Path) -> bytes:
    """Return the first line of a journal with its line end.

    Empty if it cannot be read.
    """
    try:
        with journal.open("rb") as file:
            return file.readline()
    except OSError:
        return b""


def recorded_twice(places: Iterable[SessionPlace]) -> dict[SessionPlace | None, tuple[SessionPlace, ...]]:
    """Return the copies of sessions, by the session they are copies of.

    Two journals with the same first line are of one session: it has the time to the microsecond, and more. The one in
    the folder that this line names is the session. If none is there, which one it is cannot be known, and all of them
    are copies, of None.
    """
    same: defaultdict[bytes, list[SessionPlace]] = defaultdict(list)
    for place in places:
        same[place.first_line].append(place)
    copies: defaultdict[SessionPlace | None, tuple[SessionPlace, ...]] = defaultdict(tuple)
    for line, found in same.items():
        if len(found) > 1:
            original = next((place for place in found if place.label == journal_label(line)), None)
            copies[original] += tuple(place for place in found if place != original)
    return dict(copies)


def journal_label(first_line: bytes) -> str | None:
    """Return ``sub-01`` or ``sub-01_ses-a`` as the first line of a journal has it.

    None if it is not the first line of a journal.
    """
    try:
        data = json.loads(first_line)["data"]
        return SessionPlace(Path(), str(data["participant"]), data["session"]).label
    except (ValueError, KeyError, TypeError):
        return None


def recorded_partner(place: SessionPlace) -> str | None:
    """Return the id of the second person of a session; None without one."""
    try:
        partner = json.loads(place.first_line)["data"].get("partner")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if partner is None else str(partner)


def recorded_protocol(place: SessionPlace) -> Path | None:
    """Return where the protocol of a session was; None if that is not known."""
    try:
        return Path(json.loads(place.first_line)["data"]["protocol"]["file"])
    except (ValueError, KeyError, TypeError):
        return None


def _labelled(folder: Path, prefix: str) -> list[tuple[str, Path]]:
    """Return the folders inside a folder that are called ``PREFIX-LABEL``, by label."""
    if not folder.is_dir():
        return []
    found = ((inner.name.removeprefix(prefix), inner) for inner in sorted(folder.glob(f"{prefix}*")))
    return [(label, inner) for label, inner in found if LABEL.fullmatch(label) and inner.is_dir()]


def file_name(text: str) -> str:
    """Return ``text`` as a portable file name.

    Other characters than ``A-Za-z0-9-_`` become ``-``.
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "unnamed"
