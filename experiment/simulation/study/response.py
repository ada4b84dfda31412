"""Responses of landmarks to emotions, measured on drawn people.

The result is `analysis/face/similarity/blend_response.txt`. These people are not used in evaluations: no `simulate`
reaches their seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.blend import RESPONSE_FILE
from experiment.simulation.study.measuring import (
    MeasuredParticipant,
    emotion_targets,
    fully_measured,
    measure_people,
)

FIRST_SEED = 2**32
PEOPLE = 40

_HEADER = """How landmarks answer to emotions: measured intensity of emotion i (row) per true one of emotion j (column).
Order: {order}.
Medians over {people} drawn people (seeds from {seed}) with the face model {model};
made by: python -m experiment.simulation.study response"""


def measure_response(people: int = PEOPLE, *, jobs: int = 1) -> FloatArray:
    """Return the (6, 6) median response, see `analysis.face.similarity.blend`."""
    model = load_model()
    targets = [emotion_targets(model)] * people
    measured = measure_people([FIRST_SEED + k for k in range(people)], targets, jobs=jobs)
    return response_of(fully_measured(measured, EMOTIONS), model)


def response_of(people: Sequence[MeasuredParticipant], model: FaceModel) -> FloatArray:
    """Return the (6, 6) median response of people who imitated the six emotions."""
    targets = emotion_targets(model)
    responses = np.empty((len(people), len(EMOTIONS), len(EMOTIONS)))
    for row, person in enumerate(people):
        for column, emotion in enumerate(EMOTIONS):
            one = person.imitations[emotion]
            assert one.face.emotion_fit is not None
            responses[row, :, column] = one.face.emotion_fit.expression / strength_of(one.units, targets[emotion])
    median: FloatArray = np.median(responses, axis=0)
    return median


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


def write_response(response: FloatArray, file: Path = RESPONSE_FILE, *, people: int = PEOPLE) -> None:
    """Write the file that the metric `blend` reads.

    Parameters
    ----------
    response : (6, 6) float array
        Result of `measure_response`.
    file : Path
        The file.
    people : int
        Number of people, for the header.
    """
    header = _HEADER.format(order=", ".join(EMOTIONS), people=people, seed=FIRST_SEED, model=load_model().name)
    np.savetxt(file, response, fmt="%7.4f", header=header)
