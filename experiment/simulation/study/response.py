"""How landmarks answer to emotions: measured on drawn people who show one emotion each, whose truth is known.

Writes `analysis/face/similarity/blend_response.txt`. The people are none of those that anything is judged by: their
seeds begin where no `simulate` reaches.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.blend import RESPONSE_FILE
from experiment.simulation.study.measuring import Measured, complete, emotion_goals, measure_people

FIRST_SEED = 2**32
PEOPLE = 40

_HEADER = """How landmarks answer to emotions: measured intensity of emotion i (row) per true one of emotion j (column).
Order: {order}.
Medians over {people} drawn people (seeds from {seed}) with the face model {model};
made by: python -m experiment.simulation.study response"""


def measure_response(people: int = PEOPLE, *, jobs: int = 1) -> FloatArray:
    """(6, 6) median answer, see `analysis.face.similarity.blend`."""
    model = load_model()
    goals = emotion_goals(model)
    measured = measure_people([FIRST_SEED + k for k in range(people)], [goals] * people, jobs=jobs)
    return answer_of(list(complete(measured, EMOTIONS)), model)


def answer_of(people: list[Measured], model: FaceModel) -> FloatArray:
    """(6, 6) median answer of people who imitated the six emotions."""
    goals = emotion_goals(model)
    answers = np.empty((len(people), len(EMOTIONS), len(EMOTIONS)))
    for row, person in enumerate(people):
        for column, emotion in enumerate(EMOTIONS):
            mimic = person.by_name[emotion]
            assert mimic.face.emotion_fit is not None
            answers[row, :, column] = mimic.face.emotion_fit.expression / strength_of(mimic.units, goals[emotion])
    middle: FloatArray = np.median(answers, axis=0)
    return middle


def strength_of(units: FloatArray, goal: FloatArray) -> float:
    """How strongly a goal was imitated: the least-squares factor on its units."""
    return float(units @ goal / (goal @ goal))


def write_response(answer: FloatArray, file: Path = RESPONSE_FILE, *, people: int = PEOPLE) -> None:
    """Write the file the metric reads."""
    header = _HEADER.format(order=", ".join(EMOTIONS), people=people, seed=FIRST_SEED, model=load_model().name)
    np.savetxt(file, answer, fmt="%7.4f", header=header)
