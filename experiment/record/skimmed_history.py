"""What happened in a session, read quickly: for lists of many sessions.

Only the lines that say how far a session came are parsed. Hashes are not compared; `verify` does that.
"""

from __future__ import annotations

import json
import re

from experiment.record.errors import RecordError
from experiment.record.files import record_errors
from experiment.record.history import History
from experiment.record.journal import Entry
from experiment.record.journal_lines import (
    READABLE_FORMATS,
    AnswersLine,
    CalibrationLine,
    ClauseLine,
    DeclinedLine,
    ExclusionLine,
    ExclusionUndoneLine,
    FaceCheckLine,
    NoteLine,
    RecordingsDeletedLine,
    SessionEnd,
    SessionResume,
    SessionStart,
    TrialLine,
    line_of,
)
from experiment.record.layout import SessionPlace

_KINDS = (
    SessionStart,
    SessionResume,
    SessionEnd,
    TrialLine,
    AnswersLine,
    CalibrationLine,
    ClauseLine,
    DeclinedLine,
    FaceCheckLine,
    RecordingsDeletedLine,
    NoteLine,
    ExclusionLine,
    ExclusionUndoneLine,
)
_WANTED = frozenset(kind.EVENT.encode() for kind in _KINDS)
_BEGINNING = re.compile(rb'\{"n":\d+,"event":"([^"\\]*)",')
"""How this program begins a line."""
_FLIPS = re.compile(rb'"flip_times_s":\[[^\]]*\]')


def skim_history(place: SessionPlace) -> History:
    """Return what happened in a session, without film and times of flips.

    Parameters
    ----------
    place : SessionPlace
        The session.

    Raises
    ------
    RecordError
        If the journal does not exist, or cannot be understood.
    """
    with record_errors("read", place.journal):
        lines = place.journal.read_bytes().split(b"\n")
    history = History(place)
    for line in lines:
        begun = _BEGINNING.match(line)
        if begun is not None and begun[1] not in _WANTED:
            continue
        if (entry := _parsed(line)) is None:
            continue  # empty, or torn by a crash
        try:
            if entry.event == SessionStart.EVENT and entry.data["format"] not in READABLE_FORMATS:
                raise RecordError(f"{place.journal} has format {entry.data['format']}; use the program that wrote it")
            history.add(line_of(entry), entry.time_s)
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(
                f"{place.journal}: line {entry.n} ({entry.event}) lacks or garbles {error}; restore it from a copy"
            ) from error
    if not history.segments:
        raise RecordError(f"{place.journal} does not begin with the start of a session; restore it from a copy")
    return history


def _parsed(line: bytes) -> Entry | None:
    try:
        value = json.loads(_FLIPS.sub(b'"flip_times_s":[]', line, count=1))
        return Entry(int(value["n"]), str(value["event"]), float(value["time_s"]), dict(value["data"]))
    except (ValueError, KeyError, TypeError):
        return None
