"""Appearance of a face, and of the same person at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.face.appearance.chart import face_chart
from analysis.face.appearance.gradients import edges
from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.models.model import FaceModel

_EXPRESSION_WEIGHT = 0.5
"""Information of an expressive picture on the face at rest, relative to a neutral picture."""


def appearance_of(image: ImageArray, face: FittedFace, model: FaceModel) -> FloatArray:
    """Return the edges of the face in a picture, on the chart of the person at rest.

    Parameters
    ----------
    image : (H, W, 3) or (H, W) uint8 array
        The picture.
    face : FittedFace
        The face fitted to it.
    model : FaceModel
        The model of the fit.

    Returns
    -------
    (rows, columns, directions) float array
        Descriptor of `analysis.face.appearance.gradients`.
    """
    return edges(face_chart(model).sample(image, face))


def appearance_at_rest(neutrals: Sequence[FloatArray], others: Mapping[str, Sequence[FloatArray]]) -> FloatArray:
    """Estimate the appearance of a person at rest from neutral and other pictures.

    A neutral picture shows the face at rest with the noise of one picture. So does an expressive picture after the
    average change of all expressions is subtracted, with an error as large as the difference between expressions. The
    error is the same for several takes of one expression, so they count as one. The mean weighted by these errors is::

        (sum_n neutral_n + w sum_e (mean appearance_e - change) + p rest) / (N + w E + p)

    over N neutral pictures and E different expressions, with ``w`` half the weight of a neutral picture. Without
    neutral pictures the average person's face at rest counts too, with ``p = w``; the result then includes part of a
    habitual expression. A score that must not depend on other pictures gets the neutral ones alone or, without them,
    one picture alone.

    Parameters
    ----------
    neutrals : sequence of (rows, columns, directions) float arrays
        Appearances of the neutral pictures.
    others : mapping
        Appearances of the other pictures, by expression.

    Returns
    -------
    (rows, columns, directions) float array
    """
    known = population()
    prior = 0.0 if len(neutrals) else _EXPRESSION_WEIGHT
    expressions = [np.mean(np.stack(takes), axis=0) - known.change for takes in others.values() if len(takes)]
    total = prior * known.rest + sum(neutrals, np.zeros_like(known.rest)) + _EXPRESSION_WEIGHT * sum(expressions)
    return np.asarray(total / (prior + len(neutrals) + _EXPRESSION_WEIGHT * len(expressions)))
