"""How alike two expressions are as blends of emotions: the published way of blending, with two things put right.

The published method explains a face by a sparse, non-negative blend of whole-face emotions [1]_. The six intensities
``m`` that a fit finds are not those of the face: landmarks answer to some movements weakly and mix others up (a fearful
face reads as 0.5 fear, 0.2 surprise, 0.1 happiness). How they answer was measured once, on drawn people whose blend is
known (`analysis/face/similarity/blend_response.txt`), and is taken back here::

    e = argmin |R e - m|,  e >= 0          R[i, j]: measured intensity of emotion i per true intensity of emotion j
    score = sum_i e_i^2 f_i^2 / sqrt(sum_i e_i^4  sum_i f_i^4)

The second line is the cosine of the energies, the squares of the intensities: which share of the expression is which
emotion. It is 1 for the same mixture at any strength and 0 for mixtures that have nothing in common. A trace of a
second emotion hardly changes it, equal parts do: against a pure emotion, 0.45 of a second one per 1 of the right one
give 0.98, 0.6 of it give 0.94. It is therefore a score for whole emotions. It cannot tell good imitations from very
good ones; for that there are the default metric and the intensities themselves.

References
----------
.. [1] Prima, Ito, Tomizawa & Imabuchi, Facial Mimicry Training Based on 3D Morphable Face Models, ACHI 2020.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from analysis.face.arrays import FloatArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.similarity.correlation import cosine

RESPONSE_FILE = Path(__file__).with_name("blend_response.txt")
RESPONSE_MODEL = "makehuman"
"""The face model the response was measured with; with any other, the fitted intensities are taken as they are."""


def blend_similarity(a: FittedFace, b: FittedFace) -> float:
    """Cosine of the energies of two faces fitted in the basis of emotions, 0 to 1; 0 where one shows nothing."""
    return energy_similarity(true_blend(a), true_blend(b))


def energy_similarity(a: FloatArray, b: FloatArray) -> float:
    """Cosine of the squares of two lists of intensities."""
    return cosine(a * a, b * b)


def true_blend(face: FittedFace) -> FloatArray:
    """(6,) intensities of the emotions with the answer of the landmarks taken back; full strength is about 1."""
    if face.identity.model_name != RESPONSE_MODEL or face.names != EMOTIONS:
        return np.asarray(face.expression, dtype=np.float64)
    return invert_response(face.expression, response())


def invert_response(measured: FloatArray, answer: FloatArray) -> FloatArray:
    """(6,) non-negative intensities whose (6, 6) ``answer`` is nearest to what was measured."""
    found, _ = nnls(answer, np.asarray(measured, dtype=np.float64))
    return np.asarray(found, dtype=np.float64)


@lru_cache(maxsize=1)
def response() -> FloatArray:
    """(6, 6) measured intensity of emotion i (row) per true intensity of emotion j (column)."""
    return np.loadtxt(RESPONSE_FILE)
