"""What a score is made of: regions, strength, sides, and where on the face two expressions differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.coefficients import left_right_pairs, unit_motion, unit_regions
from analysis.face.similarity.correlation import cosine
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.points import point_mask

NOISE_FLOOR_MM = 0.6
"""Strength below which a face cannot be told from one at rest, where the head is turned as in the neutral pictures;
`docs/similarity.md` says how it was measured."""
_TURNED_MM, _TURN_DEG = 1.2, 15.0
"""What turning the head so far away from there adds (as the root of a sum of squares)."""


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """One target and one mimic, compared."""

    metric: str
    score: float
    parts: Mapping[str, float]
    """What the score is a mean of, where it is one: ``units`` and ``appearance``."""
    regions: Mapping[str, float]
    """Cosine of the units of each region; a region at rest in one of the two faces has 0. Not parts of a sum."""
    target_strength_mm: float
    """Root mean square movement of the mobile quarter of the face."""
    mimic_strength_mm: float
    target_asymmetry: float
    """-1 (only the person's right side moves) ... 1 (only the left)."""
    mimic_asymmetry: float
    target_floor_mm: float
    """Strength below which this face cannot be told from one at rest, see `noise_floor_mm`."""
    mimic_floor_mm: float
    distance_mm: FloatArray
    """(V,) how far each vertex of the mimic's expression is from the target's, identity taken out."""

    @property
    def intensity_ratio(self) -> float:
        """Strength of the mimic by that of the target; 0 where the target shows no expression."""
        return self.mimic_strength_mm / self.target_strength_mm if self.target_strength_mm > 0 else 0.0

    @property
    def without_expression(self) -> tuple[str, ...]:
        """Which of ``target`` and ``mimic`` cannot be told from a face at rest; their score means nothing."""
        above = {
            "target": self.target_strength_mm >= self.target_floor_mm,
            "mimic": self.mimic_strength_mm >= self.mimic_floor_mm,
        }
        return tuple(name for name, is_above in above.items() if not is_above)


def compare_faces(target: MeasuredFace, mimic: MeasuredFace, metric: Metric, model: FaceModel) -> Similarity:
    """Score a mimic against a target and say what the score is made of."""
    movement, imitated = mimic.intensity_fit.displacement_mm(model), target.intensity_fit.displacement_mm(model)
    return Similarity(
        metric=metric.name,
        score=metric.score(target, mimic, model),
        parts={name: part(target, mimic, model) for name, part in metric.parts.items()},
        regions=region_scores(target, mimic, model),
        target_strength_mm=strength_mm(target, model),
        mimic_strength_mm=strength_mm(mimic, model),
        target_asymmetry=asymmetry(target, model),
        mimic_asymmetry=asymmetry(mimic, model),
        target_floor_mm=noise_floor_mm(target),
        mimic_floor_mm=noise_floor_mm(mimic),
        distance_mm=np.linalg.norm(movement - imitated, axis=1),
    )


def region_scores(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> dict[str, float]:
    """Cosine of the units of two faces, each unit weighted by the share of its motion that falls into the region."""
    return {
        region: cosine(target.score_fit.expression, mimic.score_fit.expression, share)
        for region, share in unit_regions(model).items()
    }


def strength_mm(face: MeasuredFace, model: FaceModel) -> float:
    """Root mean square movement, mm, of the quarter of the vertices that expressions move most."""
    return movement_strength_mm(face.intensity_fit.displacement_mm(model), model)


def movement_strength_mm(movement_mm: FloatArray, model: FaceModel) -> float:
    """The same of a (V, 3) movement of all vertices from rest, mm."""
    moved = movement_mm[point_mask(model, "mobile")]
    return float(np.sqrt((moved**2).sum(axis=1).mean()))


def noise_floor_mm(face: MeasuredFace) -> float:
    """Strength below which a face cannot be told from one at rest: ``sqrt(0.6^2 + (1.2 turn / 15)^2)`` mm.

    ``turn`` is the angle, in degrees, between the head and the person's neutral pictures: a turned head looks a little
    like an expression.
    """
    return math.hypot(NOISE_FLOOR_MM, _TURNED_MM * math.hypot(*face.turn_deg) / _TURN_DEG)


def asymmetry(face: MeasuredFace, model: FaceModel) -> float:
    """``(L - R) / (L + R)`` of the motion of paired units on the person's left and right; 0 where neither moves."""
    moved = face.intensity_fit.expression * unit_motion(model, face.intensity_fit.basis)
    pairs = left_right_pairs(face.intensity_fit.names)
    left, right = sum(moved[a] for a, _ in pairs), sum(moved[b] for _, b in pairs)
    return float((left - right) / (left + right)) if left + right > 1e-9 else 0.0
