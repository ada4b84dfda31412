"""True against measured intensity: what comes out of the camera, the landmarks and the fit of what went in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.similarity.blend import corrected_intensities
from experiment.simulation.study.measuring import Measured, emotion_goals
from experiment.simulation.study.response import strength_of
from experiment.simulation.target_units import units_of_blend

WEAKEST, STRONGEST = 0.15, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """The imitations of one emotion."""

    emotion: str
    true: FloatArray
    """(N,) how strongly it was shown; what the face really did is not exactly this emotion."""
    fitted: FloatArray
    """(N,) intensity as fitted."""
    corrected: FloatArray
    """(N,) corrected for the response of the landmarks, as in the metric `blend` does."""
    others: FloatArray
    """(N,) largest corrected intensity of an emotion that was not asked for."""

    def correlation(self, measured: FloatArray) -> float:
        """Pearson's r of measured and true."""
        return float(np.corrcoef(self.true, measured)[0, 1])

    def error(self, measured: FloatArray) -> float:
        """Root mean square difference of measured and true."""
        return float(np.sqrt(np.mean((measured - self.true) ** 2)))

    def slope(self, measured: FloatArray) -> float:
        """Measured per true, through the origin."""
        return float(measured @ self.true / (self.true @ self.true))


def graded_goals(people: int, model: FaceModel, rng: np.random.Generator) -> list[Mapping[str, FloatArray]]:
    """For each person, the six emotions, each at a strength of its own."""
    return [
        {
            emotion: units_of_blend({emotion: float(rng.uniform(WEAKEST, STRONGEST))}, model)
            for emotion in rng.permutation(EMOTIONS)
        }
        for _ in range(people)
    ]


def recover(people: Sequence[Measured], model: FaceModel) -> list[Recovery]:
    """Compare measured with true, emotion by emotion."""
    goals = emotion_goals(model)
    found = []
    for index, emotion in enumerate(EMOTIONS):
        mimics = [person.by_name[emotion] for person in people if emotion in person.by_name]
        fitted, corrected = [], []
        for mimic in mimics:
            assert mimic.face.emotion_fit is not None
            fitted.append(np.asarray(mimic.face.emotion_fit.expression))
            corrected.append(corrected_intensities(mimic.face.emotion_fit))
        blends = np.asarray(corrected)
        found.append(
            Recovery(
                emotion,
                true=np.array([strength_of(mimic.units, goals[emotion]) for mimic in mimics]),
                fitted=np.asarray(fitted)[:, index],
                corrected=blends[:, index],
                others=np.delete(blends, index, axis=1).max(axis=1),
            )
        )
    return found
