"""What a participant has agreed to, in all sessions of a data set."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from analysis.paths import LABORATORY_PROGRAM
from experiment.ports.recording_permission import PermissionState, RecordingPermission
from experiment.protocol.plan import Consent, SessionPlan
from experiment.record.checks.session_clock import CLOCK_TOLERANCE_S
from experiment.record.consent.evidence import Doubt, Evidence, find_evidence
from experiment.record.errors import RecordError
from experiment.record.history import ClauseAnswer, History


@dataclass(frozen=True, slots=True)
class FilmingState:
    """Whether frames may be kept at the start of a session, and where this comes from."""

    state: PermissionState
    source: str = ""
    """The session or step that ``state`` comes from; empty if there is none."""
    agreed: str = ""
    """Where the agreement comes from that counts as soon as the unsettled consents are agreed to."""
    unsettled: tuple[str, ...] = ()
    """Consents of this session with a refusal, which are asked again."""


@dataclass(frozen=True, slots=True)
class ConsentAtStart:
    """What a session must still ask, and what it may keep until then."""

    plan: SessionPlan
    """Without the consents of earlier sessions that the participant has agreed to."""
    filming: FilmingState
    missing: tuple[str, ...]
    """Ids of the consents of earlier sessions that this session must ask for."""
    doubts: tuple[Doubt, ...] = ()
    """Journals that may have lost a refusal."""

    @property
    def state(self) -> PermissionState:
        """Whether frames may be kept at the start."""
        return self.filming.state

    @property
    def source(self) -> str:
        """The session or step that ``state`` comes from; empty if there is none."""
        return self.filming.source

    def permission(self) -> RecordingPermission:
        """Return a new permission to keep frames."""
        filming = self.filming
        return RecordingPermission(filming.state, filming.source, agreed=filming.agreed, unsettled=filming.unsettled)


def consent_at_start(
    plan: SessionPlan,
    dataset: Path,
    *,
    now_s: float | None = None,
    is_simulated: bool = False,
    is_pilot: bool = False,
) -> ConsentAtStart:
    """Compare the consents of a plan with the answers in the data set.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    dataset : Path
        Folder of the data set; it need not exist yet.
    now_s : float, optional
        Seconds since 1970 (default: the computer's clock). An answer from a later time has no certain time.
    is_simulated, is_pilot : bool
        Whether the session has a simulated camera, or is a pilot session. Only then do agreements in such sessions
        count.

    Raises
    ------
    RecordError
        If an agreement from an earlier session is missing and the protocol does not ask for it again, or if a journal
        of the participant cannot be read.
    """
    evidence = find_evidence(plan, dataset, is_simulated=is_simulated, is_pilot=is_pilot)
    evidence = _dated(evidence, now_s=time.time() if now_s is None else now_s)
    order = _Order(plan.sessions)
    consents = [step for step in plan.steps if isinstance(step, Consent)]
    reopened = _unsettled(evidence.own)
    agreed = {
        step.id
        for step in consents
        if step.when_missing and _is_agreed(step, evidence, order) and step.id not in reopened
    }
    known = agreed | {answer.step for answer in evidence.own}
    missing = [step for step in consents if step.when_missing and step.id not in known]
    for step in missing:
        if step.when_missing == "refuse":
            reasons = "; ".join(doubt.message for doubt in evidence.doubts)
            raise RecordError(
                f"participant {plan.participant} has no recorded agreement to `{step.id}` in {dataset}: "
                + (reasons or "check the id, or first run the session that asks for it")
            )
    remaining = replace(plan, steps=tuple(step for step in plan.steps if step.id not in agreed))
    filming = filming_state(remaining, evidence)
    if plan.partner is not None and filming.state == "not-asked":
        raise RecordError(
            f"participant {plan.participant} and partner {plan.partner} have no recorded agreement to be filmed "
            f"together in {dataset}: first run the session that asks for it with these two persons"
        )
    return ConsentAtStart(remaining, filming, tuple(step.id for step in missing), evidence.doubts)


def declined_sentence(history: History) -> str:
    """Return when the consent that ended a session was declined, and what is recorded.

    Empty if no consent was declined.
    """
    if history.declined is None or history.declined_s is None:
        return ""
    at = datetime.fromtimestamp(history.declined_s).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    kept = history.kept
    recorded = (
        f"recorded before and kept: {', '.join(kept)} (`{LABORATORY_PROGRAM} forget` deletes a participant)"
        if kept
        else "no camera frame is recorded, only the answers to this consent"
    )
    return f"consent was declined at {at} (clause `{history.declined.clause}`); {recorded}"


def filming_state(plan: SessionPlan, evidence: Evidence) -> FilmingState:
    """Return whether frames may be kept at the start, and where this comes from.

    Parameters
    ----------
    plan : SessionPlan
        The plan, without consents that were given before.
    evidence : Evidence
        The answers in this session (when it is resumed) and in all other sessions.
    """
    order = _Order(plan.sessions)
    if withdrawn := [one for one in evidence.own if one.facts.use and not one.agreed]:
        return FilmingState("refused", withdrawn[0].step)
    own = _latest(evidence.own)
    if final := [one for one in own if one.facts.recording and not one.agreed and not _is_open(one)]:
        return FilmingState("refused", final[0].step)
    complete = [one for one in own if one.is_complete and one.agreed]
    deciding = {step.id for step in plan.filming_consents}
    agreements = [one for one in complete if one.facts.recording or one.step in deciding]
    standing = order.standing(evidence.others, agreements)
    if agreements or not plan.has_recording_clause:
        if standing:
            return FilmingState("refused", standing[0].session)
        if doubts := [one for one in evidence.doubts if not order.is_later_than_all(agreements, [one])]:
            return FilmingState("pending", doubts[0].source)
    unsettled = _unsettled(evidence.own)
    if agreements and unsettled:
        return FilmingState("pending", unsettled[0], agreements[0].step, unsettled)
    if agreements:
        return FilmingState("granted", agreements[0].step)
    if deciding:
        return FilmingState("pending", "", "", unsettled)
    before = [one for one in evidence.others if one.agreed and one.is_complete and one.facts.recording]
    return FilmingState("granted", before[-1].session) if before else FilmingState("not-asked")


class _Order:
    """Which of two answers in different sessions is newer.

    The wall clock decides, unless it contradicts the order of the protocol's sessions or is not trusted.

    Parameters
    ----------
    sessions : sequence of str
        The sessions of the protocol, in order.
    """

    def __init__(self, sessions: Sequence[str]) -> None:
        self._number = {session: number for number, session in enumerate(sessions)}

    def is_later(self, agreement: ClauseAnswer, other: ClauseAnswer | Doubt) -> bool:
        """Return whether an agreement is newer than something in another session."""
        numbers = [self._number.get(label.partition("_ses-")[2]) for label in (agreement.session, other.session)]
        first, second = numbers
        is_newer = agreement.is_dated and (not other.is_dated or agreement.given_s > other.given_s)
        if first is not None and second is not None and first != second:
            return first > second and is_newer
        return is_newer and other.is_dated

    def is_later_than_all(self, agreements: Iterable[ClauseAnswer], others: Iterable[ClauseAnswer | Doubt]) -> bool:
        """Return whether for each of several things an agreement is newer."""
        return all(any(self.is_later(agreement, other) for agreement in agreements) for other in others)

    def standing(self, others: Sequence[ClauseAnswer], own: Sequence[ClauseAnswer]) -> list[ClauseAnswer]:
        """Return the refusals in other sessions that no newer agreement has replaced.

        Parameters
        ----------
        others : sequence of ClauseAnswer
            All answers in other sessions.
        own : sequence of ClauseAnswer
            The agreements in this session that allow filming.
        """
        latest = _latest(others)
        agreed = [one for one in latest if one.agreed and one.is_complete]
        found = []
        for refusal in (one for one in latest if _refuses_filming(one)):
            same = [one for one in agreed if (one.step, one.facts.id) == (refusal.step, refusal.facts.id)]
            elsewhere = [one for one in agreed if one.facts.recording and one.session != refusal.session]
            if not self.is_later_than_all([*same, *elsewhere, *own], [refusal]):
                found.append(refusal)
        return found


def _latest(answers: Iterable[ClauseAnswer]) -> list[ClauseAnswer]:
    """Return the last answer to every clause in every session, oldest first."""
    latest: dict[tuple[str, str, str], ClauseAnswer] = {}
    for answer in answers:
        key = (answer.session, answer.step, answer.facts.id)
        latest.pop(key, None)
        latest[key] = answer
    return list(latest.values())


def _dated(evidence: Evidence, *, now_s: float) -> Evidence:
    """Return the evidence without trust in times after now."""
    latest_s = now_s + CLOCK_TOLERANCE_S

    def check(answers: Iterable[ClauseAnswer]) -> tuple[ClauseAnswer, ...]:
        return tuple(one if one.given_s <= latest_s else replace(one, is_dated=False) for one in answers)

    return replace(evidence, own=check(evidence.own), others=check(evidence.others))


def _is_agreed(step: Consent, evidence: Evidence, order: _Order) -> bool:
    """Return whether the answers in other sessions agree to a consent.

    All clauses were answered, in the same words, and the required ones agreed to. No later journal is in doubt.
    """
    for clause in step.clauses:
        answers = [one for one in _latest(evidence.others) if one.facts.sha256 == clause.sha256]
        agreed = [one for one in answers if one.agreed and one.is_complete]
        refused = [one for one in answers if not (one.agreed and one.is_complete)]
        answered = agreed if clause.required else [one for one in answers if one.is_complete]
        if not answered or not order.is_later_than_all(answered, evidence.doubts):
            return False
        if clause.required and not order.is_later_than_all(agreed, refused):
            return False
    return True


def _unsettled(own: Iterable[ClauseAnswer]) -> tuple[str, ...]:
    """Return the consents of this session with a refusal that is asked again."""
    steps: dict[str, None] = {}
    for answer in own:
        if _is_open(answer):
            steps[answer.step] = None
        elif answer.is_complete:
            steps.pop(answer.step, None)
    return tuple(steps)


def _is_open(answer: ClauseAnswer) -> bool:
    """Return whether an answer is a refusal that its session asks again when resumed."""
    return not answer.agreed and (answer.ends_session or (answer.facts.recording and not answer.is_complete))


def _refuses_filming(answer: ClauseAnswer) -> bool:
    """Return whether an answer refuses filming, alone or with the whole consent.

    So does an answer in a consent that was not completed.
    """
    if answer.facts.use:
        return False
    return not answer.is_complete or answer.ends_session or (answer.facts.recording and not answer.agreed)
