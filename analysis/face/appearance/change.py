"""How the look of a person's face differs from the same person at rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.face.appearance.chart import face_chart
from analysis.face.appearance.gradients import edges
from analysis.face.appearance.population import population
from analysis.face.fit import FittedFace
from analysis.face.model import FaceModel, FloatArray, ImageArray

_PRIOR_PICTURES = 1.0
"""How many pictures of the person the average face at rest stands for, where none of theirs is neutral."""


def look_of(image: ImageArray, face: FittedFace, model: FaceModel) -> FloatArray:
    """(rows, columns, directions) edges of the face in a picture, on the chart of the person at rest."""
    return edges(face_chart(model).lay(image, face))


def at_rest(neutrals: Sequence[FloatArray], others: Sequence[FloatArray]) -> FloatArray:
    """The look of a person at rest: the mean of the neutral pictures, or the best guess from pictures of expressions.

    The guess takes the average change of expressions out of every picture and adds the average face once:
    ``(rest + sum_i (look_i - change)) / (1 + n)``. A habitual expression stays in it.
    """
    if len(neutrals):
        return np.asarray(np.mean(np.stack(neutrals), axis=0))
    known = population()
    total = _PRIOR_PICTURES * known.rest + sum((look - known.change for look in others), np.zeros_like(known.rest))
    return np.asarray(total / (_PRIOR_PICTURES + len(others)))
