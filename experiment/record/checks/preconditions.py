"""What must hold before a session is begun or resumed."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.paths import LABORATORY_PROGRAM
from experiment.record.consent.at_start import declined_sentence
from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.layout import SessionPlace


def unfinished(place: SessionPlace) -> History:
    """Return what happened in a session that can be resumed.

    Raises
    ------
    RecordError
        If the session does not exist or is complete.
    """
    if not place.begun:
        raise RecordError(f"there is no session of {place.label} in {place.dataset} to resume; begin it with `run`")
    history = read_history(place)
    if history.recorded_as != place.label:
        raise RecordError(
            f"the folder of {place.label} has the session of {history.recorded_as}: {place.source} was renamed or "
            "copied; put the folder back where it was recorded, then resume it there"
        )
    if history.complete:
        raise RecordError(
            f"{place.label} is complete, there is nothing to resume; use --session LABEL for another session"
        )
    return history


def require_same_plan(history: History, *, steps: Sequence[str], protocol_sha256: str) -> None:
    """Refuse to resume a session with another protocol or another order.

    Parameters
    ----------
    history : History
        The session.
    steps : sequence of str
        Ids of the steps that are about to be followed.
    protocol_sha256 : str
        Hash of their protocol.

    Raises
    ------
    RecordError
        If either differs; says which, and the remedy.
    """
    label, protocol = history.place.label, history.start.protocol
    if protocol_sha256 != protocol.sha256:
        raise RecordError(
            f"the protocol is not the one {label} began with ({protocol.file}); restore it, its text is in the "
            "first line of the journal"
        )
    if tuple(steps) != history.start.steps:
        raise RecordError(
            f"this version of the program does not reproduce the order of {label}; use the version in the first line "
            "of the journal"
        )


def require_other_case(place: SessionPlace) -> None:
    """Refuse a participant who differs from another only in case.

    ``a1`` and ``A1`` are one folder on Windows and macOS.

    Raises
    ------
    RecordError
        If there is such a participant.
    """
    source = place.dataset / "sourcedata"
    for folder in source.glob("sub-*") if source.is_dir() else ():
        other = folder.name.removeprefix("sub-")
        if other != place.participant and other.lower() == place.participant.lower():
            raise RecordError(
                f"participant {place.participant} differs from {other} only in upper and lower case; choose one"
            )


def require_not_begun(place: SessionPlace) -> None:
    """Refuse to begin a session twice.

    Raises
    ------
    RecordError
        If the session exists; says whether it is complete.
    """
    if not place.begun:
        return
    history = read_history(place)
    if declined := declined_sentence(history):
        raise RecordError(f"{place.label} in {place.dataset}: {declined}; choose another id or a label with --session")
    if history.complete:
        raise RecordError(
            f"{place.label} is already recorded in {place.dataset}; if this is another person choose another id, if it "
            "is another session of the same person give it a label with --session"
        )
    raise RecordError(
        f"{place.label} was begun in {place.dataset} and not finished; continue it with `{LABORATORY_PROGRAM} resume`, "
        "or choose another id or a label with --session"
    )
