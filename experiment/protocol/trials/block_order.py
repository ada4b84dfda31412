"""The order of a block's trials.

Fixed, random within limits, or a row of a Williams square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from experiment.protocol.language.schema_models import TrialBlock
from experiment.protocol.trials.randomisation import (
    OrderImpossibleError,
    generator,
    limited_order,
    shuffled,
    williams_square,
    within_limits,
)
from experiment.protocol.trials.trial_lists import Draft

TRIES = 500


@dataclass(frozen=True, slots=True)
class OrderSeed:
    """What the random orders of one participant depend on, apart from the block."""

    seed: int
    participant: str
    session: str
    round: int
    """Round of a block that is repeated; the first is 1."""


def order_trials(
    block: TrialBlock, trials: Sequence[Draft], *, expressions: Mapping[str, str], seed: OrderSeed, rank: int
) -> list[Draft]:
    """Return the trials of a block, all repetitions, in order.

    Parameters
    ----------
    block
        The block.
    trials
        The trials of one repetition.
    expressions
        Expression of every target.
    seed
        What random orders depend on.
    rank
        Number of earlier participants of the same group; selects the row of a Williams square.

    Raises
    ------
    OrderImpossibleError
        If no order meets the limits.
    """
    order = _Order(block, expressions, seed, rank)
    if not block.one_block_per_target:
        return order.of(trials, block.repetitions)
    by_target: dict[str, list[Draft]] = {}
    for trial in trials:
        by_target.setdefault(trial.target, []).append(trial)
    targets = order.of([Draft(target) for target in by_target], 1)
    random = generator("inside", seed.seed, seed.participant, seed.session, seed.round, block.name)
    ordered: list[Draft] = []
    for target in targets:
        own = by_target[target.target] * block.repetitions
        ordered += own if block.order.kind == "fixed" else shuffled(own, random)
    return ordered


@dataclass(frozen=True, slots=True)
class _Order:
    """The order that one block has for one participant."""

    block: TrialBlock
    expressions: Mapping[str, str]
    seed: OrderSeed
    rank: int

    def of(self, trials: Sequence[Draft], repetitions: int) -> list[Draft]:
        """Return the trials of all repetitions in order."""
        order, seed = self.block.order, self.seed
        if order.kind == "fixed":
            return [*trials] * repetitions
        if order.kind == "williams":
            return [trials[index] for index in self._williams_row(len(trials), repetitions)]
        participant = "everyone" if order.same_for_everyone else seed.participant
        random = generator("order", seed.seed, participant, seed.session, seed.round, self.block.name)
        if order.shuffle == "all":
            return self._limited([*trials] * repetitions, random)
        if not order.max_in_a_row:
            return [trial for _ in range(repetitions) for trial in shuffled(trials, random)]
        for _ in range(TRIES):
            ordered = [trial for _ in range(repetitions) for trial in self._limited(trials, random)]
            if within_limits(range(len(ordered)), self._properties(ordered), order.max_in_a_row):
                return ordered
        raise OrderImpossibleError("no order was found that keeps the limits also from one repetition to the next")

    def _properties(self, trials: Sequence[Draft]) -> dict[str, list[str]]:
        limits = self.block.order.max_in_a_row
        return {name: [trial.property(name, self.expressions) for trial in trials] for name in limits}

    def _limited(self, trials: Sequence[Draft], random: Random) -> list[Draft]:
        limits = self.block.order.max_in_a_row
        return limited_order(trials, properties=self._properties(trials), limits=limits, random=random)

    def _williams_row(self, n: int, repetitions: int) -> list[int]:
        """Return one row of the square for every repetition.

        Each repetition is balanced over participants.

        From one repetition to the next, all participants move on by the same number of rows: the smallest number with
        which the last trial of one repetition is not the first of the next.
        """
        square = williams_square(n)
        cycle, position = divmod(self.rank, len(square))
        random = generator("williams", self.seed.seed, self.seed.session, self.seed.round, self.block.name, cycle)
        row = shuffled(range(len(square)), random)[position]
        half = row - row % n  # odd n: the mirrored rows follow the others
        steps = (step for step in (*range(1, n), 0) if square[half + (row + step) % n][0] != square[row][-1])
        step = next(steps, 0)
        return [index for turn in range(repetitions) for index in square[half + (row + turn * step) % n]]
