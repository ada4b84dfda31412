"""The result of a comparison: differences, notes, hashes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from experiment.record.files import sha256_of
from experiment.record.history import History

COMPARE = "compare both with a copy"
"""Remedy where the table or the journal may be the file that was changed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as the program left it."""

    check: str
    """``frames``, ``film``, ``journal``, ``clock``, ``order``, ``events``, ``participants``, ``description``,
    ``stimuli``, ``consent``, ``truth``, ``files``, ``names``, ``leftovers``, ``permissions``, ``tables``, ``sums``,
    ``ratings``."""
    file: Path
    message: str


@dataclass(slots=True)
class Verification:
    """What was compared, and what differs."""

    dataset: Path
    sessions: int = 0
    frames: int = 0
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be checked, and why."""
    histories: list[History] = field(default_factory=list)
    """The sessions that could be read, without their trials and texts."""
    expected: set[Path] = field(default_factory=set)
    """Files of the sessions that the journals name, and tables made of the journals."""
    unread: set[Path] = field(default_factory=set)
    """Journals that cannot be read."""
    commits: dict[str, set[int]] = field(default_factory=dict)
    """Formats of the journals that each version of the program wrote."""
    session_orders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Sessions in the order of the protocol, by task."""
    first_seen: dict[str, str] = field(default_factory=dict)
    """The session in which a picture of a camera was found first, by SHA-256."""
    permission_sources: list[tuple[Path, str]] = field(default_factory=list)
    """Journals that allow pictures because of another session, and this session."""
    older: dict[str, list[str]] = field(default_factory=dict)
    """What another version of the program wrote, with the sessions."""
    _known: set[Difference] = field(default_factory=set)
    _files: set[Path] = field(default_factory=set)
    _noted: set[str] = field(default_factory=set)
    _hashes: dict[Path, str | None] = field(default_factory=dict)

    def add(self, check: str, file: Path, message: str) -> None:
        """Note a difference, once.

        Parameters
        ----------
        check : str
            As in `Difference`.
        file : Path
            Where it is.
        message : str
            What differs, and the remedy.
        """
        difference = Difference(check, file, message)
        if difference not in self._known:
            self._known.add(difference)
            self._files.add(file)
            self.differences.append(difference)

    def note(self, text: str) -> None:
        """Note what could not be checked, once."""
        if text not in self._noted:
            self._noted.add(text)
            self.notes.append(text)

    def has(self, file: Path) -> bool:
        """Return whether a difference of a file was noted."""
        return file in self._files

    def sha256(self, file: Path) -> str | None:
        """Return the SHA-256 of a file; None if it cannot be read. Each file is read once."""
        if file not in self._hashes:
            self._hashes[file] = _sha256(file)
        return self._hashes[file]

    def read_hashes(self, files: Iterable[Path]) -> None:
        """Read many files in threads."""
        new = [file for file in dict.fromkeys(files) if file not in self._hashes]
        if len(new) > 1:
            with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as threads:
                self._hashes |= zip(new, threads.map(_sha256, new), strict=True)

    def drop_hashes(self, folder: Path) -> None:
        """Forget the hashes of the files in a folder.

        The memory for them then stays the same for any number of sessions.
        """
        for file in [file for file in self._hashes if file.is_relative_to(folder)]:
            del self._hashes[file]


def _sha256(file: Path) -> str | None:
    try:
        return sha256_of(file)
    except OSError:
        return None


def first_names(names: Sequence[str]) -> str:
    """Return the first three names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def files_in(folder: Path) -> list[Path]:
    """Return all files in a folder and its folders, sorted; none if it does not exist."""
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
