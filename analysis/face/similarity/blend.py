"""Similarity of two expressions as blends of emotions.

The published method explains a face by a sparse, non-negative blend of whole-face emotions [1]_. Here the blend are the
six strengths ``e`` of `analysis.face.fitting.emotion_responses`, which explain the fitted units by their usual
responses. The score is ::

    score = sum_i e_i^2 f_i^2 / sqrt(sum_i e_i^4  sum_i f_i^4)          (1)

It is the cosine of the energies, the squares of the strengths: the share of each emotion in the expression. It is 1 for
the same mixture at any strength and 0 for mixtures without a common emotion. A trace of a second emotion hardly changes
it, equal parts do: against a pure emotion, 0.45 of a second emotion per 1 of the right one gives 0.98, 0.6 gives 0.94.
It is therefore a score for whole emotions. It does not separate good imitations from very good ones; use the default
metric or the strengths themselves for that.

References
----------
.. [1] Prima, Ito, Tomizawa & Imabuchi, Facial Mimicry Training Based on 3D Morphable Face Models, ACHI 2020.
"""

from __future__ import annotations

from analysis.face.arrays import FloatArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.similarity.correlation import cosine


def blend_similarity(a: FittedFace, b: FittedFace) -> float:
    """Return the cosine of the energies of two faces in the basis of emotions, 0 to 1.

    0 without expression.
    """
    return energy_similarity(a.expression, b.expression)


def energy_similarity(a: FloatArray, b: FloatArray) -> float:
    """Return the cosine of the squares of two lists of strengths (equation 1).

    Parameters
    ----------
    a, b : (6,) float arrays
        Strengths.
    """
    return cosine(a * a, b * b)
