"""The journal file: one JSON object a line, appended and fsynced.

Everything else can be rebuilt from it.

``{"n": 12, "event": "trial", "time_s": 81.203, "data": {...}, "prev": "...", "sha256": "..."}``: ``n`` counts the lines
of a session without a gap, ``time_s`` is on the clock of the session. No line is ever changed or removed. A line torn
by a power cut stays: a resumed session begins a new line, and the reader reports the torn one.
`experiment.record.journal_lines` has the kinds of lines.

``prev`` is the SHA-256 of the line before (without its line end; empty in the first line), ``sha256`` that of the line
itself without this last field. A line that was changed later is reported. Journals of format 1 have neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiment.record.appended_file import AppendedFile
from experiment.record.errors import RecordError
from experiment.record.files import digest, record_errors

_AFTER_AN_INTERRUPTION = (
    "session-start",
    "session-resume",
    "recordings-deleted",
    "note",
    "exclusion",
    "exclusion-undone",
)
"""Lines that are written by a program that finds a journal which was cut off."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    n: int
    event: str
    time_s: float
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TornLine:
    """The rest of a line that was being written when the computer stopped."""

    line: int
    """1-based."""
    text: str


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line that is not as the session wrote it."""

    n: int
    line: int
    """1-based."""
    event: str


@dataclass(frozen=True, slots=True)
class Journal:
    """The content of a journal."""

    path: Path
    entries: tuple[Entry, ...]
    torn: tuple[TornLine, ...]
    changed: tuple[ChangedLine, ...] = ()
    """Lines whose hashes do not fit."""
    hashes: tuple[str, ...] = ()
    """SHA-256 of every line, also where the format has no hashes."""

    def first(self, count: int) -> Journal:
        """Return the journal as it was after its first lines."""
        changed = tuple(line for line in self.changed if line.n < count)
        return Journal(self.path, self.entries[:count], self.torn, changed, self.hashes[:count])


def read_journal(path: Path) -> Journal:
    """Read a journal, complete or cut off; find the lines that were changed later.

    Raises
    ------
    RecordError
        If the file cannot be read, or lines are damaged or missing elsewhere than where a session was cut off.
    """
    with record_errors("read", path):
        lines = path.read_bytes().split(b"\n")
    entries: list[Entry] = []
    torn: list[TornLine] = []
    waiting: list[TornLine] = []
    chain = _Chain()
    hashes: list[str] = []
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix(b"\r")  # an editor of Windows adds it
        if not line:
            continue
        entry = _parse(line)
        if entry is None:
            waiting.append(TornLine(number, line.decode("utf-8", "replace")))
            continue
        if waiting and entry.event not in _AFTER_AN_INTERRUPTION:
            raise RecordError(
                f"{path}:{waiting[0].line}: this line of the journal is damaged; restore the file from a copy"
            )
        torn.extend(waiting)
        waiting.clear()
        if entry.n != len(entries):
            raise RecordError(
                f"{path}:{number}: line {len(entries)} of the journal was expected and line {entry.n} came; "
                "lines were removed or added, restore the file from a copy"
            )
        entries.append(entry)
        hashes.append(chain.add(line, entry, number))
    return Journal(path, tuple(entries), (*torn, *waiting), chain.changed, tuple(hashes))


class _Chain:
    """Compares each line with its own hash and with that in the next line."""

    def __init__(self) -> None:
        self._changed: dict[int, ChangedLine] = {}
        self._last: ChangedLine | None = None
        self._last_sha256 = ""
        self._is_required = False

    @property
    def changed(self) -> tuple[ChangedLine, ...]:
        """The lines found so far, in order."""
        return tuple(self._changed[n] for n in sorted(self._changed))

    def add(self, line: bytes, entry: Entry, number: int) -> str:
        """Check the next line; return its SHA-256.

        Parameters
        ----------
        line : bytes
            Without its line end.
        entry : Entry
            The same line as a value.
        number : int
            Its number in the file.
        """
        here = ChangedLine(entry.n, number, entry.event)
        body, found, rest = line.rpartition(_OWN_HASH)
        has_hash = bool(found) and len(rest) == _LENGTH_OF_REST
        if has_hash:
            before = json.loads(line).get("prev")
            if digest(body + b"}") != rest[:-2].decode("ascii", "replace"):
                self._changed[here.n] = here
            elif before != self._last_sha256 and self._last is not None:
                self._changed[self._last.n] = self._last
        elif self._is_required or _needs_hashes(entry):
            self._changed[here.n] = here
        self._is_required |= has_hash or _needs_hashes(entry)
        self._last, self._last_sha256 = here, digest(line)
        return self._last_sha256


_OWN_HASH = b',"sha256":"'
_LENGTH_OF_REST = 66  # 64 digits, a quotation mark and a brace


def _needs_hashes(entry: Entry) -> bool:
    """Return whether a line begins a journal of a format whose lines have hashes."""
    number = entry.data.get("format") if entry.n == 0 else None
    return isinstance(number, int) and number > 1


def _hash_of_last_line(path: Path) -> str:
    """Return the SHA-256 of the last whole line of a journal; empty if there is none."""
    lines = path.read_bytes().split(b"\n") if path.is_file() else []
    whole = (line.removesuffix(b"\r") for line in reversed(lines) if line)
    return next((digest(line) for line in whole if _parse(line) is not None), "")


def _parse(line: bytes) -> Entry | None:
    try:
        value = json.loads(line)
        return Entry(int(value["n"]), str(value["event"]), float(value["time_s"]), dict(value["data"]))
    except (ValueError, KeyError, TypeError):
        return None


class JournalWriter:
    """Appends lines; each is on the disk when `append` returns.

    Parameters
    ----------
    path : Path
        The journal. Its folder must exist.
    next_line : int
        Number of the next line: 0 for a new journal.
    """

    def __init__(self, path: Path, *, next_line: int) -> None:
        self.path = path
        self._n = next_line
        with record_errors("write", path):
            self._last_sha256 = _hash_of_last_line(path)
            self._file = AppendedFile(path, is_new=next_line == 0 and not path.exists())

    @property
    def replaced(self) -> int:
        """How often another program replaced the file by a copy of it, or deleted it."""
        return self._file.replaced

    @property
    def last_sha256(self) -> str:
        """SHA-256 of the last line; empty if there is none."""
        return self._last_sha256

    @property
    def put_back(self) -> int:
        """Bytes that the latest copy lacked; they were written again."""
        return self._file.put_back

    @property
    def moved_to(self) -> Path | None:
        """Where the lines are, if another program changed the file at `path`; else None."""
        return self._file.moved_to

    def append(self, event: str, time_s: float, data: Mapping[str, Any]) -> Entry:
        """Write one line to the disk, and return it with its time as written.

        Parameters
        ----------
        event : str
            Kind of the line.
        time_s : float
            On the clock of the session.
        data : mapping
            Any JSON; paths and NumPy values are converted.

        Raises
        ------
        RecordError
            If it cannot be written; earlier lines stay, and no half line is left.
        """
        entry = Entry(self._n, event, round(time_s, 6), data)
        line = {"n": entry.n, "event": event, "time_s": entry.time_s, "data": data, "prev": self._last_sha256}
        text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
        content = text.encode()
        content = content[:-1] + _OWN_HASH + digest(content).encode() + b'"}'
        with record_errors("write", self.path):
            self._file.append(content + b"\n")
        self._n += 1
        self._last_sha256 = digest(content)
        return entry

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _plain(value: object) -> Any:
    """Convert a path, a NumPy value or a mapping for `json`."""
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} cannot be written to the journal")
