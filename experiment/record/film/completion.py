"""Complete the tables of a film, also after an interruption.

A table is complete when every received frame is a row (`experiment.record.film.received`), and every row with a video
has its frame there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from experiment.file_lock import try_lock
from experiment.record.errors import RecordError
from experiment.record.files import record_errors, replace_file, sha256_of
from experiment.record.film.part import Finished, table_name
from experiment.record.film.reading import FilmPart, FilmRow, agreeing, parse_row, read_table, table_paths, table_text
from experiment.record.film.received import Received, received_lists

_PATIENCE_S = 30.0
_Key = tuple[int, float | None]


def film_parts(folder: Path) -> list[FilmPart]:
    """Return the parts of a film with all of their frames.

    Frames that were received and are missing in table or video are marked as lost.

    Raises
    ------
    RecordError
        If a table cannot be read.
    """
    parts = [agreeing(read_table(path)) for path in table_paths(folder)]
    for received in received_lists(folder):
        parts = with_received(parts, received)
    return parts


def finish_parts(folder: Path, finished: set[int]) -> list[Finished]:
    """Complete the tables of the parts that an interruption left open.

    Parameters
    ----------
    folder : Path
        Folder of the film.
    finished : set of int
        Numbers of the parts that were closed.

    Returns
    -------
    list of Finished
        The other parts.
    """
    await_encoder(folder)
    for path in table_paths(folder):
        if _number(path) not in finished:
            _await_writer(path)
    lists = received_lists(folder)
    parts = [part for part in film_parts(folder) if part.number not in finished]
    found = [_write(part) for part in parts]
    for received in lists:
        _delete(received)
    return found


def settle(folder: Path, first_part: int, finished: Sequence[Finished]) -> tuple[Finished, ...]:
    """Add frames that never reached the encoder; delete the list of frames.

    Parameters
    ----------
    folder
        Folder of the film.
    first_part
        Number of the first of the parts.
    finished
        The parts, closed.
    """
    settled = {one.number: one for one in finished}
    for received in received_lists(folder):
        if received.first_part == first_part:
            before = [read_table(folder / one.table) for one in finished]
            for part in with_received(before, received):
                if part not in before:
                    settled[part.number] = _write(part)
            _delete(received)
    return tuple(settled[number] for number in sorted(settled))


def with_received(parts: Sequence[FilmPart], received: Received) -> list[FilmPart]:
    """Return parts with a row for every received frame, in order of arrival.

    Parameters
    ----------
    parts
        All parts of the film.
    received
        The list of one run; its frames belong to the parts from ``received.first_part`` on.
    """
    own = [part for part in parts if part.number >= received.first_part]
    rows = list(_rows(received))
    known = {_key(row): position for position, part in enumerate(own) for row in part.rows}
    if all(_key(row) in known for row in rows):
        return list(parts)
    if not own:
        own = [FilmPart(received.path.with_name(table_name(received.first_part)), ())]
    last = max((at for at, row in enumerate(rows) if _key(row) in known), default=-1)
    missing: list[list[tuple[int, FilmRow]]] = [[] for _ in own]
    place: dict[_Key, int] = {}
    current = 0
    for at, row in enumerate(rows):
        place[_key(row)] = at
        current = known.get(_key(row), current)
        if _key(row) not in known:
            # A row in the middle had no room in the queue; those at the end never arrived.
            reason = row.reason or ("queue" if at < last else "interrupted")
            missing[current].append((at, replace(row, reason=reason)))
    full = [
        replace(part, rows=_merged(part.rows, lost, place)) if lost else part
        for part, lost in zip(own, missing, strict=True)
    ]
    return [*(part for part in parts if part.number < received.first_part), *full]


def _merged(
    rows: Sequence[FilmRow], missing: Sequence[tuple[int, FilmRow]], place: dict[_Key, int]
) -> tuple[FilmRow, ...]:
    """Put missing rows between the others.

    A row that is not in the list follows the one before it.
    """
    placed: list[tuple[int, FilmRow]] = []
    for row in rows:
        placed.append((place.get(_key(row), placed[-1][0] if placed else -1), row))
    return tuple(row for _, row in sorted([*placed, *missing], key=lambda pair: pair[0]))


def _rows(received: Received) -> Iterable[FilmRow]:
    for line in received.rows:
        try:
            yield parse_row(line, has_video=False)
        except (KeyError, ValueError):  # torn by a power cut
            continue


def _key(row: FilmRow) -> _Key:
    return row.index, row.time_s


def _write(part: FilmPart) -> Finished:
    path, folder = part.table, part.table.parent
    with record_errors("write", path):
        replace_file(path, table_text(part.rows).encode(), inside=folder)
        hashes = tuple((file.relative_to(folder).as_posix(), sha256_of(file)) for file in part.files)
        return Finished(part.number, part.frames, dict(part.lost), sha256_of(path), hashes)


def _delete(received: Received) -> None:
    with record_errors("write", received.path):
        received.path.unlink(missing_ok=True)


def _number(table: Path) -> int:
    return FilmPart(table, ()).number


def await_encoder(folder: Path) -> None:
    """Wait until the process that encodes a film has ended.

    It outlives a session that was killed by the time it needs for the frames that wait.

    Raises
    ------
    RecordError
        If it has not ended after half a minute.
    """
    _wait_until(lambda: not any(received.is_writing for received in received_lists(folder)), f"the film in {folder}")


def _await_writer(table: Path) -> None:
    """Wait until no process holds the lock of a table."""
    with record_errors("read", table):
        handle = os.open(table, os.O_RDWR)
    try:
        _wait_until(lambda: try_lock(handle), str(table))
    finally:
        os.close(handle)


def _wait_until(is_done: Callable[[], bool], written: str) -> None:
    give_up_s = time.monotonic() + _PATIENCE_S
    while not is_done():
        if time.monotonic() > give_up_s:
            raise RecordError(f"another process still writes {written}; end it and try again")
        time.sleep(0.1)
