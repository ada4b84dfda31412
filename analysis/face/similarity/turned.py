"""What a turned head takes off a correlation, given back.

A face that is turned away from where it was calibrated shows its movements less exactly: the error grows with the
turn, and every correlation with that face gets smaller by the same factor. It is divided by that factor (correction for
attenuation: Spearman, American Journal of Psychology 15 (1904), 72-101), which was measured on rendered people of two
face models of whom nothing but the heads were turned; `docs/notes/similarity-tried.md` has the numbers. Which of several
targets a mimic resembles most by one such correlation does not depend on it where the targets are turned alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.face.measurement import MeasuredFace

_TURN_DEG = 15.0
_FURTHEST_DEG = 20.0
"""Turns beyond this are corrected as this: nothing was measured there."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What 15 degrees take off a correlation, as a share of what is left."""

    side: float
    chin_up: float
    chin_down: float

    def factor(self, face: MeasuredFace) -> float:
        """How much larger a correlation would be without the turn: ``1 + side (yaw / 15)^2 + chin (pitch / 15)^2``."""
        yaw, pitch = (min(abs(turn), _FURTHEST_DEG) / _TURN_DEG for turn in face.turn_deg)
        chin = self.chin_up if face.turn_deg[1] > 0 else self.chin_down
        return 1.0 + self.side * yaw * yaw + chin * pitch * pitch


def correct_turn_attenuation(correlation: float, target: MeasuredFace, mimic: MeasuredFace, *, lost: Lost) -> float:
    """The correlation times the factors of both faces, at most 1 and at least -1."""
    return max(-1.0, min(1.0, correlation * (lost.factor(target) * lost.factor(mimic))))
