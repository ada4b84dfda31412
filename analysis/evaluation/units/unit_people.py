"""Drawn people who make single movements of known strength among others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.evaluation.members import Measuring, measure_members
from analysis.evaluation.photographs import PhotographStore
from analysis.face.arrays import FloatArray, IntArray
from analysis.face.measurement import NEUTRAL
from analysis.face.models.movements import MOVEMENTS, Movement
from analysis.face.models.units import UNITS
from analysis.face.synthetic.people import Person, Photograph, draw_person

REPETITIONS = 3
"""How often each person makes each movement."""
TOGETHER = 4
"""Movements in one picture."""
NEUTRALS = 3
TURN_DEG, STILL_DEG = 10.0, 5.0
"""Largest yaw of pictures with movements, and of neutral ones; pitch and roll are at most half of it."""
WEAKEST = 0.1
SIDES = ("both", "both", "left", "right")
"""Sides of a movement are drawn from these."""
SEED = 4302


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredUnits:
    """True and measured strengths of the units of `UNITS` in many pictures."""

    generator: str
    """Name of the face model of the people."""
    people: IntArray
    """(N,) number of the person of each picture."""
    true: FloatArray
    """(N, 43) true strengths, 0 to 1."""
    measured: FloatArray
    """(N, 43) measured strengths."""
    excluded: int
    """Pictures that could not be measured."""


def measure_units(store: PhotographStore, measuring: Measuring, *, people: int) -> MeasuredUnits:
    """Draw people, measure them, and return true and measured strengths.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    measuring : Measuring
        Settings of the measurement.
    people : int
        Number of people.
    """
    model = store.generator.model()
    names = model.bases["units"].names
    drawn = [_person(number, len(model.identity), names) for number in range(people)]
    members = measure_members(store, dict(drawn), measuring, title=f"people of {store.generator.name}")
    owner, true, measured = [], [], []
    for number, member in enumerate(members.values()):
        for one in member.measured:
            if one.photograph.label == NEUTRAL:
                continue
            owner.append(number)
            shown = _of(names, one.photograph.expression)
            true.append([shown[_drawn_as(unit, names)[0]] for unit in UNITS])
            measured.append([_of(one.face.intensity_fit.names, one.face.intensity_fit.expression)[u] for u in UNITS])
    count = sum(len(photographs) - NEUTRALS for _, photographs in drawn)
    return MeasuredUnits(
        store.generator.name, np.array(owner, int), np.array(true), np.array(measured), count - len(owner)
    )


def _drawn_as(unit: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the units of a model that draw a unit: itself, or both of its sides."""
    return (unit,) if unit in names else (f"{unit}Left", f"{unit}Right")


def _of(names: tuple[str, ...], values: FloatArray) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _person(number: int, components: int, names: tuple[str, ...]) -> tuple[str, list[Photograph]]:
    """Return the name of a person and the photographs: neutral ones first."""
    rng = np.random.default_rng((SEED, number))
    person = draw_person(f"units-{number}", components, rng, wrinkles=number % 2 == 1)
    still = np.zeros(len(names))
    made = [_photograph(person, NEUTRAL, still, STILL_DEG, rng) for _ in range(NEUTRALS)]
    for _ in range(REPETITIONS):
        order = rng.permutation(len(MOVEMENTS))
        for start in range(0, len(order), TOGETHER):
            shown = [MOVEMENTS[k] for k in order[start : start + TOGETHER]]
            made.append(_photograph(person, "units", _expression(shown, names, rng), TURN_DEG, rng))
    return person.name, made


def _expression(shown: list[Movement], names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    values = np.zeros(len(names))
    for movement in shown:
        strength, side = rng.uniform(WEAKEST, 1.0), SIDES[rng.integers(len(SIDES))]
        for unit in movement.units:
            if not movement.has_sides or side == "both" or unit.endswith(side.capitalize()):
                for name in _drawn_as(unit, names):
                    values[names.index(name)] = strength
    return values


def _photograph(
    person: Person, label: str, expression: FloatArray, turn_deg: float, rng: np.random.Generator
) -> Photograph:
    scene = person.turned_at_random(turn_deg, rng)
    return Photograph(person, label, expression, scene, frame=int(rng.integers(64)))
