"""The number of people and pictures of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Size:
    """The size of one evaluation.

    `FULL` or `REDUCED` for the documentation, `QUICK` for tests.
    """

    neutrals: int
    """Neutral pictures of each person."""
    takes: int
    """Pictures of each expression of each mimic and poser."""
    models: int
    """Target persons."""
    imitators: int
    """Mimics of each target person."""
    posers: int
    """People who pose emotions."""
    crossed: int
    """People who show the same expressions, for the variance ratio."""
    curve_people: int
    """People photographed in every condition, for the curves."""
    whole_curves: bool
    """Whether every condition has every value; otherwise the first condition has its usual and its worst value."""
    resting: int
    """Pictures at rest of each person that do not calibrate, for the noise floor."""
    photographs: int
    """People in the photographs on disk."""
    others: int
    """Number of people that each of them is compared with."""
    rounds: int
    """Bootstrap samples and permutations."""


FULL = Size(
    neutrals=3,
    takes=2,
    models=4,
    imitators=8,
    posers=10,
    crossed=8,
    curve_people=3,
    whole_curves=True,
    resting=6,
    photographs=102,
    others=20,
    rounds=1000,
)
REDUCED = replace(
    FULL, models=2, imitators=3, posers=6, crossed=4, curve_people=1, resting=3, photographs=60, others=10, rounds=300
)
"""Fewer people, for a slow machine."""
QUICK = Size(
    neutrals=1,
    takes=2,
    models=1,
    imitators=2,
    posers=2,
    crossed=2,
    curve_people=1,
    whole_curves=False,
    resting=2,
    photographs=3,
    others=2,
    rounds=50,
)
