"""Compare the BIDS tables of a session with its journal, byte for byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiment.record.bids import JOURNAL_LINES, JOURNAL_SHA256, SessionTable, session_tables
from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.journal import Journal
from experiment.record.journal_lines import (
    AFTER_THE_END,
    ExclusionLine,
    ExclusionUndoneLine,
    SessionEnd,
    SessionResume,
    SessionStart,
    TrialAnswerLine,
    TrialLine,
)
from experiment.record.participants_file import MISSING
from experiment.record.provenance import commit, versions
from experiment.record.verification.findings import COMPARE, Verification, first_names
from experiment.record.verification.segments import is_closed

_MOST = 5
"""Most messages about one file."""


@dataclass(slots=True)
class _Compared:
    """What one file and the expected one differ in."""

    messages: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    """Columns and keys that a later version of the program added."""


def verify_session_tables(history: History, journal: Journal, found: Verification) -> None:
    """Compare the tables of a session with the journal.

    A table that was written before an interruption may be older than the journal; this is a note.

    Parameters
    ----------
    history : History
        The session.
    journal : Journal
        Its lines.
    found : Verification
        Takes the differences.
    """
    is_own = _wrote_it(history)
    is_remarked = journal.entries[-1].event in AFTER_THE_END  # a program may have stopped before it wrote the tables
    is_open = not is_closed(journal) or history.place.lock.exists() or is_remarked
    for table in session_tables(history):
        sidecar = _read_sidecar(table.sidecar)
        found.expected |= {table.file, table.sidecar}
        _verify_anchor(sidecar, table, journal, found=found)
        # An interrupted session has the table of an earlier line: of its last trial, or of the line in the sidecar.
        earlier = _earlier(history, journal, sidecar, table=table) if is_open else []
        for file in (table.file, table.sidecar):
            if not file.exists() and is_open and _was_not_yet_written(table, history, journal):
                found.note(f"{history.place.label}: {file.name} was not written yet when the session was interrupted")
                continue
            results = [_compare(one, file, is_own=is_own) for one in [table, *earlier]]
            best = next((one for one in results if not one.messages), results[0])
            for message in best.messages[:_MOST]:
                found.add("events", file, message)
            if len(best.messages) > _MOST:
                found.add("events", file, f"{len(best.messages) - _MOST} more differences")
            if best is not results[0]:
                found.note(
                    f"{history.place.label}: {file.name} was written before the session was interrupted and lacks the "
                    "latest lines of the journal; `mimicry rebuild` completes it"
                )
            if best.older:
                name = f"_{file.name.rpartition('_')[2]}"
                what = f"another version of the program wrote {name}, without {first_names(best.older)}"
                found.older.setdefault(what, []).append(history.place.label)


def _wrote_it(history: History) -> bool:
    """Return whether this version of the program wrote the tables last."""
    setting = history.resumed[-1].setting if history.resumed else history.start.setting
    own = versions().get("mimicry-lab")
    return setting.commit == commit() and setting.versions.get("mimicry-lab", own) == own


def _read_sidecar(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _verify_anchor(sidecar: Mapping[str, Any], table: SessionTable, journal: Journal, *, found: Verification) -> None:
    """Compare the journal with the hash of its last line when the table was written."""
    lines, sha256 = sidecar.get(JOURNAL_LINES), sidecar.get(JOURNAL_SHA256)
    if isinstance(lines, int) and lines > len(journal.hashes):
        message = (
            f"the journal had {lines} lines when {table.sidecar.name} was written and has {len(journal.hashes)} now: "
            "its end was removed; restore it from a copy"
        )
        found.add("journal", journal.path, message)
    elif isinstance(lines, int) and lines > 0 and journal.hashes[lines - 1] != sha256:
        message = (
            f"the first {lines} lines are not those of which {table.sidecar.name} was made (SHA-256): the journal or "
            f"this file was changed; {COMPARE}"
        )
        found.add("journal", journal.path, message)
    if sidecar.get("Complete") is True and not _has_complete_end(journal):
        message = (
            f"{table.sidecar.name} says that the session is complete, the journal does not: the end of the journal was "
            f"removed, or the file was changed; {COMPARE}"
        )
        found.add("journal", journal.path, message)


def _has_complete_end(journal: Journal) -> bool:
    return any(entry.event == SessionEnd.EVENT and entry.data.get("complete") is True for entry in journal.entries)


def _earlier(
    history: History, journal: Journal, sidecar: Mapping[str, Any], *, table: SessionTable
) -> list[SessionTable]:
    """Return a table as an interrupted session may have left it."""
    written = _written_at(journal)
    counts = set(written[-2:])
    anchor = sidecar.get(JOURNAL_LINES)
    if isinstance(anchor, int) and written and written[-2:][0] <= anchor < len(journal.entries):
        counts.add(anchor)
    found = []
    for count in sorted(counts, reverse=True):
        try:
            before = read_history(history.place, journal=journal.first(count))
        except RecordError:
            continue
        found += [one for one in session_tables(before) if one.file == table.file]
    return found


def _was_not_yet_written(table: SessionTable, history: History, journal: Journal) -> bool:
    """Return whether the session had no such table when it wrote its tables last."""
    counts = _written_at(journal)[-2:]
    before = (read_history(history.place, journal=journal.first(count)) for count in counts)
    return any(all(one.file != table.file for one in session_tables(session)) for session in before)


def _written_at(journal: Journal) -> list[int]:
    """Return the numbers of lines after which a session writes its tables."""
    kinds = (TrialLine, TrialAnswerLine, SessionStart, SessionResume, ExclusionLine, ExclusionUndoneLine)
    events = tuple(kind.EVENT for kind in kinds)
    return [entry.n + 1 for entry in journal.entries if entry.event in events]


# -- one file


def _compare(table: SessionTable, file: Path, *, is_own: bool) -> _Compared:
    compared = _Compared()
    wanted = table.text if file == table.file else table.sidecar_text
    try:
        content = file.read_bytes()
    except OSError:
        what = "the table" if file == table.file else "the description of the table"
        compared.messages.append(f"{what} is missing; restore it from a copy, or `mimicry rebuild` makes a new one")
        return compared
    if content == wanted.encode():
        return compared
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        compared.messages.append(f"it is not text in UTF-8; {COMPARE}")
        return compared
    if file == table.file:
        _compare_rows(text, table, compared, is_own=is_own)
    else:
        _compare_sidecar(text, table, compared, is_own=is_own)
    if not compared.messages and not compared.older:
        compared.messages.append(
            f"the cells are those of the journal, the bytes are not: another program saved the file; {COMPARE}"
        )
    return compared


def _compare_rows(text: str, table: SessionTable, compared: _Compared, *, is_own: bool) -> None:
    lines = text.splitlines()
    columns = lines[0].split("\t") if lines else []
    _compare_columns(columns, table, compared, is_own=is_own)
    rows = [(number, line.split("\t")) for number, line in enumerate(lines[1:], start=2)]
    for number, cells in rows:
        if len(cells) != len(columns):
            compared.messages.append(f"line {number}: it has {len(cells)} cells, the first line {len(columns)}")
    if compared.messages:
        return
    names = [name for name in table.columns if name in columns]
    found = [(number, {name: cells[columns.index(name)] for name in names}) for number, cells in rows]
    wanted = [_as_before(dict(zip(table.columns, cells, strict=True)), names) for cells in table.rows]
    if len(found) == len(wanted):
        _compare_cells(found, wanted, compared)
    else:
        _compare_keys(found, wanted, compared)


def _as_before(row: dict[str, str], names: list[str]) -> dict[str, str]:
    """Return the cells of some columns.

    Before a hold had its own column, it stood in that of the key.
    """
    if "hold_to_frame_ms" not in names and row.get("hold_to_frame_ms", MISSING) != MISSING:
        row["key_to_frame_ms"] = row["hold_to_frame_ms"]
    return {name: row[name] for name in names}


def _compare_columns(columns: list[str], table: SessionTable, compared: _Compared, *, is_own: bool) -> None:
    for name, count in Counter(columns).items():
        if count > 1:
            compared.messages.append(f"it has {count} columns {name}; the program writes one")
        if name not in table.columns:
            compared.messages.append(f"it has a column {name or '(without a name)'}, which the program does not write")
    lacking = [name for name in table.columns if name not in columns]
    known = [name for name in table.columns if name in columns]
    if lacking and (
        is_own or not known or any(name.startswith(("condition_", "rating_", "question_")) for name in lacking)
    ):
        compared.messages.append(f"it lacks the columns {', '.join(lacking)}; {COMPARE}")
    else:
        compared.older += lacking
    if not compared.messages and known != columns:
        compared.messages.append(f"its columns are in another order, the first one is {columns[0]}")


def _compare_cells(found: list[tuple[int, dict[str, str]]], wanted: list[dict[str, str]], compared: _Compared) -> None:
    for (number, row), expected in zip(found, wanted, strict=True):
        for name, cell in row.items():
            if cell != expected[name]:
                shown = f"line {number}: {name} is {cell}, in the journal it is {expected[name]}"
                compared.messages.append(f"{shown}; {COMPARE}")


def _compare_keys(found: list[tuple[int, dict[str, str]]], wanted: list[dict[str, str]], compared: _Compared) -> None:
    """Name rows that were added, doubled or removed."""
    left = Counter(_key(row) for row in wanted)
    for number, row in found:
        key = _key(row)
        if left[key]:
            left[key] -= 1
        elif any(_key(one) == key for one in wanted):
            compared.messages.append(f"line {number}: the row of {' '.join(key)} is there twice; {COMPARE}")
        else:
            compared.messages.append(
                f"line {number}: the journal has no {' '.join(key)}: the row was added, or the end of the journal was "
                f"removed; {COMPARE}"
            )
    for key, count in left.items():
        if count:
            compared.messages.append(f"it lacks the row of {' '.join(key)}, which the journal has; {COMPARE}")
    if not compared.messages:
        compared.messages.append(f"it has {len(found)} rows, the journal has {len(wanted)}; {COMPARE}")


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    """Return what names a row: a trial and its attempt, or a question."""
    if "trial_id" in row:
        return ("trial", row["trial_id"], "attempt", row.get("attempt", "1"))
    return ("question", row.get("question", ""), "of", row.get("form", ""), "at", row.get("onset", ""))


def _compare_sidecar(text: str, table: SessionTable, compared: _Compared, *, is_own: bool) -> None:
    try:
        content = json.loads(text)
    except ValueError as error:
        compared.messages.append(f"it is not JSON ({error}); {COMPARE}")
        return
    if not isinstance(content, dict):
        compared.messages.append(f"it is not a JSON object; {COMPARE}")
        return
    for key, value in json.loads(table.sidecar_text).items():
        described = key in table.columns or key in (JOURNAL_LINES, JOURNAL_SHA256)
        if key not in content:
            message, older = f"it lacks {key}; {COMPARE}", key
        elif key in (JOURNAL_LINES, JOURNAL_SHA256) and isinstance(content.get(JOURNAL_LINES), int):
            is_less = key == JOURNAL_LINES and content[key] < value
            message = f"it was made of {content[key]} lines of the journal, which has {value}" if is_less else ""
            described = False
        else:
            message = f"{key} is {_short(content[key])}, expected was {_short(value)}; {COMPARE}"
            older = f"the present description of {key}"
            message = "" if content[key] == value else message
        if message and described and not is_own:
            compared.older.append(older)
        elif message:
            compared.messages.append(message)
    for key in content:
        if key not in table.facts:
            compared.messages.append(f"it has {key}, which the program does not write; {COMPARE}")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
