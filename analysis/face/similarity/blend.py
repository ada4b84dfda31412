"""Similarity of two expressions as blends of emotions.

The published method with two corrections.

The published method explains a face by a sparse, non-negative blend of whole-face emotions [1]_. The six fitted
intensities ``m`` are not those of the face: landmarks respond to some movements weakly and mix up others (a fearful
face is fitted as 0.5 fear, 0.1 anger, 0.1 happiness). Their response ``R`` was measured once, on drawn people with
known blends (`analysis/face/similarity/blend_response.txt`), and is inverted here::

    e = argmin |R e - m|,  e >= 0                                       (1)
    score = sum_i e_i^2 f_i^2 / sqrt(sum_i e_i^4  sum_i f_i^4)          (2)

where ``R[i, j]`` is the measured intensity of emotion i per true intensity of emotion j. Equation 2 is the cosine of
the energies, the squares of the intensities: the share of each emotion in the expression. It is 1 for the same mixture
at any strength and 0 for mixtures without a common emotion. A trace of a second emotion hardly changes it, equal parts
do: against a pure emotion, 0.45 of a second emotion per 1 of the right one gives 0.98, 0.6 gives 0.94. It is therefore
a score for whole emotions. It does not separate good imitations from very good ones; use the default metric or the
intensities themselves for that.

References
----------
.. [1] Prima, Ito, Tomizawa & Imabuchi, Facial Mimicry Training Based on 3D Morphable Face Models, ACHI 2020.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.similarity.correlation import cosine

RESPONSE_FILE = Path(__file__).with_name("blend_response.txt")
RESPONSE_MODEL = "makehuman"
"""The face model of the measured response; the fitted intensities of other models are not corrected."""


def blend_similarity(a: FittedFace, b: FittedFace) -> float:
    """Return the cosine of the energies of two faces in the basis of emotions, 0 to 1.

    0 without expression.
    """
    return energy_similarity(corrected_intensities(a), corrected_intensities(b))


def energy_similarity(a: FloatArray, b: FloatArray) -> float:
    """Return the cosine of the squares of two lists of intensities (equation 2).

    Parameters
    ----------
    a, b : (6,) float arrays
        Intensities.
    """
    return cosine(a * a, b * b)


def corrected_intensities(face: FittedFace) -> FloatArray:
    """Return the (6,) intensities of the emotions, corrected for the response.

    A full-strength expression has about 1.
    """
    if face.identity.model_name != RESPONSE_MODEL or face.names != EMOTIONS:
        return np.asarray(face.expression, dtype=np.float64)
    return invert_response(face.expression, blend_response())


def invert_response(measured: FloatArray, response: FloatArray) -> FloatArray:
    """Return the (6,) non-negative intensities that explain the measured ones.

    Their response is nearest to the measured intensities (equation 1).

    Parameters
    ----------
    measured : (6,) float array
        Fitted intensities.
    response : (6, 6) float array
        Measured intensity of emotion i (row) per true intensity of emotion j (column).
    """
    from scipy.optimize import nnls  # loading it takes longer than a table without this metric

    found, _ = nnls(response, np.asarray(measured, dtype=np.float64))
    return np.asarray(found, dtype=np.float64)


@lru_cache(maxsize=1)
def blend_response() -> FloatArray:
    """Return the (6, 6) measured intensity (row) per true emotion (column)."""
    return np.loadtxt(RESPONSE_FILE)
