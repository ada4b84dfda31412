"""What synthetic people do with their faces, as strengths of the units of the model they are made of."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import recipe, without_side

STRAY = 0.10
"""How far a unit that has nothing to do with an expression may move, as part of its full strength."""
IMITATED = (0.8, 1.1)
"""How strong an imitation is, as part of what is imitated."""
POSED = (0.5, 1.0)
"""How strong somebody poses an emotion who was shown no face, as part of the prototype."""
OWN_WAY, LEFT_OUT = 0.4, 0.2
"""Spread of the logarithm of each unit of a pose, and how many units of the prototype somebody does not use at all."""
CLEAR_WAY = 0.25
"""The same spread for people who are chosen to be imitated: they leave nothing out."""
_ONE_SIDED = 0.15
"""Spread of the logarithm of what one side of a face does more than the other."""


def prototype(emotion: str, names: tuple[str, ...]) -> FloatArray:
    """(E,) the emotion at full strength, as the shipped model knows it.

    Raises
    ------
    FaceModelError
        If a model with units of these names cannot show it.
    """
    strengths = recipe(emotion, names)
    return np.array([strengths.get(name, 0.0) for name in names])


def habit(
    emotion: str,
    names: tuple[str, ...],
    rng: np.random.Generator,
    *,
    own_way: float = OWN_WAY,
    left_out: float = LEFT_OUT,
) -> FloatArray:
    """(E,) how one person shows an emotion whenever they do: a blend of their own."""
    both = {name: without_side(name) for name in names}
    drawn = {
        unit: 0.0 if rng.uniform() < left_out else float(np.exp(rng.normal(0.0, own_way)))
        for unit in dict.fromkeys(both.values())
    }
    if not any(drawn[both[name]] > 0 for name in recipe(emotion, names)):
        return prototype(emotion, names)
    sides = np.exp(rng.normal(0.0, _ONE_SIDED, len(names)))
    factors = np.array([drawn[both[name]] for name in names]) * sides
    return np.asarray(np.clip(prototype(emotion, names) * factors, 0.0, 1.0))


def pose(own_way: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(E,) one take of somebody's habit."""
    return _with_stray(own_way * rng.uniform(*POSED), rng)


def imitation(blend: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(E,) one imitation of a blend: all of it somewhat weaker or stronger, and what the face does besides."""
    return _with_stray(blend * rng.uniform(*IMITATED), rng)


def _with_stray(expression: FloatArray, rng: np.random.Generator) -> FloatArray:
    return np.asarray(np.clip(expression + rng.uniform(0.0, STRAY, len(expression)), 0.0, 1.0))
