"""How a person imitates: what their face does instead of exactly what the target asks for."""

from __future__ import annotations

import zlib

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import without_side
from experiment.simulation import movement
from experiment.simulation.face_schedule import Act
from experiment.simulation.movement import FaceState, Timing
from experiment.simulation.person import Person


def habits(person: Person, units: tuple[str, ...]) -> FloatArray:
    """(E,) logarithm of what this person always does too much or too little of; both sides of a unit alike."""
    rng = np.random.default_rng([person.seed, 3])
    drawn = {name: float(rng.normal(0, person.skill.habit)) for name in dict.fromkeys(map(without_side, units))}
    return np.array([drawn[without_side(name)] for name in units])


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


def attempt_name(target: str, number: int) -> str:
    """What the imitation of a target is called the first, second, ... time; its random numbers hang on it."""
    return f"{target}-{number}"


def imitate(
    name: str,
    goal: FloatArray,
    person: Person,
    habit: FloatArray,
    units: tuple[str, ...],
    *,
    rate_hz: float,
    longest: int | None = None,
) -> tuple[Act[FaceState], FloatArray, Timing]:
    """One imitation: its course, its full expression, and when what happens.

    Parameters
    ----------
    name
        `attempt_name`: the same person, name, goal and habit give the same imitation.
    longest
        The key is pressed after so many frames at the latest.
    """
    rng = np.random.default_rng([person.seed, 5, zlib.crc32(name.encode())])
    apex = attempt(goal, person, habit, units, rng)
    timing = Timing.of(person.skill, rate_hz, rng)
    if longest is not None:
        timing = timing.within(longest)
    return movement.imitation(name, apex, timing, person, rng), apex, timing
