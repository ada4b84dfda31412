"""True and measured intensity of imitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.synthetic.expressions import drawn_target_units
from experiment.simulation.study.measuring import MeasuredImitation, MeasuredParticipant, emotion_targets

WEAKEST, STRONGEST = 0.15, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """The imitations of one emotion."""

    emotion: str
    true: FloatArray
    """(N,) true intensity; the true face is not exactly this emotion."""
    measured: FloatArray
    """(N,) measured strength of the emotion."""
    others: FloatArray
    """(N,) largest measured strength of another emotion."""

    @property
    def correlation(self) -> float:
        """Pearson's r of measured and true intensity."""
        return float(np.corrcoef(self.true, self.measured)[0, 1])

    @property
    def error(self) -> float:
        """Root mean square error of measured intensity."""
        return float(np.sqrt(np.mean((self.measured - self.true) ** 2)))

    @property
    def slope(self) -> float:
        """Slope of measured against true intensity, through the origin."""
        return float(self.measured @ self.true / (self.true @ self.true))


def graded_targets(people: int, model: FaceModel, rng: np.random.Generator) -> list[Mapping[str, FloatArray]]:
    """Return the six emotions at random strengths for each person.

    Parameters
    ----------
    people : int
        Number of people.
    model : FaceModel
        The face model.
    rng : Generator
        Source of random numbers.
    """
    names = model.bases["units"].names
    return [
        {
            emotion: drawn_target_units({emotion: rng.uniform(WEAKEST, STRONGEST)}, names)
            for emotion in rng.permutation(EMOTIONS)
        }
        for _ in range(people)
    ]


def recover(people: Sequence[MeasuredParticipant], model: FaceModel) -> list[Recovery]:
    """Compare measured and true intensity of each emotion."""
    targets = emotion_targets(model)
    found = []
    for index, emotion in enumerate(EMOTIONS):
        imitations = [person.imitations[emotion] for person in people if emotion in person.imitations]
        strengths = np.array([_strengths(one) for one in imitations])
        found.append(
            Recovery(
                emotion,
                true=np.array([strength_of(one.units, targets[emotion]) for one in imitations]),
                measured=strengths[:, index],
                others=np.delete(strengths, index, axis=1).max(axis=1),
            )
        )
    return found


def _strengths(one: MeasuredImitation) -> FloatArray:
    assert one.face.emotion_fit is not None  # the model has emotions
    return one.face.emotion_fit.expression


def strength_of(units: FloatArray, target: FloatArray) -> float:
    """Return the strength of an imitation: the least-squares factor on the target.

    Parameters
    ----------
    units : (E,) float array
        True units of the imitation.
    target : (E,) float array
        Units of the target.
    """
    return float(units @ target / (target @ target))
