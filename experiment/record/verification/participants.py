"""Compare participants.tsv and its description with the journals."""

from __future__ import annotations

from pathlib import Path

from experiment.record.errors import RecordError
from experiment.record.history import History
from experiment.record.layout import recorded_sessions
from experiment.record.participant_facts import ParticipantFacts, facts_of
from experiment.record.participants_file import (
    DESCRIPTIONS,
    ID,
    MISSING,
    TABLE,
    cell_text,
    read_descriptions,
    read_participants,
)
from experiment.record.verification.findings import COMPARE, Verification


def verify_participants(dataset: Path, found: Verification) -> None:
    """Compare the list of participants with the journals; call it after all sessions.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    found : Verification
        Has the sessions and takes the differences.
    """
    file = dataset / TABLE
    if not file.is_file():
        found.add("participants", file, "the list is missing; restore it from a copy, or `mimicry rebuild` makes one")
        return
    try:
        table = read_participants(dataset)
    except RecordError as error:
        found.add("participants", file, str(error).removeprefix(f"{file}").lstrip(": "))
        return
    sessions: dict[str, list[History]] = {}
    counted = set(recorded_sessions(dataset))
    for history in (one for one in found.histories if one.place in counted):
        sessions.setdefault(f"sub-{history.place.participant}", []).append(history)
    facts = {name: facts_of(histories) for name, histories in sessions.items()}
    own_columns = {column for one in facts.values() for column in one.cells}
    rows = table.participants
    unread = {part for journal in found.unread for part in journal.parts if part.startswith("sub-")}
    lines = {name: number for number, name in enumerate(rows, start=2)}
    for name, one in facts.items():
        if name not in rows:
            found.add("participants", file, f"it has no row of {name}, whose journal is in sourcedata; {COMPARE}")
        else:
            where = f"line {lines[name]}: {name}"
            _compare_row(rows[name], one, sessions[name], own_columns, where=where, found=found)
    for name in rows:
        if name not in facts and name not in unread:
            found.note(f"{TABLE}: {name} has no recorded session: planned, or the record was removed")
    may_lack = {
        column
        for column in own_columns
        if all(_is_open(sessions[name]) for name, one in facts.items() if column in one.labels)
    }
    _verify_descriptions(dataset, facts, found, may_lack=may_lack)


def _is_open(histories: list[History]) -> bool:
    """Return whether a session of a participant is not complete."""
    return any(history.place.lock.exists() or not history.complete for history in histories)


def _compare_row(
    row: dict[str, str],
    facts: ParticipantFacts,
    histories: list[History],
    own_columns: set[str],
    *,
    where: str,
    found: Verification,
) -> None:
    """Compare the cells of one participant."""
    file = found.dataset / TABLE
    is_open = _is_open(histories)
    for column, value in facts.cells.items():
        cell, wanted = row.get(column), cell_text(value)
        if cell == wanted or (cell in ("", None) and wanted == MISSING):
            continue
        if cell in (None, "", MISSING) and is_open and not column.startswith("group_"):
            found.note(
                f"{TABLE}: {where}: {column} is empty, in the journal it is {wanted}: the session was interrupted; "
                "`mimicry rebuild` completes it"
            )
            continue
        found.add("participants", file, f"{where}: {column} is {cell}, in the journal it is {wanted}; {COMPARE}")
    for column in sorted(own_columns - set(facts.cells)):
        if row.get(column, MISSING) not in ("", MISSING):
            found.add(
                "participants",
                file,
                f"{where}: {column} is {row[column]}, the journals of this participant have no such answer; {COMPARE}",
            )


def _verify_descriptions(
    dataset: Path, facts: dict[str, ParticipantFacts], found: Verification, *, may_lack: set[str]
) -> None:
    """Compare the descriptions of the columns that come from the journals.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    facts : dict of str to ParticipantFacts
        What the journals say, by participant.
    found : Verification
        Takes the differences.
    may_lack : set of str
        Columns of interrupted sessions only: their description is written when the session ends.
    """
    file = dataset / DESCRIPTIONS
    if not file.is_file():
        found.add(
            "participants",
            file,
            "the descriptions are missing; restore them from a copy, or `mimicry rebuild` makes new ones",
        )
        return
    try:
        described = read_descriptions(dataset)
    except RecordError as error:
        found.add("participants", file, str(error).removeprefix(f"{file}").lstrip(": "))
        return
    labels: dict[str, set[str]] = {
        ID: {described.get(ID, {}).get("Description", "")} if _is_object(described, ID) else set()
    }
    for one in facts.values():
        for column, label in one.labels.items():
            labels.setdefault(column, set()).add(label)
    for column, texts in labels.items():
        if column not in described and column in may_lack and not column.startswith("group_"):
            found.note(
                f"{DESCRIPTIONS}: it does not describe {column}: the session was interrupted; `mimicry rebuild` "
                "completes it"
            )
        elif not _is_object(described, column):
            found.add("participants", file, f"it does not describe {column}; {COMPARE}")
        elif described[column].get("Description") not in texts:
            shown = described[column].get("Description")
            wanted = " or ".join(repr(text) for text in sorted(texts))
            found.add(
                "participants",
                file,
                f"the description of {column} is {shown!r}, in the journal it is {wanted}; {COMPARE}",
            )


def _is_object(described: dict[str, object], column: str) -> bool:
    return isinstance(described.get(column), dict)
