"""Whether another round of a block that is repeated until a criterion is needed.

The plan holds the largest number of rounds. Before each trial of a later round the session calls `is_needed`. The
answer depends only on what was recorded, so a resumed session gives the same answer as the interrupted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiment.protocol.plan import SessionPlan, Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a trial, as far as criteria need it."""

    answered: bool
    """There was a response before the time-out."""
    similarity: float | None = None
    """As measured during the session; None if nothing was measured."""


def is_needed(trial: Trial, plan: SessionPlan, outcomes: Mapping[str, Outcome]) -> bool:
    """Return whether a trial is needed, given the outcomes of earlier ones.

    All trials of first rounds and of blocks without a criterion are needed.

    Parameters
    ----------
    trial
        The trial.
    plan
        The plan of the session.
    outcomes
        By trial id. A trial without an outcome counts as not answered, without a similarity as 0.
    """
    criterion = plan.criteria.get(trial.block)
    if criterion is None or trial.round == 1:
        return True
    rounds: dict[int, list[Outcome]] = {}
    for step in plan.steps:
        if isinstance(step, Trial) and step.block == trial.block and step.round < trial.round:
            rounds.setdefault(step.round, []).append(outcomes.get(step.id, Outcome(answered=False)))
    for of_round in rounds.values():
        answered = sum(outcome.answered for outcome in of_round) / len(of_round)
        similarity = sum(outcome.similarity or 0.0 for outcome in of_round) / len(of_round)
        enough = answered >= criterion.answered - 1e-9
        if enough and (criterion.similarity is None or similarity >= criterion.similarity):
            return False
    return True
