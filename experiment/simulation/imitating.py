"""How a person imitates: what their face does instead of exactly what the target asks for."""

from __future__ import annotations

import numpy as np

from analysis.face.model import FloatArray
from experiment.simulation.person import Person


def habits(person: Person, units: tuple[str, ...]) -> FloatArray:
    """(E,) logarithm of what this person always does too much or too little of; both sides of a unit alike."""
    rng = np.random.default_rng([person.seed, 3])
    drawn = {name: float(rng.normal(0, person.skill.habit)) for name in dict.fromkeys(_sideless(u) for u in units)}
    return np.array([drawn[_sideless(name)] for name in units])


def attempt(
    goal: FloatArray, person: Person, habit: FloatArray, units: tuple[str, ...], rng: np.random.Generator
) -> FloatArray:
    """(E,) strengths of the units of one imitation of ``goal`` at its full expression.

    Parameters
    ----------
    goal : (E,) float array
        What the target shows.
    habit : (E,) float array
        See `habits`; training changes it.
    """
    skill = person.skill
    slip = rng.normal(0, skill.slip, len(units))
    lean = float(rng.normal(0, skill.asymmetry))
    side = np.array([lean * (name.endswith("Left") - name.endswith("Right")) / 2 for name in units])
    meant = skill.strength * goal * np.exp(habit + slip + side)
    strays = np.where(rng.random(len(units)) < 1 / 3, rng.exponential(skill.stray, len(units)), 0.0)
    done: FloatArray = np.clip(meant + np.where(goal > 0, 0.0, strays), 0.0, 1.0)
    return done


def _sideless(unit: str) -> str:
    return unit.removesuffix("Left").removesuffix("Right")
