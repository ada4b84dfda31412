"""Notes and exclusions in the journal of a session that does not run.

A running session writes its own journal and receives them by its control (`experiment.record.live_state.control`).
"""

from __future__ import annotations

import time

from experiment.record import bids
from experiment.record.checks.unverifiable import require_tables_of_journal
from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.journal import JournalWriter
from experiment.record.journal_lines import ExclusionLine, ExclusionUndoneLine, NoteLine
from experiment.record.layout import SessionPlace, recorded_sessions
from experiment.record.lock import SessionLock

Remark = NoteLine | ExclusionLine | ExclusionUndoneLine
LONGEST_TEXT = 2000
"""Characters of a note or reason."""


def utc_now() -> str:
    """Return the present time as the journal has it, such as 2026-03-01T10:15:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def cleaned_text(text: str, *, what: str) -> str:
    """Return the text of a note or reason on one line, without control characters.

    Parameters
    ----------
    text : str
        As it was typed.
    what : str
        ``note`` or ``reason``, for messages.

    Raises
    ------
    RecordError
        If it is empty or too long.
    """
    cleaned = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if not cleaned:
        raise RecordError(f"the {what} is empty; say in a few words what happened")
    if len(cleaned) > LONGEST_TEXT:
        raise RecordError(f"the {what} has {len(cleaned)} characters; shorten it to {LONGEST_TEXT}")
    return cleaned


def add_remark(place: SessionPlace, line: Remark) -> History:
    """Append a note or exclusion to the journal, and write the tables again.

    Parameters
    ----------
    place : SessionPlace
        The session.
    line : NoteLine, ExclusionLine or ExclusionUndoneLine
        What is added.

    Returns
    -------
    History
        The session with the new line.

    Raises
    ------
    RecordError
        If there is no such session, it runs, its journal was changed, or the line does not fit it.
    """
    require_remark(read_own_history(place), line)
    lock = SessionLock(place.lock, inside=place.dataset)
    try:
        history = read_own_history(place)  # again: the session may have added lines since
        require_remark(history, line)
        writer = JournalWriter(place.journal, next_line=history.lines)
        try:
            writer.append(line.EVENT, history.latest_s - history.segments[-1].shift_s, line.to_json())
        finally:
            writer.close()
        history = read_history(place)
        if place in recorded_sessions(place.dataset):  # a copy has no tables
            bids.derive_session(history)
    finally:
        lock.release(keep_broken=True)
    return history


def read_own_history(place: SessionPlace) -> History:
    """Return what happened in a session to whose journal a line may be added.

    Raises
    ------
    RecordError
        If there is no such session, its folder was renamed, or its journal or events table was changed.
    """
    if not place.begun:
        raise RecordError(f"there is no session of {place.label} in {place.dataset}; check --participant and --session")
    history = read_history(place)
    if history.recorded_as != place.label:
        raise RecordError(
            f"the folder of {place.label} has the session of {history.recorded_as}: {place.source} was renamed or "
            "copied; put the folder back where it was recorded"
        )
    require_tables_of_journal(history)
    return history


def require_remark(history: History, line: Remark, *, running: str = "") -> None:
    """Require that a note or exclusion fits its session.

    Parameters
    ----------
    history : History
        The session.
    line : NoteLine, ExclusionLine or ExclusionUndoneLine
        What is to be added.
    running : str
        Id of the trial that runs now and is not in the journal yet; empty if none does.

    Raises
    ------
    RecordError
        If the session has no such trial, it is excluded already, or is not excluded.
    """
    label = history.place.label
    known = [*dict.fromkeys(trial.id for trial in history.trials), *([running] if running else [])]
    if line.trial and line.trial not in known:
        shown = f"; recorded are {_shown(known)}" if known else "; no trial is recorded yet"
        raise RecordError(f"{label} has no trial {line.trial}{shown}")
    if isinstance(line, NoteLine):
        return
    whole = {"session": label, "participant": f"participant {history.place.participant}"}
    what = whole.get(line.scope, f"trial {line.trial} of {label}")
    before = history.exclusions.get((line.scope, line.trial))
    if isinstance(line, ExclusionLine) and before is not None:
        raise RecordError(f"{what} is excluded already: {before.reason}; --undo takes it back")
    if isinstance(line, ExclusionUndoneLine) and before is None:
        raise RecordError(f"{what} is not excluded, there is nothing to undo")


def _shown(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:3])}, ..., {names[-1]}"
