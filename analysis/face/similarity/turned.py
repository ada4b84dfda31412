"""What a turned head takes off a correlation, given back.

A face that is turned away shows its movements less exactly: the error grows with the turn, and every correlation with
that face gets smaller by the same factor. It is divided by that factor (correction for attenuation: Spearman, American
Journal of Psychology 15 (1904), 72-101), which was measured on rendered people of two face models of whom nothing but
the heads were turned; `docs/similarity-tried.md` has the numbers. Which of several targets a mimic resembles most does
not depend on it where the targets face the camera alike.
"""

from __future__ import annotations

from analysis.face.measure import MeasuredFace

_TURN_DEG = 15.0
_FURTHEST_DEG = 20.0
"""Turns beyond this are corrected as this: nothing was measured there."""


def freed_from_turns(correlation: float, target: MeasuredFace, mimic: MeasuredFace, *, lost: float) -> float:
    """``r (1 + lost (yaw_target / 15)^2) (1 + lost (yaw_mimic / 15)^2)``, at most 1 and at least -1.

    Parameters
    ----------
    lost : float
        What 15 degrees take off, as a share of what is left.
    """
    for face in (target, mimic):
        turn = min(abs(face.units.pose.yaw_deg), _FURTHEST_DEG) / _TURN_DEG
        correlation *= 1.0 + lost * turn * turn
    return max(-1.0, min(1.0, correlation))
