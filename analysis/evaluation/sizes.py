"""How many people and pictures an evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Of one evaluation; `FULL` is what the documentation shows, `QUICK` is for tests of the evaluation itself."""

    neutrals: int
    """Pictures at rest that calibrate each person."""
    takes: int
    """Pictures of each expression of each mimic and poser."""
    models: int
    """People who are imitated."""
    imitators: int
    """People who imitate each of them."""
    posers: int
    """People who pose emotions in their own way."""
    crossed: int
    """People who all show the same expressions, for the ratio of variances."""
    watched: int
    """People photographed under every condition, for the curves."""
    whole_curves: bool
    """Every condition at every value; otherwise the first one at its usual and its worst value."""
    resting: int
    """Pictures at rest of each of those that do not calibrate, for the noise floor."""
    photographs: int
    """People of the photographs on disk."""
    others: int
    """How many others each of them is compared with."""
    rounds: int
    """Of bootstrap and permutations."""


FULL = Size(
    neutrals=3,
    takes=2,
    models=4,
    imitators=8,
    posers=10,
    crossed=8,
    watched=3,
    whole_curves=True,
    resting=6,
    photographs=102,
    others=20,
    rounds=1000,
)
QUICK = Size(
    neutrals=1,
    takes=2,
    models=1,
    imitators=2,
    posers=2,
    crossed=2,
    watched=1,
    whole_curves=False,
    resting=2,
    photographs=3,
    others=2,
    rounds=50,
)
