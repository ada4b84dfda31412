"""Exercises: each target in sets of repetitions, with rests between the sets."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.language.schema_models import ExerciseSection
from experiment.protocol.plan import Repetition

FACTORS = ("set", "repetition")
"""Factors of the trials of an exercise: columns of the tables."""


def repetitions(exercise: ExerciseSection) -> Iterator[Repetition]:
    """Yield the repetitions of one target, set by set."""
    for number in range(1, 1 + exercise.sets):
        for repetition in range(1, 1 + exercise.repetitions):
            yield Repetition(number, exercise.sets, repetition, exercise.repetitions)


def condition_of(repetition: Repetition | None) -> dict[str, str]:
    """Return the levels of `FACTORS` of a trial; none outside of exercises."""
    return {} if repetition is None else dict(zip(FACTORS, (str(repetition.set), str(repetition.number)), strict=True))
