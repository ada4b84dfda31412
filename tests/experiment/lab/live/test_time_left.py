"""The estimate of the rest of a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.bench.small_session import plan_of, write_protocol
from experiment.lab.live.time_left import TimeLeft, expected_s, trial_numbers
from experiment.protocol.plan import SessionPlan, Trial


@pytest.fixture
def plan(tmp_path: Path) -> SessionPlan:
    return plan_of(write_protocol(tmp_path, trials=8), "01")


def trials_of(plan: SessionPlan) -> list[Trial]:
    return [step for step in plan.steps if isinstance(step, Trial)]


def test_a_trial_takes_its_frames_and_the_assumed_response(plan: SessionPlan) -> None:
    trial = trials_of(plan)[0]  # 6 frames of fixation and 6 after it, at 60 Hz; 5 s are assumed for a response
    assert expected_s(trial, plan) == pytest.approx(0.2 + 5.0)
    assert expected_s(replace(trial, target_frames=120, timeout_frames=None), plan) == pytest.approx(0.2 + 2.0)
    assert expected_s(replace(trial, target_frames=60, timeout_frames=180), plan) == pytest.approx(0.2 + 3.0)


def test_trials_so_far_scale_the_rest(plan: SessionPlan) -> None:
    trials, estimate, now_s = trials_of(plan), TimeLeft(plan), 100.0
    for trial in trials[:4]:
        estimate.observe(trial, now_s, running=True)
        now_s += 2.6  # half of what is expected
    estimate.observe(trials[4], now_s, running=True)

    assert estimate.seconds(now_s) == pytest.approx(4 * 2.6)
    assert estimate.seconds(now_s + 1.0) == pytest.approx(4 * 2.6 - 1.0)
    assert estimate.seconds(now_s + 60.0) == pytest.approx(3 * 2.6)


def test_a_paused_trial_does_not_scale_the_rest(plan: SessionPlan) -> None:
    trials, estimate = trials_of(plan), TimeLeft(plan)
    estimate.observe(trials[0], 0.0, running=True)
    estimate.observe(trials[0], 1.0, running=False)
    estimate.observe(trials[1], 500.0, running=True)

    assert estimate.seconds(500.0) == pytest.approx(7 * 5.2)


def test_before_the_first_step_the_whole_plan_is_left(plan: SessionPlan) -> None:
    assert TimeLeft(plan).seconds(0.0) == pytest.approx(sum(expected_s(step, plan) for step in plan.steps))


def test_rounds_that_may_be_repeated_count_when_they_have_begun(plan: SessionPlan) -> None:
    first = trials_of(plan)[:2]
    again = [replace(trial, id=f"{trial.id}-again", round=2) for trial in first]
    whole = replace(plan, steps=(*first, *again, replace(first[0], id="other", block="other")))

    assert trial_numbers(whole, first[1]) == (2, 3)
    assert trial_numbers(whole, again[0]) == (3, 5)
