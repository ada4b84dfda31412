"""True and measured intensity of imitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.similarity.blend import corrected_intensities
from analysis.face.synthetic.expressions import drawn_target_units
from experiment.simulation.study.measuring import MeasuredParticipant, emotion_targets
from experiment.simulation.study.response import strength_of

WEAKEST, STRONGEST = 0.15, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """The imitations of one emotion."""

    emotion: str
    true: FloatArray
    """(N,) true intensity; the true face is not exactly this emotion."""
    fitted: FloatArray
    """(N,) fitted intensity."""
    corrected: FloatArray
    """(N,) intensity corrected for the response of the landmarks, as in the metric `blend`."""
    others: FloatArray
    """(N,) largest corrected intensity of another emotion."""

    def correlation(self, measured: FloatArray) -> float:
        """Return Pearson's r of measured and true intensity.

        Parameters
        ----------
        measured : (N,) float array
            `fitted` or `corrected`.
        """
        return float(np.corrcoef(self.true, measured)[0, 1])

    def error(self, measured: FloatArray) -> float:
        """Return the root mean square error of measured intensity.

        Parameters
        ----------
        measured : (N,) float array
            `fitted` or `corrected`.
        """
        return float(np.sqrt(np.mean((measured - self.true) ** 2)))

    def slope(self, measured: FloatArray) -> float:
        """Return the slope of measured against true intensity, through the origin.

        Parameters
        ----------
        measured : (N,) float array
            `fitted` or `corrected`.
        """
        return float(measured @ self.true / (self.true @ self.true))


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
        fitted, corrected = [], []
        for one in imitations:
            assert one.face.emotion_fit is not None
            fitted.append(np.asarray(one.face.emotion_fit.expression))
            corrected.append(corrected_intensities(one.face.emotion_fit))
        blends = np.asarray(corrected)
        found.append(
            Recovery(
                emotion,
                true=np.array([strength_of(one.units, targets[emotion]) for one in imitations]),
                fitted=np.asarray(fitted)[:, index],
                corrected=blends[:, index],
                others=np.delete(blends, index, axis=1).max(axis=1),
            )
        )
    return found
