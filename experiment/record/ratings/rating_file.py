"""Ratings of a session's trials: one file a rater, which only grows.

``sourcedata/sub-01/[ses-a/]ratings/rater-AB.jsonl`` has the form of a journal (`experiment.record.journal`): one JSON
object a line, each with its hash and that of the line before. Its times are seconds since 1970. A rating that is given
again is one more line; the last one of a trial counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from experiment.file_lock import try_lock
from experiment.record.checks.strays import COPY_WORDS
from experiment.record.errors import RecordError
from experiment.record.files import PRIVATE_FILE, digest, make_folder, record_errors
from experiment.record.journal import Entry, Journal, JournalWriter, read_journal
from experiment.record.layout import LABEL, SessionPlace

FORMAT = 2
"""Format of the files, counted as that of journals: from 2 on, lines have hashes."""
START, RATING = "ratings-start", "rating"
"""Kinds of lines."""
LONGEST_NAME = 20
LONGEST_TEXT = 300
"""Characters of a reason."""
_PREFIX, _SUFFIX = "rater-", ".jsonl"
_TRIES, _PAUSE_S = 20, 0.05


@dataclass(frozen=True, slots=True)
class Rating:
    """One judgement of one attempt at a trial."""

    trial: str
    attempt: int
    usable: bool
    """Whether the pictures can be used."""
    reason: str
    """Why not; empty if they can."""
    expression: str
    """Expression that the rater sees; empty if the rater was not asked or left it out."""
    frames: tuple[str, ...]
    """SHA-256 of the files that were shown: frames, or the videos of a film."""


@dataclass(frozen=True, slots=True)
class RatingFile:
    """The ratings of one session by one rater."""

    place: SessionPlace
    rater: str
    ratings: Mapping[tuple[str, int], Rating]
    """The latest rating of each trial, by its id and attempt, in the order of the first ratings."""
    is_changed: bool
    """Whether a line is not as the program wrote it, or the file is of another session."""


def check_rater(name: str) -> str:
    """Return the name of a rater as it stands in file names.

    Raises
    ------
    RecordError
        If it has other characters than letters and digits, is too long, or would look like a copied file.
    """
    text = name.strip()
    if not (LABEL.fullmatch(text) and text.isascii() and len(text) <= LONGEST_NAME):
        raise RecordError(
            f"the rater is called {name!r}; use 1 to {LONGEST_NAME} letters a-z and digits, for example the initials AB"
        )
    if "journal" in text.lower() or COPY_WORDS.search(f"{_PREFIX}{text}{_SUFFIX}"):
        raise RecordError(f"the rater is called {name!r}; files of this name look like copies, use the initials")
    return text


def rating_path(place: SessionPlace, rater: str) -> Path:
    """Return the file with the ratings of a session by a rater."""
    return place.ratings / f"{_PREFIX}{rater}{_SUFFIX}"


def raters_of(place: SessionPlace) -> list[str]:
    """Return the raters of a session, by name.

    Files with other names are left out.
    """
    names = (
        path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for path in place.ratings.glob(f"{_PREFIX}*{_SUFFIX}")
    )
    return sorted(name for name in names if LABEL.fullmatch(name))


def known_raters(places: list[SessionPlace]) -> list[str]:
    """Return all raters of some sessions, by name."""
    return sorted({rater for place in places for rater in raters_of(place)})


def require_same_case(rater: str, known: list[str]) -> None:
    """Refuse a rater whose name is a known one in another case.

    Parameters
    ----------
    rater
        The name.
    known
        As `known_raters`.

    Raises
    ------
    RecordError
        If it does: on Windows and macOS both have one file.
    """
    other = next((name for name in known if name != rater and name.lower() == rater.lower()), None)
    if other is not None:
        raise RecordError(f"a rater is called {other}; write the name in the same way, or choose another one")


def read_ratings(place: SessionPlace, rater: str) -> RatingFile:
    """Return the ratings of a session by a rater; none if there is no file.

    Raises
    ------
    RecordError
        If the file cannot be read or lines are damaged.
    """
    path = rating_path(place, rater)
    if not path.is_file() or not path.stat().st_size:
        return RatingFile(place, rater, {}, is_changed=False)
    journal = read_journal(path)
    found: dict[tuple[str, int], Rating] = {}
    for entry in journal.entries:
        if entry.event == RATING:
            rating = _rating(path, entry)
            found[rating.trial, rating.attempt] = rating
    return RatingFile(place, rater, found, is_changed=bool(journal.changed) or not _is_of(journal, place, rater))


def add_rating(place: SessionPlace, rater: str, rating: Rating) -> None:
    """Append a rating; it is on the disk when this returns.

    Parameters
    ----------
    place
        The session.
    rater
        As `check_rater` returns it.
    rating
        The judgement.

    Raises
    ------
    RecordError
        If a text is too long, the file belongs to another session or cannot be written, or another program writes it.
    """
    if max(len(rating.reason), len(rating.expression)) > LONGEST_TEXT:
        raise RecordError(f"the reason has more than {LONGEST_TEXT} characters; shorten it")
    path = rating_path(place, rater)
    with record_errors("write", path):
        make_folder(path.parent, inside=place.source)
    with _only_writer(path):
        _cut_torn_line(path)
        journal = read_journal(path)
        if journal.entries and not _is_of(journal, place, rater):
            raise RecordError(f"{path} has ratings of another session or rater; move it to its session")
        writer = JournalWriter(path, next_line=len(journal.entries))
        try:
            if not journal.entries:
                writer.append(START, time.time(), _start(place, rater))
            writer.append(RATING, time.time(), asdict(rating))
        finally:
            writer.close()


def _cut_torn_line(path: Path) -> None:
    """Remove the rest of a line that a stop of the computer cut off.

    It was never confirmed.
    """
    with record_errors("write", path):
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            os.truncate(path, content.rfind(b"\n") + 1)


def _start(place: SessionPlace, rater: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "rater": rater,
        "participant": place.participant,
        "session": place.session,
        "journal_start_sha256": digest(place.first_line),
    }


def _is_of(journal: Journal, place: SessionPlace, rater: str) -> bool:
    """Return whether a file is that of a rater and a session."""
    first = journal.entries[0] if journal.entries else None
    data = {} if first is None or first.event != START else first.data
    return data.get("rater") == rater and data.get("journal_start_sha256") == digest(place.first_line)


def _rating(path: Path, entry: Entry) -> Rating:
    data = entry.data
    try:
        return Rating(
            trial=str(data["trial"]),
            attempt=int(data["attempt"]),
            usable=bool(data["usable"]),
            reason=str(data["reason"]),
            expression=str(data["expression"]),
            frames=tuple(map(str, data["frames"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{path}: line {entry.n} lacks or garbles {error}; restore the file from a copy") from error


@contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold the file against other processes; make it if it does not exist.

    Raises
    ------
    RecordError
        If another process holds it for a second.
    """
    with record_errors("write", path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        for _ in range(_TRIES):
            if try_lock(handle):
                break
            time.sleep(_PAUSE_S)
        else:
            raise RecordError(f"another program writes {path}; try again in a moment")
        yield
    finally:
        os.close(handle)
