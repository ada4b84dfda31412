"""How the look of a person's face differs from the same person at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.face.appearance.chart import face_chart
from analysis.face.appearance.gradients import edges
from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.models.model import FaceModel

_SAYS = 0.5
"""What a picture of an expression says about the face at rest, as part of what a neutral picture says."""


def appearance_of(image: ImageArray, face: FittedFace, model: FaceModel) -> FloatArray:
    """(rows, columns, directions) edges of the face in a picture, on the chart of the person at rest."""
    return edges(face_chart(model).lay(image, face))


def appearance_at_rest(neutrals: Sequence[FloatArray], others: Mapping[str, Sequence[FloatArray]]) -> FloatArray:
    """The look of a person at rest, from neutral pictures and from what their expressions have in common.

    A neutral picture is one of a face at rest, with the noise of one picture. A picture of an expression says it too,
    once the average change of all expressions is taken out of it, with an error as large as expressions differ; that
    of several takes of one expression is the same, so they count as one. The mean weighted by these errors is::

        (sum_n neutral_n + w sum_e (mean look_e - change) + p rest) / (N + w E + p)

    over N neutral pictures and E different expressions, with ``w`` the half of a neutral picture. Without any neutral
    picture the average person's face at rest counts too, with ``p = w``; a habitual expression stays in it then.

    Parameters
    ----------
    others : mapping
        The looks of the other pictures, by what they show.
    """
    known = population()
    prior = 0.0 if len(neutrals) else _SAYS
    expressions = [np.mean(np.stack(looks), axis=0) - known.change for looks in others.values() if len(looks)]
    total = prior * known.rest + sum(neutrals, np.zeros_like(known.rest)) + _SAYS * sum(expressions)
    return np.asarray(total / (prior + len(neutrals) + _SAYS * len(expressions)))
