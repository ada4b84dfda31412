"""The default metric: units and appearance, weighted by reliability.

Both parts are correlations about the average of all expressions, so that 0 is the similarity of two unrelated
expressions. The weight of the units is::

    w = 0.25 / (0.25 + 0.75 sqrt(r_target r_mimic))                                                  (1)

with the reliability ``r`` of the appearance of each picture (`appearance.appearance_reliability`), close to 1 for a
large sharp picture. Units have less weight than appearance, because they identify real expressions less well. They lose
less in small, noisy and blurred pictures; there they have more weight.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.face.appearance.common_change import scaled_units
from analysis.face.appearance.part_statistics import part_statistics
from analysis.face.measurement import MeasuredFace
from analysis.face.similarity.appearance import (
    appearance_parts,
    appearance_reliability,
    appearance_similarity,
)
from analysis.face.similarity.attenuation import Attenuation, correct_turn_attenuation
from analysis.face.similarity.coefficients import mirror_order
from analysis.face.similarity.mirror import MirrorParts, mirror_invariant_cosine

UNITS_SHARE = 0.25
"""Weight of the units if the appearance of both faces is fully reliable."""
_ATTENUATION = Attenuation(side=0.03, chin_up=0.04, chin_down=0.055)


def combined_similarity(target: MeasuredFace, mimic: MeasuredFace) -> float:
    """Return the weighted mean of units and appearance, -1 to 1.

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
    share = units_share(target, mimic)
    return share * units_correlation(target, mimic) + (1.0 - share) * appearance_similarity(target, mimic)


def units_share(target: MeasuredFace, mimic: MeasuredFace) -> float:
    """Return the weight of the units, equation 1, 0.25 to 0.77.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The two faces.
    """
    reliable = float(np.sqrt(appearance_reliability(target) * appearance_reliability(mimic)))
    return UNITS_SHARE / (UNITS_SHARE + (1.0 - UNITS_SHARE) * reliable)


def units_correlation(target: MeasuredFace, mimic: MeasuredFace) -> float:
    """Return the correlation of the units about their average, -1 to 1.

    The mirror image of an imitation is as good as the imitation (`mirror`), and the correlation is corrected for head
    rotation (`attenuation`).

    Parameters
    ----------
    target, mimic : MeasuredFace
        The two faces.
    """
    cosine = mirror_invariant_cosine(unit_parts(target), unit_parts(mimic))
    return correct_turn_attenuation(cosine, target, mimic, attenuation=_ATTENUATION)


def forget_parts() -> None:
    """Release the parts of faces that are kept for their next comparison."""
    for kept in (unit_parts, appearance_parts):
        kept.cache_clear()


@lru_cache(maxsize=4096)
def unit_parts(face: MeasuredFace) -> MirrorParts:
    """Return the units of a face about their average, scaled to one size.

    Computed once per face.
    """
    fit = face.score_fit
    scaled = scaled_units(fit.expression)
    if not scaled.any():
        return MirrorParts(scaled, scaled)
    average = part_statistics().average_units(fit.names)
    if face.common is not None:
        average = average + face.common.share * (face.common.units - average)
    about = scaled - average
    return MirrorParts.split(about, about[mirror_order(fit.names)])
