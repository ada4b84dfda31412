"""A block is repeated until its criterion is reached, and no further."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from experiment.protocol.load import Protocol
from experiment.protocol.plan import SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.protocol.trials.criterion import Outcome, is_needed

Load = Callable[..., Protocol]


@pytest.fixture
def plan(load: Load) -> SessionPlan:
    """Three rounds of two trials, of which half must be answered with a mean similarity of 0.5."""
    return design(
        load(
            "  - {name: p, kind: practice, trials: [anger, fear], feedback: true,"
            " repeat_until: {answered: 0.5, similarity: 0.5, at_most: 3}}\n"
            "  - {name: e, kind: experiment, trials: [sadness]}\n",
            more="live_metric: units\n",
        ),
        participant="01",
    )


def run(plan: SessionPlan, outcome: Callable[[Trial], Outcome]) -> list[str]:
    """Ids of the trials a session would run."""
    outcomes: dict[str, Outcome] = {}
    for trial in plan.steps:
        if isinstance(trial, Trial) and is_needed(trial, plan, outcomes):
            outcomes[trial.id] = outcome(trial)
    return list(outcomes)


def test_one_round_is_enough_when_the_criterion_is_reached(plan: SessionPlan) -> None:
    assert run(plan, lambda _: Outcome(True, 0.6)) == ["p-001", "p-002", "e-001"]


def test_all_rounds_are_needed_if_the_criterion_is_never_reached(plan: SessionPlan) -> None:
    assert len(run(plan, lambda _: Outcome(False, 0.9))) == 7
    assert len(run(plan, lambda _: Outcome(True, 0.4))) == 7


def test_a_trial_without_a_measurement_counts_as_not_similar(plan: SessionPlan) -> None:
    assert len(run(plan, lambda _: Outcome(True, None))) == 7


def test_the_round_after_a_sufficient_one_is_not_needed(plan: SessionPlan) -> None:
    ran = run(plan, lambda trial: Outcome(True, 0.7 if trial.round == 2 else 0.1))

    assert ran == ["p-001", "p-002", "p-round2-001", "p-round2-002", "e-001"]


def test_the_share_of_answers_counts_exactly_at_the_limit(plan: SessionPlan) -> None:
    assert len(run(plan, lambda trial: Outcome(trial.id.endswith("1"), 0.9))) == 3
