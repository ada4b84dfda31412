"""Compare the film of a session with its journal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from experiment.record.errors import RecordError
from experiment.record.film.reading import FilmRow, read_table
from experiment.record.history import History
from experiment.record.journal import Entry
from experiment.record.journal_lines import FilmEndLine, FilmStartLine
from experiment.record.layout import FILM_FOLDERS, FilmedPerson
from experiment.record.verification.findings import COMPARE, Verification, files_in
from experiment.record.verification.segments import REFUSED, TOLERANCE_S, StretchOfSession

_PART = re.compile(r"part-(\d+)")


def verify_film(history: History, segments: list[StretchOfSession], found: Verification) -> None:
    """Compare the files of a film and the rows of its tables with the journal.

    Parameters
    ----------
    history : History
        The session.
    segments : list of StretchOfSession
        Its lines.
    found : Verification
        Takes the differences.
    """
    place = history.place
    stored = {place.dataset / one.file: one.sha256 for line in history.film for one in (line.table, *line.files)}
    if place.films_deleted.is_file():
        found.expected.add(place.films_deleted)
        found.note(f"{place.label}: its films were deleted because one of its two persons was deleted")
        stored = {file: sha256 for file, sha256 in stored.items() if file.is_file()}
    found.expected |= set(stored)
    found.read_hashes(stored)
    for file, sha256 in stored.items():
        what = "the table of the film" if file.suffix == ".tsv" else "the film"
        if not file.is_file():
            found.add("film", file, f"{what} is missing; restore it from a copy")
        elif found.sha256(file) != sha256:
            found.add("film", file, f"{what} is not the one that was recorded (SHA-256); restore it from a copy")
    for person in FILM_FOLDERS:
        folder, open_parts = place.film_of(person), _open_parts(history, segments, person)
        for file in files_in(folder):
            if file in stored:
                continue
            name = _PART.match(file.relative_to(folder).parts[0])
            if name is not None and int(name[1]) in open_parts:
                found.expected.add(file)
                found.note(
                    f"{place.label}: film part {name[1]} has no hashes yet, they come when the session is resumed"
                )
            else:
                found.add("film", file, f"the journal has no such film: it was added, or lines were removed; {COMPARE}")
        _verify_tables(history, segments, open_parts, person, found=found)


def _open_parts(history: History, segments: list[StretchOfSession], person: FilmedPerson) -> range:
    """Return the numbers of the parts whose end an interruption left out."""
    last = segments[-1]
    own = _lines_of(last, person)
    first = [int(entry.data["part"]) for entry in own if entry.event == FilmStartLine.EVENT]
    ended = [int(entry.data["part"]) for entry in own if entry.event == FilmEndLine.EVENT]
    if last.is_closed and history.complete:
        return range(0)
    if first:
        return range(max([first[0], *(part + 1 for part in ended)]), 100_000)
    parts = [line.part for line in history.film if line.person == person]
    return range(1 + max(parts, default=0), 100_000) if len(segments) > 1 else range(0)


def _verify_tables(
    history: History,
    segments: list[StretchOfSession],
    open_parts: range,
    person: FilmedPerson,
    *,
    found: Verification,
) -> None:
    """Compare the rows of the tables with the journal."""
    place = history.place
    filmed = _stretch_of_parts(segments, person)
    for line in history.film:
        if line.person != person:
            continue
        table = place.dataset / line.table.file
        if not table.is_file() or found.has(table):
            continue
        try:
            rows = read_table(table).rows
        except RecordError as error:
            found.add("film", table, str(error).removeprefix(f"{table} "))
            continue
        counted = sum(not row.is_lost for row in rows), dict(Counter(row.reason for row in rows if row.is_lost))
        if counted != (line.frames, dict(line.lost)):
            found.add(
                "film",
                table,
                f"it has {counted[0]} frames and {sum(counted[1].values())} lost ones, the journal has {line.frames} "
                f"and {sum(line.lost.values())}; {COMPARE}",
            )
        _verify_rows(table, rows, filmed.get(line.part), history, found=found)
    for table in place.film_of(person).glob("part-*_frames.tsv"):
        number = _PART.match(table.name)
        if number is not None and int(number[1]) in open_parts:
            try:
                _verify_rows(table, read_table(table).rows, segments[-1], history, found=found)
            except RecordError as error:
                found.add("film", table, str(error).removeprefix(f"{table} "))


def _stretch_of_parts(segments: list[StretchOfSession], person: FilmedPerson) -> dict[int, StretchOfSession]:
    """Return the stretch in which each part was filmed."""
    found: dict[int, StretchOfSession] = {}
    filmed: StretchOfSession | None = None
    for stretch in segments:
        own = _lines_of(stretch, person)
        for entry in own:
            if entry.event == FilmEndLine.EVENT:
                owner = stretch if entry.data["closed"] else filmed
                if owner is not None:
                    found[int(entry.data["part"])] = owner
        if any(entry.event == FilmStartLine.EVENT for entry in own):
            filmed = stretch
    return found


def _lines_of(stretch: StretchOfSession, person: FilmedPerson) -> list[Entry]:
    """Return the lines of a stretch about a person.

    Lines that name no person are about the participant.
    """
    return [entry for entry in stretch.entries if entry.data.get("person", "participant") == person]


def _verify_rows(
    table: Path, rows: tuple[FilmRow, ...], stretch: StretchOfSession | None, history: History, *, found: Verification
) -> None:
    for message in _faults(rows, stretch, set(history.start.steps)):
        found.add("film", table, f"{message}; {COMPARE}")
    if stretch is None or any(
        difference.check == "consent" and difference.file == table for difference in found.differences
    ):
        return
    for number, row in enumerate(rows, start=2):
        if row.time_s is None or row.is_lost:
            continue
        state = stretch.permission(row.time_s)
        if state in REFUSED:
            why = "after the participant refused to be filmed" if state == "refused" else "before consent was given"
            found.add("consent", table, f"line {number}: frame {row.index} was filmed {why}")
            break


def _faults(rows: tuple[FilmRow, ...], stretch: StretchOfSession | None, steps: set[str]) -> Iterator[str]:
    """Yield what is wrong with the rows of a table, the first of each kind."""
    latest, latest_s = -1, float("-inf")
    is_known = stretch is not None and stretch.is_closed
    begin_s = stretch.clock_s - 60 if stretch is not None and is_known else float("-inf")
    end_s = stretch.latest_s + TOLERANCE_S if stretch is not None and is_known else float("inf")
    for number, row in enumerate(rows, start=2):
        if row.trial_id and row.trial_id not in steps:
            yield f"line {number}: the session has no trial {row.trial_id}"
            return
        if row.time_s is not None and row.time_s < latest_s:
            yield f"line {number}: frame {row.index} is earlier than the one before it"
            return
        if row.film_frame is not None and row.file and row.index <= latest and row.time_s == latest_s:
            yield f"line {number}: frame {row.index} is there twice"
            return
        if row.time_s is not None and not begin_s <= row.time_s <= end_s:
            yield f"line {number}: frame {row.index} was captured outside of the session"
            return
        latest = row.index
        latest_s = latest_s if row.time_s is None else row.time_s
