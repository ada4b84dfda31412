"""Expressions of drawn people, as strengths of the units of their face model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS, blend_strengths, with_sides, without_side
from analysis.face.synthetic.posed_emotions import CLOSED_SMILE, posed_recipe

STRAY = 0.10
"""Largest strength of a unit that is not part of the expression."""
IMITATED = (0.8, 1.1)
"""Strength of an imitation relative to the expression that is imitated."""
POSED = (0.5, 1.0)
"""Strength of an emotion posed without a target face, relative to its prototype."""
PERSONAL_SPREAD, LEFT_OUT = 0.4, 0.2
"""How personal expressions differ from prototypes: spread of the logarithm of each unit, share of unused units."""
CLEAR_SPREAD = 0.25
"""The same spread for target persons, who use every unit."""
MIXTURE = "mixture"
_ONE_SIDED = 0.15
"""Spread of the logarithm of the ratio between both sides of a face."""


def prototype(emotion: str, names: tuple[str, ...]) -> FloatArray:
    """Return the (E,) units with which drawn people pose an emotion.

    At full strength; without a target, see `analysis.face.synthetic.posed_emotions`.

    Raises
    ------
    FaceModelError
        If a unit of the emotion is not among the names.
    """
    return _by_name(posed_recipe(emotion, names), names)


def closed_smile(names: tuple[str, ...]) -> FloatArray:
    """Return the (E,) units of a smile with closed, thinned lips at full strength.

    Parameters
    ----------
    names : tuple of str
        The units of the face model.
    """
    return _by_name(with_sides(CLOSED_SMILE, names, "happiness"), names)


def blend_units(blend: Mapping[str, float], names: tuple[str, ...]) -> FloatArray:
    """Return the (E,) units with which drawn people pose a mixture of emotions."""
    strengths = np.zeros(len(names))
    for emotion, share in blend.items():
        strengths += share * prototype(emotion, names)
    return np.clip(strengths, 0.0, 1.0)


def drawn_target_units(blend: Mapping[str, float], names: tuple[str, ...]) -> FloatArray:
    """Return the (E,) units with which a person imitates a drawn target.

    Each is at most the largest movement of the model, 1.

    Parameters
    ----------
    blend : mapping
        Strength of each emotion.
    names : tuple
        The units of the face model.
    """
    drawn = blend_strengths(blend, names)
    return np.clip([drawn.get(name, 0.0) for name in names], 0.0, 1.0)


def personal_expression(
    emotion: str,
    names: tuple[str, ...],
    rng: np.random.Generator,
    *,
    spread: float = PERSONAL_SPREAD,
    left_out: float = LEFT_OUT,
) -> FloatArray:
    """Return the (E,) units with which one person always shows an emotion.

    Parameters
    ----------
    emotion : str
        One of `EMOTIONS`.
    names : tuple
        The units of the face model.
    rng : Generator
        Source of random numbers.
    spread : float
        Standard deviation of the logarithm of each unit relative to the prototype.
    left_out : float
        Probability that the person does not use a unit.
    """
    pairs = [without_side(name) for name in names]
    drawn = {
        unit: 0.0 if rng.uniform() < left_out else float(np.exp(rng.normal(0.0, spread)))
        for unit in dict.fromkeys(pairs)
    }
    full = prototype(emotion, names)
    if not any(drawn[without_side(name)] > 0 for name in posed_recipe(emotion, names)):
        return full
    factors = np.array([drawn[unit] for unit in pairs]) * _sides(names, rng)
    return np.asarray(np.clip(full * factors, 0.0, 1.0))


def posed_expression(personal: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return one (E,) pose of an emotion.

    Parameters
    ----------
    personal : (E,) float array
        Result of `personal_expression`.
    rng : Generator
        Source of random numbers.
    """
    return _with_stray(personal * rng.uniform(*POSED), rng)


def imitated_expression(shown: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return one (E,) imitation: the expression at one strength, with stray units.

    Parameters
    ----------
    shown : (E,) float array
        The imitated expression.
    rng : Generator
        Source of random numbers.
    """
    return _with_stray(shown * rng.uniform(*IMITATED), rng)


def acted_expression(label: str, names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    """Return an emotion or `MIXTURE` in which every unit has its own strength.

    Two random units are added to an emotion, so that no units always move together.

    Parameters
    ----------
    label : str
        One of `EMOTIONS`, or `MIXTURE`.
    names : tuple
        The units of the face model.
    rng : Generator
        Source of random numbers.
    """
    pairs = sorted({without_side(name) for name in names})
    if label == MIXTURE:
        strengths = {pairs[k]: rng.uniform(0.2, 0.9) for k in rng.choice(len(pairs), 6, replace=False)}
    else:
        posed = posed_recipe(label, names)
        strengths = {without_side(name): full * rng.uniform(0.3, 1.0) for name, full in posed.items()}
        for k in rng.choice(len(pairs), 2, replace=False):
            strengths.setdefault(pairs[k], rng.uniform(0.1, 0.6))
    return np.asarray(np.clip(_both_sides(strengths, names) * rng.uniform(0.8, 1.2, len(names)), 0.0, 1.0))


def varied_expression(number: int, names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    """Return by turns no movement, a posed emotion, one unit, a blend of 2 to 5 units.

    Parameters
    ----------
    number : int
        Selects the kind of expression.
    names : tuple
        The units of the face model.
    rng : Generator
        Source of random numbers.
    """
    kind = number % 4
    if kind == 0:
        return np.zeros(len(names))
    if kind == 1:
        return posed_expression(personal_expression(EMOTIONS[int(rng.integers(len(EMOTIONS)))], names, rng), rng)
    pairs = list(dict.fromkeys(map(without_side, names)))
    count = 1 if kind == 2 else int(rng.integers(2, 6))
    strengths = {str(unit): rng.uniform(0.2, 1.0) for unit in rng.choice(pairs, count, replace=False)}
    return np.clip(_both_sides(strengths, names) * _sides(names, rng), 0.0, 1.0)


def random_expression(names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    """Return an emotion, a blend of two, or a few random units."""
    kind = rng.integers(3)
    if kind < 2:
        chosen = rng.choice(EMOTIONS, size=kind + 1, replace=False)
        return blend_units({str(emotion): rng.uniform(0.3, 1.0) / (kind + 1) for emotion in chosen}, names)
    return np.where(rng.random(len(names)) < 0.12, rng.uniform(0, 0.8, len(names)), 0.0)


def _by_name(strengths: Mapping[str, float], names: tuple[str, ...]) -> FloatArray:
    return np.array([strengths.get(name, 0.0) for name in names])


def _both_sides(strengths: Mapping[str, float], names: tuple[str, ...]) -> FloatArray:
    return np.array([strengths.get(without_side(name), 0.0) for name in names])


def _sides(names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    return np.exp(rng.normal(0.0, _ONE_SIDED, len(names)))


def _with_stray(expression: FloatArray, rng: np.random.Generator) -> FloatArray:
    return np.asarray(np.clip(expression + rng.uniform(0.0, STRAY, len(expression)), 0.0, 1.0))
