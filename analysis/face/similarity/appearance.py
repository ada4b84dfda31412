"""Similarity of changes of appearance, also between the landmarks.

Furrows, folds, lids and teeth.

Each face is compared with the same person at rest, on a chart that removes identity and head pose
(`analysis.face.appearance`). What remains is the effect of the expression.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.face.appearance.common_change import scaled_appearance
from analysis.face.appearance.gradients import mirrored_descriptor
from analysis.face.appearance.part_statistics import part_statistics
from analysis.face.appearance.population import population
from analysis.face.errors import AnalysisError
from analysis.face.measurement import MeasuredFace, facing_appearance
from analysis.face.similarity.attenuation import Attenuation, correct_turn_attenuation
from analysis.face.similarity.mirror import MirrorParts, mirror_invariant_cosine

_ATTENUATION = Attenuation(side=0.01, chin_up=0.03, chin_down=0.07, by_rest=0.5)


def appearance_similarity(target: MeasuredFace, mimic: MeasuredFace) -> float:
    """Return the correlation of two changes of appearance, -1 to 1.

    Both are relative to the average change of all expressions, so that 0 is the similarity of two unrelated
    expressions. The strength of an expression has no effect. Every cell of the chart has the inverse of its noise
    between pictures of a face at rest as its weight. The mirror image of an imitation is as good as the imitation
    (`mirror`). The effect of head rotation is removed from each change (`turn_effect`), and the correlation is
    corrected for what remains (`attenuation`).

    Parameters
    ----------
    target : MeasuredFace
        The face to imitate.
    mimic : MeasuredFace
        The imitation.

    Raises
    ------
    AnalysisError
        If one of the pictures could not be read when it was measured.
    """
    cosine = mirror_invariant_cosine(appearance_parts(target), appearance_parts(mimic))
    return correct_turn_attenuation(cosine, target, mimic, attenuation=_ATTENUATION)


@lru_cache(maxsize=4096)
def appearance_parts(face: MeasuredFace) -> MirrorParts:
    """Return the weighted change of a face facing the camera, scaled to one size.

    Computed once per face.

    Raises
    ------
    AnalysisError
        If the face was measured without its picture.
    """
    change = facing_appearance(face)
    if change is None:
        raise AnalysisError(
            f"{face.picture.path}: only the landmarks of this face were measured, not its appearance; "
            "use the metric units"
        )
    scaled = scaled_appearance(change)
    if not scaled.any():
        nothing = np.zeros(scaled.size)
        return MirrorParts(nothing, nothing)
    known = population()
    average = known.direction
    if face.common is not None and face.common.appearance is not None:
        average = average + face.common.share * (face.common.appearance - average)
    about = scaled - average
    return MirrorParts.split(about, mirrored_descriptor(about)).weighted(known.weights)


def appearance_reliability(face: MeasuredFace) -> float:
    """Return the share of a usual change of appearance that is not noise, 0.1 to 1.

    The expected noise follows from the size of the face in the picture and in the neutral pictures, and from the
    difference in sharpness (`analysis.face.appearance.part_statistics`). The expression itself has no influence.
    """
    return 1.0 if face.noise_terms is None else part_statistics().reliability(face.noise_terms)
