"""A second person in the session, filmed by a second camera: the partner."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from experiment.errors import SessionError
from experiment.protocol.plan import Clause, Consent, SessionPlan, Step

OF_PARTNER = "-partner"
"""Ends the ids of the partner's clauses."""


def with_partner(plan: SessionPlan, partner: str | None) -> SessionPlan:
    """Return a plan with a partner, in which both persons answer every clause.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the participant.
    partner : str or None
        Id of the partner, without a leading ``sub-``.

    Raises
    ------
    SessionError
        If the protocol has a partner and the id is missing, or the other way round.
    """
    if partner is None:
        if plan.films_two:
            raise SessionError("the protocol films two persons; name the id of the second one with --partner")
        return plan
    partner = partner.removeprefix("sub-")
    if not plan.films_two:
        raise SessionError(
            "the protocol films one person; leave out --partner, or write `cameras: [0, 1]` in the protocol to film two"
        )
    if not (partner.isascii() and partner.isalnum()):
        raise SessionError(f"the partner is called {partner!r}; use letters a-z and digits only, for example 08")
    if partner.lower() == plan.participant.removeprefix("sub-").lower():
        raise SessionError(f"participant and partner have the same id {partner}; give each person an id")
    steps = tuple(_asked_of_both(step, plan.participant, partner) for step in plan.steps)
    return replace(plan, partner=partner, steps=steps)


def _asked_of_both(step: Step, participant: str, partner: str) -> Step:
    if not isinstance(step, Consent):
        return step
    return replace(
        step,
        clauses=(
            *(replace(clause, text=f"{participant}: {clause.text}") for clause in step.clauses),
            *(_of_partner(clause, partner) for clause in step.clauses),
        ),
    )


def _of_partner(clause: Clause, partner: str) -> Clause:
    """Return the clause for the partner; an agreement counts for this person only."""
    sha256 = hashlib.sha256(f"{clause.sha256} {partner}".encode()).hexdigest()
    return replace(clause, id=clause.id + OF_PARTNER, text=f"{partner}: {clause.text}", sha256=sha256)
