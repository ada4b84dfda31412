"""The state of a study: participants x sessions, and who comes next.

`study_status` reads a data set and, if it is known, the protocol. Nothing is written.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from experiment.errors import ExperimentError
from experiment.lab.assignments import GroupOptions, find_assignment
from experiment.protocol.estimates.sessions import estimate_sessions
from experiment.protocol.language.problems import ProtocolProblemsError
from experiment.protocol.language.schema_models import TrialBlock
from experiment.protocol.language.texts import in_language
from experiment.protocol.load import Protocol, load_protocol
from experiment.protocol.planner import group_of
from experiment.protocol.trials.allocation_list import PARTICIPANT
from experiment.protocol.trials.randomisation import williams_square
from experiment.protocol.trials.trial_lists import drafts
from experiment.record.errors import RecordError
from experiment.record.participants_file import read_participants
from experiment.record.session_status import RecordedSession, SessionState, SessionStatus, recorded_statuses

_NUMBERED = re.compile(r"(.*?)([0-9]+)")
_FIRST = "01"
Group = tuple[tuple[str, str], ...]
"""Level of every factor."""


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """The days on which the protocol plans a session, by the calendar."""

    earliest: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class ParticipantStatus:
    """One participant with all sessions, recorded and due."""

    participant: str
    groups: Mapping[str, str]
    """Level of every factor; empty if it is not known yet."""
    sessions: tuple[SessionStatus, ...]
    """In the order of `StudyStatus.sessions`."""
    excluded: str = ""
    """Reason to exclude the participant by hand; empty if there is none."""
    days_since: int | None = None
    """Days of the calendar since the latest session began; None without one."""
    next_session: str | None = None
    """Label of the next session that is due; None if none is, or the study has no labels."""
    is_due: bool = False
    """Whether a session is due."""
    due: DuePeriod | None = None
    """When the protocol plans it; None if it plans no days."""


@dataclass(frozen=True, slots=True)
class NextParticipant:
    """The next participant without a session."""

    participant: str
    session: str | None
    groups: Mapping[str, str]
    orders: tuple[str, ...] = ()
    """Rows of Williams squares, such as ``mimicry: order 3 of 6``."""
    needs: str = ""
    """What the experimenter must add before the group is known; else empty."""


@dataclass(frozen=True, slots=True)
class StudyStatus:
    """The state of a study."""

    dataset: Path
    protocol: Path | None
    """None if it is not known, or cannot be read."""
    title: str
    sessions: tuple[str | None, ...]
    """Labels of the protocol in order, then others that were recorded; one None without labels."""
    participants: tuple[ParticipantStatus, ...] = ()
    next: NextParticipant | None = None
    problems: tuple[str, ...] = ()
    """Why something is not known."""

    @property
    def counts(self) -> dict[str, int]:
        """Number of sessions in each state."""
        found: dict[str, int] = {}
        for one in (session for participant in self.participants for session in participant.sessions):
            found[one.state] = found.get(one.state, 0) + 1
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the status as JSON values; dates are ``2026-03-01``."""
        data: dict[str, Any] = _plain(asdict(self))
        return data | {"counts": self.counts}


def study_status(dataset: Path, protocol: Path | None = None, *, now_s: float | None = None) -> StudyStatus:
    """Return the state of a study.

    Parameters
    ----------
    dataset
        Folder of the data set; it need not exist.
    protocol
        The protocol's file; by default that of the latest session, if it is still there.
    now_s
        The present time, in seconds since 1970; by default that of the computer.

    Raises
    ------
    RecordError
        If the path is a file, or ``participants.tsv`` cannot be read.
    ExperimentError
        If a protocol that was named has errors.
    """
    dataset = dataset.absolute()
    if dataset.is_file():
        raise RecordError(f"{dataset} is a file, and a data set is a folder; name the folder")
    recorded = list(recorded_statuses(dataset)) if dataset.is_dir() else []
    loaded, problems = _protocol(protocol, recorded)
    today = date.fromtimestamp(time.time() if now_s is None else now_s)
    study = _Study(dataset, loaded, recorded, today)
    sessions = study.labels()
    participants = tuple(study.participant(name, sessions) for name in study.names())
    following, problem = study.following(participants)
    return StudyStatus(
        dataset,
        None if loaded is None else loaded.file,
        dataset.name if loaded is None else _title(loaded),
        sessions,
        participants,
        following,
        (*problems, *([problem] if problem else [])),
    )


def _protocol(named: Path | None, recorded: Sequence[RecordedSession]) -> tuple[Protocol | None, list[str]]:
    """Return the protocol, and why it is not known."""
    if named is not None:
        return load_protocol(named), []
    latest = max((one for one in recorded if one.protocol_file), key=lambda one: one.status.began_s or 0, default=None)
    if latest is None:
        return None, ["no session is recorded yet; name the protocol with --protocol to see who comes next"]
    file = Path(latest.protocol_file)
    if not file.is_file():
        return None, [f"the protocol of {latest.status.label} is not at {file} any more; name it with --protocol"]
    try:
        return load_protocol(file, live_metric=latest.live_metric), []
    except ExperimentError as error:
        listed = error.problems if isinstance(error, ProtocolProblemsError) else ()
        first = listed[0].message if listed else str(error).splitlines()[0]
        return None, [f"the protocol of {latest.status.label} has errors now ({first}); name another with --protocol"]


class _Study:
    """What the status is made of.

    Parameters
    ----------
    dataset
        Folder of the data set.
    protocol
        The protocol; None if it is not known.
    recorded
        All recorded sessions.
    today
        The present day.
    """

    def __init__(
        self, dataset: Path, protocol: Protocol | None, recorded: Sequence[RecordedSession], today: date
    ) -> None:
        self._dataset, self._protocol, self._today = dataset, protocol, today
        self._own: dict[str, list[RecordedSession]] = {}
        for one in recorded:
            self._own.setdefault(one.status.participant, []).append(one)
        listed = read_participants(dataset).participants if dataset.is_dir() else {}
        self._listed = [name.removeprefix("sub-") for name in listed]
        self._sessions = () if protocol is None else tuple(protocol.content.sessions or ())
        self._trials = {} if protocol is None else _planned_trials(protocol)

    def labels(self) -> tuple[str | None, ...]:
        """Return the labels of the sessions of the study."""
        planned = self._sessions
        begun = sorted((one.status for own in self._own.values() for one in own), key=lambda one: one.began_s or 0)
        found: dict[str | None, None] = dict.fromkeys([*planned, *(one.session for one in begun)])
        return tuple(found) or (None,)

    def names(self) -> list[str]:
        """Return all participants, also those that are planned."""
        rows = () if self._protocol is None else self._protocol.allocation_rows or ()
        by_list = [row.values[PARTICIPANT].removeprefix("sub-") for row in rows if PARTICIPANT in row.values]
        return sorted({*self._own, *self._listed, *by_list}, key=_in_order)

    def participant(self, name: str, sessions: Sequence[str | None]) -> ParticipantStatus:
        """Return the state of one participant.

        Parameters
        ----------
        name
            Id of the participant.
        sessions
            Labels of the sessions of the study.
        """
        own = {one.status.session: one for one in self._own.get(name, ())}
        excluded = next((one.participant_exclusion for one in own.values() if one.participant_exclusion), "")
        groups = next((dict(one.groups) for one in own.values() if one.groups), {})
        planned = self._sessions or (None,)
        found = []
        for label in sessions:
            known = own.get(label)
            if known is not None:
                status = replace(known.status, trials_planned=self._planned(known.status, groups))
            elif label in planned or not own:
                state: SessionState = "excluded" if excluded else "due"
                count = self._trials.get((label, tuple(groups.items())))
                status = SessionStatus(name, label, state, excluded, trials_planned=count)
            else:
                continue
            found.append(status)
        due = next((one for one in found if one.state == "due"), None)
        began = [one.status.began_s for one in own.values() if one.status.began_s]
        return ParticipantStatus(
            name,
            groups,
            tuple(found),
            excluded,
            (self._today - date.fromtimestamp(max(began))).days if began else None,
            None if due is None else due.session,
            due is not None,
            None if due is None else self._due_period(due.session, own),
        )

    def _planned(self, status: SessionStatus, groups: Mapping[str, str]) -> int | None:
        if status.state == "complete":
            return status.trials_done  # a criterion may have ended a block early
        if self._protocol is None or status.task != self._protocol.content.name:
            return None
        return self._trials.get((status.session, tuple(groups.items())))

    def _due_period(self, label: str | None, own: Mapping[str | None, RecordedSession]) -> DuePeriod | None:
        if self._protocol is None or label is None:
            return None
        gap, order = self._protocol.content.days_between.get(label), self._sessions
        if gap is None:
            return None
        before = own.get(gap.after or order[order.index(label) - 1])
        if before is None or not before.status.began_s:
            return None
        first = date.fromtimestamp(before.status.began_s)
        earliest, latest = (None if days is None else first + timedelta(days) for days in (gap.earliest, gap.latest))
        return DuePeriod(earliest, latest)

    def following(self, participants: Sequence[ParticipantStatus]) -> tuple[NextParticipant | None, str]:
        """Return the next participant without a session, and why there is none.

        Parameters
        ----------
        participants
            All participants.
        """
        if self._protocol is None:
            return None, ""
        free = [one.participant for one in participants if one.participant not in self._own and not one.excluded]
        rows = self._protocol.allocation_rows or ()
        name = free[0] if free else self._new_name()
        if not free and rows and PARTICIPANT in rows[0].values:
            return None, "every participant of the allocation list has a session"
        content = self._protocol.content
        session = self._sessions[0] if self._sessions else None
        try:
            assignment = find_assignment(self._protocol, self._dataset, name, GroupOptions())
        except (ExperimentError, RecordError) as error:
            return NextParticipant(name, session, {}, needs=str(error)), ""
        if assignment is None:
            groups, rank = group_of(content, name, seed=content.seed)
        else:
            groups, rank = dict(assignment.groups), assignment.rank
        return NextParticipant(name, session, groups, tuple(_orders(self._protocol, session, groups, rank))), ""

    def _new_name(self) -> str:
        """Return the number after the highest one, written like it."""
        partners = [one.partner for own in self._own.values() for one in own if one.partner is not None]
        numbered = [match for name in (*self._own, *self._listed, *partners) if (match := _NUMBERED.fullmatch(name))]
        if not numbered:
            return _FIRST
        latest = max(numbered, key=lambda match: int(match[2]))
        return f"{latest[1]}{int(latest[2]) + 1:0{len(latest[2])}d}"


def _title(protocol: Protocol) -> str:
    content = protocol.content
    return in_language(content.title, content.language) if content.title else content.name


def _planned_trials(protocol: Protocol) -> dict[tuple[str | None, Group], int]:
    """Return the number of trials by session and group."""
    estimates = estimate_sessions(protocol.content, lambda block: drafts(block, protocol.tables))
    return {(one.session, tuple(one.group.items())): one.trials for one in estimates}


def _orders(protocol: Protocol, session: str | None, groups: Mapping[str, str], rank: int) -> list[str]:
    """Return the rows of the Williams squares of a participant's first session."""
    found = []
    for block in protocol.content.blocks:
        if not isinstance(block, TrialBlock) or block.order.kind != "williams":
            continue
        if block.sessions is not None and session not in block.sessions:
            continue
        if any(groups.get(factor) not in levels for factor, levels in block.only_for.items()):
            continue
        own = drafts(block, protocol.tables)
        count = len({one.target for one in own}) if block.one_block_per_target else len(own)
        rows = len(williams_square(count))
        found.append(f"{block.name}: order {rank % rows + 1} of {rows}")
    return found


def _in_order(name: str) -> tuple[str, int, str]:
    match = _NUMBERED.fullmatch(name)
    return (match[1], int(match[2]), name) if match else (name, 0, name)


def _plain(value: Any) -> Any:
    """Convert paths and dates for JSON."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value
