"""Williams squares are balanced, limits hold, and all orders are equally likely."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence

import pytest

from experiment.protocol.language.schema_models import ImitationBlock
from experiment.protocol.trials.block_order import OrderSeed, order_trials
from experiment.protocol.trials.randomisation import (
    OrderImpossibleError,
    generator,
    limited_order,
    shuffled,
    williams_square,
)
from experiment.protocol.trials.trial_lists import Draft


def longest_run(values: Sequence[str]) -> int:
    return max(len(list(run)) for _, run in itertools.groupby(values))


def test_the_williams_square_of_four_is_the_printed_one() -> None:
    """Williams (1949) for four treatments, first row 1 2 4 3, each next one further."""
    assert williams_square(4) == ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))


@pytest.mark.parametrize("n", range(2, 13))
def test_a_williams_square_is_balanced_for_position_and_carry_over(n: int) -> None:
    square = williams_square(n)
    rows = n if n % 2 == 0 else 2 * n

    positions = Counter((position, value) for row in square for position, value in enumerate(row))
    followers = Counter(pair for row in square for pair in itertools.pairwise(row))

    assert len(square) == rows
    assert positions == {(position, value): rows // n for position in range(n) for value in range(n)}
    assert followers == dict.fromkeys(itertools.permutations(range(n), 2), rows // n)


@pytest.mark.parametrize("n", range(2, 13))
@pytest.mark.parametrize("repetitions", [1, 3])
def test_assigned_orders_are_balanced_in_every_repetition(n: int, repetitions: int) -> None:
    block = ImitationBlock.model_validate(
        {"name": "b", "kind": "experiment", "trials": ["x"], "order": "williams", "repetitions": repetitions}
    )
    trials = [Draft(str(value)) for value in range(n)]
    rows = n if n % 2 == 0 else 2 * n

    for cycle in range(2):
        orders = [
            [
                trial.target
                for trial in order_trials(
                    block, trials, expressions={}, seed=OrderSeed(5, "p", "", 1), rank=cycle * rows + k
                )
            ]
            for k in range(rows)
        ]
        for start in range(0, n * repetitions, n):
            parts = [order[start : start + n] for order in orders]
            followers = Counter(pair for part in parts for pair in itertools.pairwise(part))
            assert len(followers) == n * (n - 1)
            assert set(followers.values()) == {rows // n}
            assert all(len({part[position] for part in parts}) == n for position in range(n))
        if n > 2:
            assert all(longest_run(order) == 1 for order in orders)


def test_shuffling_is_fair_to_all_orders() -> None:
    counts = Counter(tuple(shuffled("abc", generator("fair", k))) for k in range(6000))

    assert len(counts) == 6
    assert all(abs(count - 1000) < 5 * 29 for count in counts.values())


def test_a_generator_depends_on_every_part_and_where_parts_end() -> None:
    draws = {generator(*parts).random() for parts in [("a", 1), ("a", 2), ("b", 1), ("a1",), ("a", "1", "")]}

    assert len(draws) == 5
    assert generator("a", 1).random() == generator("a", "1").random()


def test_the_first_draw_of_a_seed_is_the_same_on_every_machine() -> None:
    """A recorded value, so that a plan printed on one computer is the plan on another."""
    assert generator("order", 1, "01").random() == pytest.approx(0.6525306703749746, abs=1e-15)


@pytest.mark.parametrize("seed", range(10))
def test_limits_hold_even_if_very_few_orders_keep_them(seed: int) -> None:
    """Half of the trials share one value, which may not follow itself: two orders in a million keep that."""
    values = ["a"] * 12 + [str(k) for k in range(12)]

    order = limited_order(values, properties={"value": values}, limits={"value": 1}, random=generator(seed))

    assert sorted(order) == sorted(values)
    assert longest_run(order) == 1


@pytest.mark.parametrize("seed", range(10))
def test_several_limits_hold_at_once(seed: int) -> None:
    pairs = [(emotion, gaze) for emotion in "abcd" for gaze in ("direct", "averted")] * 6
    properties = {"emotion": [pair[0] for pair in pairs], "gaze": [pair[1] for pair in pairs]}

    order = limited_order(pairs, properties=properties, limits={"emotion": 1, "gaze": 2}, random=generator(seed))

    assert sorted(order) == sorted(pairs)
    assert longest_run([pair[0] for pair in order]) == 1
    assert longest_run([pair[1] for pair in order]) <= 2


def test_an_impossible_order_is_refused_with_the_reason() -> None:
    values = ["a", "a", "a", "b"]

    with pytest.raises(
        OrderImpossibleError, match=r"`a` makes up 3 of 4 trials; .* `face` is `a` more than 1 in a row"
    ):
        limited_order(values, properties={"face": values}, limits={"face": 1}, random=generator(0))


def test_the_tightest_possible_limit_is_met() -> None:
    """Three of one and two of another have exactly one order without repeats: a b a b a."""
    values = ["a", "a", "a", "b", "b"]

    assert limited_order(values, properties={"face": values}, limits={"face": 1}, random=generator(3)) == list("ababa")


def trials_of(count: int) -> tuple[list[str], dict[str, list[str]]]:
    """Return trials of six emotions with three directions of gaze, and their properties."""
    pairs = ([(emotion, gaze) for emotion in "abcdef" for gaze in "xyz"] * count)[:count]
    return [f"{emotion}{gaze}" for emotion, gaze in pairs], {
        "emotion": [emotion for emotion, _ in pairs],
        "gaze": [gaze for _, gaze in pairs],
    }


@pytest.mark.parametrize(
    ("limits", "digest"),
    [
        ({"emotion": 1, "gaze": 2}, "40598517c464ce2f"),
        ({"emotion": 1, "gaze": 1}, "d8e04119020da443"),
        ({"emotion": 2}, "47b2cedf58b65000"),
    ],
)
def test_orders_that_are_built_are_those_of_earlier_versions(limits: dict[str, int], digest: str) -> None:
    """Recorded with the slower search of version 0.1.0: a session is resumed and verified in its old order."""
    items, properties = trials_of(150)

    orders = [limited_order(items, properties=properties, limits=limits, random=generator(seed)) for seed in range(3)]

    assert hashlib.sha256(repr(orders).encode()).hexdigest()[:16] == digest


def test_two_thousand_trials_keep_two_limits() -> None:
    items, properties = trials_of(2000)

    order = limited_order(items, properties=properties, limits={"emotion": 1, "gaze": 2}, random=generator(1))

    assert sorted(order) == sorted(items)
    assert longest_run([trial[0] for trial in order]) == 1
    assert longest_run([trial[1] for trial in order]) <= 2
