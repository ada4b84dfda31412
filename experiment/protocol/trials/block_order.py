"""The order of a block's trials, for one participant: fixed, random within limits, or a row of a Williams square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from experiment.protocol.language.schema import TrialBlock
from experiment.protocol.trials.randomisation import (
    OrderImpossibleError,
    generator,
    limited_order,
    longest_run,
    shuffled,
    williams_square,
)
from experiment.protocol.trials.trial_lists import Draft

TRIES = 500


def order_trials(
    block: TrialBlock,
    trials: Sequence[Draft],
    *,
    expressions: Mapping[str, str],
    who: Sequence[object],
    seed: int,
    rank: int,
) -> list[Draft]:
    """The trials of a block, all repetitions, in order.

    Parameters
    ----------
    expressions
        Expression of every target.
    who
        Whatever the order depends on besides the seed and the block: participant, session, round.
    rank
        How many participants of the same group came before; chooses the row of a Williams square.
    """
    if block.one_block_per_target:
        targets = list(dict.fromkeys(trial.target for trial in trials))
        units = [[trial for trial in trials if trial.target == target] * block.repetitions for target in targets]
        ordered = _ordered(block, [Draft(target) for target in targets], 1, expressions, who, seed, rank)
        inside = generator("inside", seed, *who, block.name)
        fixed = block.order.kind == "fixed"
        return [
            trial
            for first in ordered
            for trial in (
                units[targets.index(first.target)] if fixed else shuffled(units[targets.index(first.target)], inside)
            )
        ]
    return _ordered(block, trials, block.repetitions, expressions, who, seed, rank)


def _ordered(
    block: TrialBlock,
    trials: Sequence[Draft],
    repetitions: int,
    expressions: Mapping[str, str],
    who: Sequence[object],
    seed: int,
    rank: int,
) -> list[Draft]:
    order = block.order
    if order.kind == "fixed":
        return [*trials] * repetitions
    if order.kind == "williams":
        return [trials[index] for index in _williams(block, len(trials), repetitions, who, seed, rank)]
    random = generator("order", seed, *(("everyone", *who[1:]) if order.same_for_everyone else who), block.name)
    limits = dict(order.max_in_a_row)
    if order.shuffle == "all":
        return _limited([*trials] * repetitions, limits, expressions, random)
    if not limits:
        return [trial for _ in range(repetitions) for trial in shuffled(trials, random)]
    for _ in range(TRIES):
        candidate = [trial for _ in range(repetitions) for trial in _limited(trials, limits, expressions, random)]
        if all(
            longest_run([t.property(name, expressions) for t in candidate]) <= limit for name, limit in limits.items()
        ):
            return candidate
    raise OrderImpossibleError("no order was found in which the limits also hold from one repetition to the next")


def _limited(
    trials: Sequence[Draft], limits: Mapping[str, int], expressions: Mapping[str, str], random: Random
) -> list[Draft]:
    properties = {name: [trial.property(name, expressions) for trial in trials] for name in limits}
    return limited_order(trials, properties, limits, random)


def _williams(block: TrialBlock, n: int, repetitions: int, who: Sequence[object], seed: int, rank: int) -> list[int]:
    """A row of the square for every repetition, so that each repetition is balanced over participants by itself.

    From one repetition to the next, all participants move on by the same number of rows: the smallest that keeps the
    last trial of one from being the first of the next.
    """
    square = williams_square(n)
    cycle, position = divmod(rank, len(square))
    row = shuffled(range(len(square)), generator("williams", seed, *who[1:], block.name, cycle))[position]
    half = row - row % n  # odd n: the mirrored rows follow the others
    steps = (step for step in (*range(1, n), 0) if square[half + (row + step) % n][0] != square[row][-1])
    step = next(steps, 0)
    return [index for turn in range(repetitions) for index in square[half + (row + turn * step) % n]]
