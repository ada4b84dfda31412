"""How alike the looks of two faces change, between the landmarks too: furrows, folds, lids and teeth.

Each face is compared with the same person at rest, on a chart that takes identity and head pose out
(`analysis.face.appearance`), so what is left is what the expression did to it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.face.appearance.gradients import mirrored
from analysis.face.appearance.population import population
from analysis.face.errors import AnalysisError
from analysis.face.measurement import MeasuredFace
from analysis.face.similarity.mirror import TwoSided, cosine_either_way
from analysis.face.similarity.turned import Lost, correct_turn_attenuation

_NOTHING = 1e-9
_LOST = Lost(side=0.095, chin_up=0.12, chin_down=0.17)
"""See `turned.correct_turn_attenuation`."""


def appearance_similarity(target: MeasuredFace, mimic: MeasuredFace) -> float:
    """Correlation of two changes of appearance, -1 to 1, about the change that expressions of any kind have in common.

    How strong an expression is makes no difference. Every cell of the chart counts by the inverse of its noise between
    pictures of a face at rest, the mirror image of a mimic is as good as the mimic (`mirror`), and what a turned head
    takes off a correlation is given back (`turned`). 0 is the similarity of two expressions that have nothing more in
    common than any two.

    Raises
    ------
    AnalysisError
        If one of the pictures could not be read when it was measured.
    """
    return correct_turn_attenuation(cosine_either_way(prepared(target), prepared(mimic)), target, mimic, lost=_LOST)


@lru_cache(maxsize=4096)
def prepared(face: MeasuredFace) -> TwoSided:
    """The change of a face as it is compared; made once for a face of many tables."""
    if face.appearance is None:
        raise AnalysisError(
            f"{face.picture.path}: the look of this face was not measured, only its landmarks; "
            "compare it by the metric units"
        )
    known = population()
    size = known.size(face.appearance)
    if size <= _NOTHING:
        nothing = np.zeros(face.appearance.size)
        return TwoSided(nothing, nothing)
    change = face.appearance / size
    return TwoSided.of(change, mirrored(change), average=known.direction).weighted(known.weights)
