"""Names of all files and folders of a data set.

::

    DATASET/
      dataset_description.json  README  participants.tsv  participants.json
      stimuli/NAME.png  stimuli/SHA256SUMS
      sub-01/[ses-a/]beh/sub-01[_ses-a]_task-NAME_{events,beh}.{tsv,json}     derived
      sourcedata/sub-01/[ses-a/]journal.jsonl  frames/STEP/{key,before-01,...}.png     the truth
      derivatives/mimicry/                                                    rebuildable
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiment.record.errors import RecordError

LABEL = re.compile(r"[0-9A-Za-z]+")


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
        if not self.journal.is_file():
            return False
        with self.journal.open("rb") as journal:
            return journal.readline().endswith(b"\n")

    @property
    def frames(self) -> Path:
        """The folder of the pictures."""
        return self.source / "frames"

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
    """Yield every session that was begun, sorted by participant and session."""
    source = dataset / "sourcedata"
    if not source.is_dir():
        return
    for folder in sorted(source.glob("sub-*")):
        participant = folder.name.removeprefix("sub-")
        sessions = [None, *(inner.name.removeprefix("ses-") for inner in sorted(folder.glob("ses-*")))]
        for place in (SessionPlace(dataset, participant, session) for session in sessions):
            if place.begun:
                yield place


def file_name(text: str) -> str:
    """Return ``text`` as a portable file name.

    Other characters than ``A-Za-z0-9-_`` become ``-``.
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "unnamed"
