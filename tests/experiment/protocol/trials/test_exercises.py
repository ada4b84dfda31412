"""Exercises of a protocol become trials and rests."""

from __future__ import annotations

from collections.abc import Callable

from experiment.protocol.load import Protocol
from experiment.protocol.plan import Break, Repetition, Trial
from experiment.protocol.planner import design

EXERCISE = """
  - name: main
    kind: training
    trials: [anger, {target: fear, condition: {side: left}}]
    exercise: {sets: 2, repetitions: 3, rest: 10 s}
    hold: {time: 2 s}
"""


def test_each_target_is_repeated_in_sets_with_rests(load: Callable[..., Protocol]) -> None:
    steps = design(load(EXERCISE), participant="01").steps

    trials = [step for step in steps if isinstance(step, Trial)]
    assert [trial.target.name for trial in trials] == ["anger"] * 6 + ["fear"] * 6
    assert [(one.condition["set"], one.condition["repetition"]) for one in trials] == 2 * [
        (str(number), str(repetition)) for number in (1, 2) for repetition in (1, 2, 3)
    ]
    assert trials[4].repetition == Repetition(2, 2, 2, 3)
    assert trials[7].condition == {"set": "1", "repetition": "2", "side": "left"}
    assert len({step.id for step in steps}) == len(steps)
    rests = [(index, step) for index, step in enumerate(steps) if isinstance(step, Break)]
    assert [index for index, _ in rests] == [3, 7, 11], "after each set but the last one"
    assert {(rest.shortest_frames, rest.ends_by_itself) for _, rest in rests} == {(600, True)}
    assert [rest.text for _, rest in rests] == [f"Set {number} of 2 is done. Relax your face." for number in (1, 2, 1)]


def test_a_hold_by_time_needs_no_measurement_and_no_key(load: Callable[..., Protocol]) -> None:
    trial = next(step for step in design(load(EXERCISE), participant="01").steps if isinstance(step, Trial))
    assert trial.timed_hold == 120
    assert not trial.is_live
    assert trial.answer_keys == ()


def test_a_hold_at_a_similarity_keeps_its_key_unless_it_is_switched_off(load: Callable[..., Protocol]) -> None:
    def keys(hold: str) -> tuple[str, ...]:
        block = f"  - {{name: main, kind: training, trials: [anger], feedback: true, hold: {{{hold}}}}}"
        step = design(load(block, more="live_metric: units\n"), participant="01").steps[0]
        assert isinstance(step, Trial)
        return step.answer_keys

    assert keys("similarity: 0.8, time: 1 s") == ("space",)
    assert keys("similarity: 0.8, time: 1 s, on_key: false") == ()
    assert keys("time: 1 s, on_key: true") == ("space",)
