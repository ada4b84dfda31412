"""Bring a note or exclusion to the session it is about: running, or over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.journal_lines import ExclusionLine, ExclusionUndoneLine, NoteLine
from experiment.record.layout import SessionPlace, begun_sessions, session_place
from experiment.record.live_state.control import CommandKind, Source, new_command, send_and_wait
from experiment.record.lock import living_holder
from experiment.record.remarks import Remark, add_remark, read_own_history, require_remark


def remarked_session(dataset: Path, participant: str, session: str | None) -> SessionPlace:
    """Return the session that a note or an excluded trial is in.

    Parameters
    ----------
    dataset
        Folder of the data set.
    participant
        Id of the participant.
    session
        Label of the session; may be left out if the participant has one session.

    Raises
    ------
    RecordError
        If there is no such session, or several.
    """
    places = sessions_of(dataset, participant)
    if session is not None:
        wanted = session_place(dataset, participant, session)
        if wanted not in places:
            raise RecordError(f"participant {wanted.participant} has no session {session}; recorded: {_labels(places)}")
        return wanted
    if len(places) > 1:
        raise RecordError(f"participant {places[0].participant} has {_labels(places)}; choose one with --session")
    return places[0]


def sessions_of(dataset: Path, participant: str) -> list[SessionPlace]:
    """Return all recorded sessions of a participant.

    Parameters
    ----------
    dataset
        Folder of the data set.
    participant
        Id of the participant.

    Raises
    ------
    RecordError
        If the folder does not exist, or there is none.
    """
    dataset = dataset.absolute()
    if not dataset.is_dir():
        raise RecordError(f"there is no data set at {dataset}; give the folder that `run` got as --dataset")
    name = session_place(dataset, participant, None).participant
    places = [place for place in begun_sessions(dataset) if place.participant == name]
    if not places:
        raise RecordError(f"participant {name} has no recorded session in {dataset}; check --participant")
    return places


def deliver_remark(place: SessionPlace, line: Remark) -> None:
    """Record a note or exclusion, in a running session through its control.

    Parameters
    ----------
    place
        The session.
    line
        What is recorded.

    Raises
    ------
    RecordError
        If the line does not fit the session, or a running session does not take it.
    """
    if living_holder(place.lock) is None:
        add_remark(place, line)
        return
    source: Source = "console" if line.source == "console" else "terminal"
    text = line.text if isinstance(line, NoteLine) else line.reason
    scope = "trial" if isinstance(line, NoteLine) else line.scope
    command = new_command(_command_kind(line), source=source, text=text, trial=line.trial, scope=scope)
    send_and_wait(place.dataset, place.participant, place.session, command)


def _command_kind(line: Remark) -> CommandKind:
    match line:
        case NoteLine():
            return "note"
        case ExclusionLine():
            return "exclude"
        case ExclusionUndoneLine():
            return "include"


def deliver_to_all(places: Sequence[SessionPlace], line: ExclusionLine | ExclusionUndoneLine) -> list[SessionPlace]:
    """Record a line in every session of a participant that it fits; return these.

    Parameters
    ----------
    places
        From `sessions_of`.
    line
        An exclusion of the participant, or taking it back.

    Raises
    ------
    RecordError
        If it fits none, or one cannot take it. The other sessions may have taken it then; the same call goes on.
    """
    is_excluded = isinstance(line, ExclusionUndoneLine)
    histories = [_history(place) for place in places]
    fitting = [one for one in histories if ((line.scope, line.trial) in one.exclusions) == is_excluded]
    if not fitting:
        require_remark(histories[0], line)
    for history in fitting:
        deliver_remark(history.place, line)
    return [history.place for history in fitting]


def _history(place: SessionPlace) -> History:
    """Return what happened in a session; the tables of a running one are not judged."""
    return read_own_history(place) if living_holder(place.lock) is None else read_history(place)


def _labels(places: list[SessionPlace]) -> str:
    return "the sessions " + ", ".join(place.session or "(without label)" for place in places)
