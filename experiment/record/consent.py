"""What a participant has agreed to, from the record."""

from __future__ import annotations

from experiment.ports.recording_permission import RecordingPermission
from experiment.protocol.plan import Consent, SessionPlan
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace


def opening_permission(plan: SessionPlan, place: SessionPlace) -> RecordingPermission:
    """Return the permission to keep frames with which a session begins or continues.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    place : SessionPlace
        Where the session lies; answers given before an interruption count.
    """
    answered = {(one.form, one.question): one for one in read_history(place).answers} if place.begun else {}
    consents = [step for step in plan.steps if isinstance(step, Consent)]
    permission = RecordingPermission("pending" if consents else "not-asked")
    for step in consents:
        given = {clause: answered[step.id, clause.id] for clause in step.clauses if (step.id, clause.id) in answered}
        recording = [answer.answer == "yes" for clause, answer in given.items() if clause.recording]
        if not all(recording):
            permission.refuse(source=step.id)
        elif recording or (given and not plan.has_recording_clause):
            permission.grant(float("-inf"), source=step.id)
    return permission
