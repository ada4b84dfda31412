"""Whether a round of a block that is repeated until a criterion is still needed.

The plan holds as many rounds as there may be. Before each trial of a later round the session asks `is_needed`; the
answer follows from what was recorded alone, so that a resumed session decides as the interrupted one would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiment.protocol.plan import SessionPlan, Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial, as far as criteria ask."""

    answered: bool
    """There was a response before the time-out."""
    similarity: float | None = None
    """As measured during the session; None where nothing was measured."""


def is_needed(trial: Trial, plan: SessionPlan, outcomes: Mapping[str, Outcome]) -> bool:
    """Whether a trial is to be run, given the outcomes of earlier ones by trial id.

    True for all trials of first rounds and of blocks without a criterion. A trial without an outcome counts as not
    answered, one without a measured similarity as not similar.
    """
    criterion = plan.criteria.get(trial.block)
    if criterion is None or trial.round == 1:
        return True
    for round_ in range(1, trial.round):
        of_round = [
            outcomes.get(step.id, Outcome(answered=False))
            for step in plan.steps
            if isinstance(step, Trial) and step.block == trial.block and step.round == round_
        ]
        answered = sum(outcome.answered for outcome in of_round) / len(of_round)
        similarity = sum(outcome.similarity or 0.0 for outcome in of_round) / len(of_round)
        enough = answered >= criterion.answered - 1e-9
        if enough and (criterion.similarity is None or similarity >= criterion.similarity):
            return False
    return True
