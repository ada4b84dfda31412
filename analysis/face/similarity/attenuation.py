"""Correct a correlation for attenuation by head rotation (Spearman 1904).

The movements of a face are measured less exactly when the head is rotated from where the person was calibrated: the
error grows with the rotation, and every correlation with that face shrinks by the same factor. The correlation is
divided by that factor [1]_. The factors were measured on rendered people of two face models who differed only in head
rotation (`docs/notes/similarity-tried.md`). If all targets are rotated alike, the correction does not change which
target an imitation resembles most.

References
----------
.. [1] Spearman, The proof and measurement of association between two things, American Journal of Psychology 15 (1904),
   72-101.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.face.measurement import MeasuredFace

_TURN_DEG = 15.0
_FURTHEST_DEG = 20.0
"""Larger rotations are corrected as this one; they were not measured."""


@dataclass(frozen=True, slots=True)
class Attenuation:
    """Loss of correlation by a rotation of 15 degrees, as a share of what is left."""

    side: float
    chin_up: float
    chin_down: float
    by_rest: float = 0.0
    """Share of the loss that neutral pictures with the same rotation remove."""

    def factor(self, face: MeasuredFace) -> float:
        """Return the inverse attenuation, 1 or more.

        It is ``1 + (1 - by_rest) loss(turn) + by_rest loss(turn - rest)`` with the rotation ``rest`` of the neutral
        pictures that the appearance is compared with, and ``loss = side (yaw / 15)^2 + chin (pitch / 15)^2``.
        """
        yaw, pitch = face.turn_deg
        away = self._loss(yaw - face.rest_turn_deg[0], pitch - face.rest_turn_deg[1])
        return 1.0 + (1.0 - self.by_rest) * self._loss(yaw, pitch) + self.by_rest * away

    def _loss(self, yaw_deg: float, pitch_deg: float) -> float:
        yaw, pitch = (min(abs(turn), _FURTHEST_DEG) / _TURN_DEG for turn in (yaw_deg, pitch_deg))
        chin = self.chin_up if pitch_deg > 0 else self.chin_down
        return self.side * yaw * yaw + chin * pitch * pitch


def correct_turn_attenuation(
    correlation: float, target: MeasuredFace, mimic: MeasuredFace, *, attenuation: Attenuation
) -> float:
    """Return the correlation times the factors of both faces, limited to -1..1.

    Parameters
    ----------
    correlation : float
        As measured, -1 to 1.
    target, mimic : MeasuredFace
        The two faces, with their head rotations.
    attenuation : Attenuation
        Of this kind of correlation.
    """
    return max(-1.0, min(1.0, correlation * (attenuation.factor(target) * attenuation.factor(mimic))))
