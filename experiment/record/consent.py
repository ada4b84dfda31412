"""What a participant has agreed to, in all sessions of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from analysis.paths import LABORATORY_PROGRAM
from experiment.ports.recording_permission import PermissionState, RecordingPermission
from experiment.protocol.plan import Clause, Consent, SessionPlan
from experiment.record.errors import RecordError
from experiment.record.history import ClauseAnswer, History, read_history
from experiment.record.journal_lines import ClauseFacts
from experiment.record.layout import recorded_sessions, session_place


@dataclass(frozen=True, slots=True)
class ConsentAtStart:
    """What a session must still ask, and what it may keep until then."""

    plan: SessionPlan
    """Without the consents of earlier sessions that the participant has agreed to."""
    state: PermissionState
    source: str
    """The session or step that ``state`` comes from; empty if there is none."""
    missing: tuple[str, ...]
    """Ids of the consents of earlier sessions that this session must ask for."""

    def permission(self) -> RecordingPermission:
        """Return a new permission to keep frames."""
        return RecordingPermission(self.state, self.source)


def clause_facts(clause: Clause) -> ClauseFacts:
    """Return what the journal has of a clause."""
    return ClauseFacts(clause.id, clause.sha256, clause.recording, clause.required)


def consent_at_start(plan: SessionPlan, dataset: Path) -> ConsentAtStart:
    """Compare the consents of a plan with the answers in the data set.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    dataset : Path
        Folder of the data set; it need not exist yet.

    Raises
    ------
    RecordError
        If an agreement from an earlier session is missing and the protocol does not ask for it again, or if a journal
        of the participant cannot be read.
    """
    own, earlier = _answers(plan, dataset)
    consents = [step for step in plan.steps if isinstance(step, Consent)]
    agreed = {step.id for step in consents if step.when_missing and _is_agreed(step, earlier)}
    known = agreed | {answer.step for answer in own}
    missing = [step for step in consents if step.when_missing and step.id not in known]
    for step in missing:
        if step.when_missing == "refuse":
            raise RecordError(
                f"participant {plan.participant} has no recorded agreement to `{step.id}` in {dataset}: check the id, "
                "or first run the session that asks for it"
            )
    remaining = replace(plan, steps=tuple(step for step in plan.steps if step.id not in agreed))
    state, source = filming_state(remaining, own, earlier)
    return ConsentAtStart(remaining, state, source, tuple(step.id for step in missing))


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
        else "no camera frame and no answer is recorded, only that consent was declined"
    )
    return f"consent was declined at {at} (clause `{history.declined.clause}`); {recorded}"


def _answers(plan: SessionPlan, dataset: Path) -> tuple[list[ClauseAnswer], list[ClauseAnswer]]:
    """Return the answers of this session and of all other sessions of the participant.

    Oldest first. Of this session, a refusal that ended it is left out: `resume` asks again. In a journal that was
    edited, or that is of another participant, only refusals count.
    """
    own: list[ClauseAnswer] = []
    earlier: list[ClauseAnswer] = []
    here = session_place(dataset, plan.participant, plan.session)
    for place in recorded_sessions(here.dataset):
        if place.participant != plan.participant:
            continue
        history = read_history(place)
        found = _answers_in(history, plan)
        if history.changed or history.recorded_as != place.label:
            found = [answer for answer in found if not answer.agreed]
        if place == here:
            own += [answer for answer in found if not answer.ends_session]
        else:
            earlier += found
    return own, sorted(earlier, key=lambda answer: answer.given_s)


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


def _is_agreed(step: Consent, answers: Sequence[ClauseAnswer]) -> bool:
    """Return whether the answers agree to a consent.

    All clauses were answered, in the same words, and the required ones agreed to.
    """
    latest = {answer.facts.sha256: answer.agreed for answer in answers}
    return all(clause.sha256 in latest and (latest[clause.sha256] or not clause.required) for clause in step.clauses)


def filming_state(
    plan: SessionPlan, own: Sequence[ClauseAnswer], earlier: Sequence[ClauseAnswer]
) -> tuple[PermissionState, str]:
    """Return whether frames may be kept at the start, and where this comes from.

    Parameters
    ----------
    plan : SessionPlan
        The plan, without consents that were given before.
    own, earlier : sequence of ClauseAnswer
        Answers in this session (when it is resumed) and in all other sessions, oldest first.
    """
    if recording := [answer for answer in own if answer.facts.recording]:
        refused = [answer for answer in recording if not answer.agreed]
        withdrawn = [
            answer for answer in earlier if _refuses_filming(answer) and answer.given_s > recording[-1].given_s
        ]
        if withdrawn:  # in another session, after the agreement in this one, which is resumed now
            return "refused", withdrawn[-1].session
        return ("refused", refused[0].step) if refused else ("granted", recording[0].step)
    if plan.has_recording_clause:
        return "pending", ""
    before = _earlier_state(earlier)
    if before is not None and before[0] == "refused":
        return before
    consents = {step.id for step in plan.steps if isinstance(step, Consent)}
    if answered := consents & {answer.step for answer in own}:
        return "granted", min(answered)
    if consents:
        return "pending", ""
    return before or ("not-asked", "")


def _refuses_filming(answer: ClauseAnswer) -> bool:
    """Return whether an answer refuses filming, alone or with the whole consent."""
    return answer.ends_session or (answer.facts.recording and not answer.agreed)


def _earlier_state(answers: Sequence[ClauseAnswer]) -> tuple[PermissionState, str] | None:
    """Return what the latest answers in earlier sessions allow; None without any."""
    latest = {(answer.step, answer.facts.id): answer for answer in answers}
    if declined := [answer for answer in latest.values() if answer.ends_session]:
        return "refused", declined[-1].session
    recording = [answer for answer in answers if answer.facts.recording]
    if not recording:
        return None
    last = recording[-1]
    together = [answer for answer in latest.values() if answer.facts.recording and answer.session == last.session]
    return "granted" if all(answer.agreed for answer in together) else "refused", last.session
