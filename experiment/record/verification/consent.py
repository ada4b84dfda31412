"""Compare frames and film with the recorded permission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiment.protocol.plan import SessionPlan
from experiment.record.history import History
from experiment.record.journal import Entry
from experiment.record.journal_lines import (
    FORMAT,
    AnswersLine,
    CalibrationLine,
    DeclinedLine,
    FilmEndLine,
    PermissionLine,
    TrialLine,
)
from experiment.record.verification.findings import Verification
from experiment.record.verification.segments import REFUSED, StretchOfSession

_MESSAGES = {
    "refused": "the participant did not agree to be filmed, and this frame was kept",
    "pending": "this frame was kept before the participant was asked for consent",
}


def verify_consent(
    history: History, segments: list[StretchOfSession], plan: SessionPlan | None, *, found: Verification
) -> None:
    """Find pictures without permission, and permissions without agreement.

    Parameters
    ----------
    history : History
        The session.
    segments : list of StretchOfSession
        Its lines.
    plan : SessionPlan, optional
        The plan of the session; None if it cannot be planned again.
    found : Verification
        Takes the differences.
    """
    for stretch in segments:
        for file, state in _unagreed(stretch, history):
            found.add("consent", file, _MESSAGES[state])
        for message in _contradictions(stretch.entries, history):
            found.add("consent", history.place.journal, message)
    permissions = [entry.data for one in segments for entry in one.entries if entry.event == PermissionLine.EVENT]
    sources = [str(one["source"]) for one in permissions if one["state"] == "granted"]
    found.permission_sources += [(history.place.journal, one) for one in sources if one.startswith("sub-")]
    has_pictures = next(history.frames(), None) is not None or bool(history.film)
    was_asked = any(stretch.permissions and stretch.permissions[0][1] != "not-asked" for stretch in segments)
    must_ask = plan is not None and plan.has_recording_clause and history.start.format >= FORMAT
    if must_ask and has_pictures and not was_asked:
        message = "the protocol asks for consent to be filmed; the journal has frames and no permission for them"
        found.add("consent", history.place.journal, message)


def verify_earlier_consent(found: Verification) -> None:
    """Find permissions from other sessions that have no agreement.

    Call it after all sessions.

    Parameters
    ----------
    found : Verification
        Has the sessions and takes the differences.
    """
    agreed = {
        history.place.label
        for history in found.histories
        if any(answer.agreed and answer.facts.recording for answer in history.clause_answers)
    }
    old = {history.place.label for history in found.histories if history.start.format < FORMAT}
    for journal, source in found.permission_sources:
        if source not in agreed | old:
            message = f"it allows pictures because of {source}, and the data set has no such agreement"
            found.add("consent", journal, f"{message}; compare the journals with the signed form")


def _unagreed(stretch: StretchOfSession, history: History) -> Iterator[tuple[Path, str]]:
    """Yield pictures kept without permission, and the permission then."""
    place = history.place
    state, was_allowed = "not-asked", False
    for entry in stretch.entries:
        if entry.event == PermissionLine.EVENT:
            state = str(entry.data["state"])
            was_allowed |= state not in REFUSED
        elif entry.event in (TrialLine.EVENT, CalibrationLine.EVENT):
            for frame in entry.data.get("frames", ()):
                now = state if state in REFUSED else stretch.permission(float(frame["time_s"]))
                if now in REFUSED:
                    yield place.dataset / place.own_file(frame["file"]), now
        elif entry.event == FilmEndLine.EVENT and state in REFUSED and not was_allowed and entry.data["closed"]:
            for file in entry.data["files"]:  # a film may end after a refusal, not begin
                yield place.dataset / place.own_file(file["file"]), state


def _contradictions(entries: list[Entry], history: History) -> Iterator[str]:
    """Yield permissions that contradict the answers of the participant."""
    refused: Entry | None = None
    agreed = {answer.form for answer in history.answers} | {answer.step for answer in history.clause_answers}
    for entry in entries:
        if _refuses(entry):
            refused = entry
        elif entry.event == PermissionLine.EVENT and entry.data["state"] == "granted":
            source = str(entry.data["source"])
            if refused is not None:
                yield (
                    f"line {entry.n + 1} allows pictures of the participant, line {refused.n + 1} has the refusal; "
                    "compare the journal with the signed form"
                )
            elif not source.startswith("sub-") and source not in agreed:
                yield (
                    f"line {entry.n + 1} allows pictures of the participant because of {source}, and the journal has "
                    "no answer to it; compare the journal with the signed form"
                )


def _refuses(entry: Entry) -> bool:
    """Return whether a line has the refusal of a clause about recording."""
    if entry.event == DeclinedLine.EVENT:
        return bool((entry.data.get("facts") or {}).get("recording"))
    if entry.event != AnswersLine.EVENT:
        return False
    answers = entry.data["answers"]
    return any(clause["recording"] and answers.get(clause["id"]) == "no" for clause in entry.data.get("clauses", ()))
