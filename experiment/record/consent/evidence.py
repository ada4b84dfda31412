"""Every answer of a participant to a consent, and journals that may have lost one.

All journals that name the participant are read, also in renamed folders and copies. An agreement counts only in the
journal of the session itself, unchanged; a refusal counts wherever it is found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from experiment.protocol.partner import OF_PARTNER
from experiment.protocol.plan import Clause, Consent, SessionPlan
from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.history import ClauseAnswer, History, read_history
from experiment.record.journal import read_journal
from experiment.record.journal_lines import ClauseFacts
from experiment.record.layout import (
    SessionPlace,
    begun_sessions,
    first_line_of,
    journal_label,
    journals_in,
    recorded_partner,
    recorded_twice,
    session_folders,
    session_place,
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A journal that may have lost a refusal."""

    source: str
    """The session, or the path of the file from the data set."""
    message: str
    """What is wrong, and the remedy."""
    session: str = ""
    """Label of participant and session; empty if unknown."""
    given_s: float = math.inf
    """Only agreements after this time are newer than what was lost, in seconds since 1970; infinite: none is."""
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers of a participant, in all sessions of a data set."""

    own: tuple[ClauseAnswer, ...]
    """Of this session (when it is resumed), oldest first."""
    others: tuple[ClauseAnswer, ...]
    """Of all other sessions, oldest first."""
    doubts: tuple[Doubt, ...] = ()


def clause_facts(clause: Clause) -> ClauseFacts:
    """Return what the journal has of a clause."""
    return ClauseFacts(clause.id, clause.sha256, clause.recording, clause.required, clause.use)


def find_evidence(plan: SessionPlan, dataset: Path, *, is_simulated: bool = False, is_pilot: bool = False) -> Evidence:
    """Read the answers of a plan's participant in a data set.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    dataset : Path
        Folder of the data set; it need not exist yet.
    is_simulated, is_pilot : bool
        Whether agreements in sessions with a simulated camera, and in pilot sessions, count.

    Raises
    ------
    RecordError
        If a journal in the participant's folder cannot be read.
    """
    here = session_place(dataset, plan.participant, plan.session)
    own: list[ClauseAnswer] = []
    others: list[ClauseAnswer] = []
    doubts: list[Doubt] = []
    places = _places(here)
    for place in places:
        history = read_history(place)
        doubt = _doubt(history)
        found = _of_same_persons(history, plan)
        if doubt is not None:
            doubts.append(doubt)
        is_other_kind = (history.is_simulated and not is_simulated) or (history.start.pilot and not is_pilot)
        if doubt is not None or is_other_kind:
            found = _refusals(found)
        if place == here:
            own += found
        else:
            others += found
    doubts += _lost_journals(here, places)
    others += _refusals_with_others(here, plan)
    read = {place.journal for place in places}
    for file in journals_in(here.dataset):
        if file not in read:
            refusals, unread = _in_copy(file, plan, here)
            others += refusals
            doubts += unread
    return Evidence(tuple(own), tuple(sorted(others, key=lambda answer: answer.given_s)), tuple(doubts))


def _places(here: SessionPlace) -> list[SessionPlace]:
    """Return the sessions in the participant's folder, without copies of others."""
    begun = list(begun_sessions(here.dataset))
    copies = {place for places in recorded_twice(begun).values() for place in places}
    return [place for place in begun if place.participant == here.participant and place not in copies]


def _doubt(history: History) -> Doubt | None:
    """Return why a journal may have lost a refusal; None if it is complete."""
    place = history.place
    if history.recorded_as != place.label:
        what = f"it is the journal of {history.recorded_as}: put the journal of {place.label} back"
    elif history.changed:
        what = "it was changed after the session wrote it: restore it from a copy"
    elif _is_cut(history):
        what = "the tables of the session have more than it, so lines at its end are lost: restore it from a copy"
    else:
        return None
    ended_s = history.start.setting.wall_s + history.latest_s
    return Doubt(place.label, f"{place.journal}: {what}", place.label, ended_s, history.is_dated)


def _is_cut(history: History) -> bool:
    """Return whether a table of the session has a row that its journal does not have."""
    tables = {history.place.table(history.start.task, suffix): 0 for suffix in ("events", "beh")}
    tables |= {table.file: len(table.rows) for table in bids.session_tables(history)}
    return any(_rows(file) > rows for file, rows in tables.items())


def _rows(table: Path) -> int:
    try:
        return max(0, sum(1 for line in table.read_bytes().splitlines() if line.strip()) - 1)
    except OSError:
        return 0


def _lost_journals(here: SessionPlace, places: Sequence[SessionPlace]) -> Iterator[Doubt]:
    """Yield the sessions of a participant that have tables or frames and no journal."""
    for place in session_folders(here):
        kept = (*place.frames.glob("*/*"), *chain.from_iterable(folder.glob("*") for folder in place.films))
        if place in places or not (kept or any(map(_is_ours, place.behaviour.glob("*.json")))):
            continue
        if place.begun:  # a copy of another session
            what = "it is a copy of another session: delete it"
        else:
            what = "the journal of a recorded session is missing or empty: restore it from a copy"
        yield Doubt(place.label, f"{place.journal}: {what}", place.label)


def _is_ours(sidecar: Path) -> bool:
    """Return whether this program wrote the table of a sidecar."""
    try:
        return b"protocol sha256:" in sidecar.read_bytes()
    except OSError:
        return False


def _in_copy(file: Path, plan: SessionPlan, here: SessionPlace) -> tuple[list[ClauseAnswer], list[Doubt]]:
    """Return the refusals in a journal elsewhere, or why it cannot be read."""
    label = journal_label(first_line_of(file))
    if label is None or label.partition("_")[0] != f"sub-{here.participant}":
        return [], []
    source = file.relative_to(here.dataset).as_posix()
    session = label.partition("_ses-")[2] or None
    try:
        history = read_history(SessionPlace(here.dataset, here.participant, session), journal=read_journal(file))
    except RecordError:
        what = f"{file}: this journal of {label} cannot be read: delete it if it is a copy, or restore it"
        return [], [Doubt(source, what, label)]
    return _refusals(_answers_in(history, plan)), []


def _of_same_persons(history: History, plan: SessionPlan) -> list[ClauseAnswer]:
    """Return the answers in a session of the participant that count for a plan.

    Agreements to be filmed with one partner do not count with another.
    """
    found = _answers_in(history, plan)
    if history.start.partner == plan.partner:
        return found
    own = [answer for answer in found if not answer.facts.id.endswith(OF_PARTNER)]
    return own if plan.partner is None else _refusals(own)


def _refusals_with_others(here: SessionPlace, plan: SessionPlan) -> list[ClauseAnswer]:
    """Return refusals of the persons of a plan in sessions of other participants.

    These are those of the partner in own sessions, and those of both persons as partners of others.
    """
    found = []
    for place in begun_sessions(here.dataset):
        partner = recorded_partner(place)
        is_own = place.participant == plan.partner
        is_partner = partner is not None and partner in (plan.participant, plan.partner)
        if place.participant == here.participant or not (is_own or is_partner):
            continue
        for answer in _refusals(_answers_in(read_history(place), plan)):
            by_partner = answer.facts.id.endswith(OF_PARTNER)
            if is_partner if by_partner else is_own:
                facts = replace(answer.facts, id=answer.facts.id.removesuffix(OF_PARTNER))
                found.append(replace(answer, facts=facts))
    return found


def _refusals(answers: Sequence[ClauseAnswer]) -> list[ClauseAnswer]:
    return [answer for answer in answers if not answer.agreed]


def _answers_in(history: History, plan: SessionPlan) -> list[ClauseAnswer]:
    """Return the answers to clauses in a session.

    A journal before format 2 does not have the words of the clauses. It counts if it has the same protocol.
    """
    if history.clause_answers or history.start.protocol.sha256 != plan.protocol_sha256:
        return history.clause_answers
    clauses = {
        (step.id, clause.id): clause for step in plan.steps if isinstance(step, Consent) for clause in step.clauses
    }
    begun_s, label = history.start.setting.wall_s, history.place.label
    return [
        ClauseAnswer(begun_s + one.onset_s, label, one.form, one.answer == "yes", clause_facts(clause))
        for one in history.answers
        if (clause := clauses.get((one.form, one.question))) is not None
    ]
