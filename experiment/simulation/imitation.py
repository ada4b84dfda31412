"""Imitations of a simulated person: the expression the person makes for a target."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import without_side
from experiment.simulation.face_schedule import FaceSequence
from experiment.simulation.movement import Timing, imitation_sequence
from experiment.simulation.person import SimulatedPerson


@dataclass(frozen=True, slots=True, eq=False)
class Imitation:
    """One imitation of a target."""

    sequence: FaceSequence
    apex: FloatArray
    """(E,) units of the full expression."""
    timing: Timing


@dataclass(frozen=True, slots=True, eq=False)
class Imitator:
    """Makes the imitations of one person before one camera."""

    person: SimulatedPerson
    units: tuple[str, ...]
    """(E,) names of the units of the face model."""
    rate_hz: float
    """Frame rate of the camera."""

    def apex(self, target_units: FloatArray, habit: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return the (E,) units of the full expression of one imitation.

        Parameters
        ----------
        target_units : (E,) float array
            Units of the target.
        habit : (E,) float array
            Result of `habits`; training changes it.
        rng : Generator
            Source of random numbers.
        """
        skill, count = self.person.skill, len(self.units)
        slip = rng.normal(0, skill.slip, count)
        lean = rng.normal(0, skill.asymmetry)
        side = np.array([lean * (name.endswith("Left") - name.endswith("Right")) / 2 for name in self.units])
        meant = skill.strength * target_units * np.exp(habit + slip + side)
        strays = np.where(rng.random(count) < 1 / 3, rng.exponential(skill.stray, count), 0.0)
        units: FloatArray = np.clip(meant + np.where(target_units > 0, 0.0, strays), 0.0, 1.0)
        return units

    def imitate(
        self, name: str, target_units: FloatArray, habit: FloatArray, *, longest: int | None = None
    ) -> Imitation:
        """Return one imitation.

        Parameters
        ----------
        name : str
            Result of `imitation_name`; the same name, target and habit give the same imitation.
        target_units : (E,) float array
            Units of the target.
        habit : (E,) float array
            Result of `habits`; training changes it.
        longest : int
            Latest frame of the key press; None without a limit.
        """
        rng = np.random.default_rng([self.person.seed, 5, zlib.crc32(name.encode())])
        apex = self.apex(target_units, habit, rng)
        timing = Timing.draw(self.person.skill, self.rate_hz, rng)
        if longest is not None:
            timing = timing.within(longest)
        return Imitation(imitation_sequence(name, apex, timing, person=self.person, rng=rng), apex, timing)


def habits(person: SimulatedPerson, units: tuple[str, ...]) -> FloatArray:
    """Return the (E,) logarithms of a person's constant errors, equal on both sides."""
    rng = np.random.default_rng([person.seed, 3])
    pairs = [without_side(name) for name in units]
    drawn = {name: rng.normal(0, person.skill.habit) for name in dict.fromkeys(pairs)}
    return np.array([drawn[name] for name in pairs])


def imitation_name(target: str, number: int) -> str:
    """Return the name of an imitation of a target, which seeds the imitation."""
    return f"{target}-{number}"
