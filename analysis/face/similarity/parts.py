"""Compare two faces in detail.

Score, regions, strength, asymmetry and distance of every vertex.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.coefficients import left_right_pairs, unit_motion, unit_regions
from analysis.face.similarity.correlation import cosine
from analysis.face.similarity.metrics import Metric, measured_together
from analysis.face.similarity.points import point_mask

NOISE_FLOOR_MM = 0.6
"""Strength below which a face does not differ from one at rest, for an unrotated head; see `docs/similarity.md`."""
_TURNED_MM, _TURN_DEG = 1.2, 15.0
"""Added strength by a head rotation of that angle (as the root of a sum of squares)."""


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """The comparison of one target and one imitation."""

    metric: str
    score: float
    parts: Mapping[str, float]
    """The scores whose weighted mean is the score: ``units`` and ``appearance``; empty for other metrics."""
    units_share: float | None
    """Weight of the part ``units``, 0 to 1; the other part has the rest. None for other metrics."""
    regions: Mapping[str, float]
    """Cosine of the units of each region; 0 if the region is at rest in one face. They do not add up to the score."""
    target_strength_mm: float
    """Root mean square movement of the mobile quarter of the face."""
    mimic_strength_mm: float
    target_asymmetry: float
    """-1 (only the person's right side moves) ... 1 (only the left side moves)."""
    mimic_asymmetry: float
    target_floor_mm: float
    """Strength below which this face does not differ from one at rest, see `noise_floor_mm`."""
    mimic_floor_mm: float
    movements_mm: tuple[FloatArray, FloatArray]
    """(V, 3) movement of each vertex from the own face at rest: of the target, and of the imitation."""

    @property
    def distance_mm(self) -> FloatArray:
        """(V,) distance of each vertex between both movements, without identity.

        Computed when it is asked for: tables do not need it.
        """
        target, mimic = self.movements_mm
        distance: FloatArray = np.linalg.norm(mimic - target, axis=1)
        return distance

    @property
    def intensity_ratio(self) -> float:
        """Strength of the imitation divided by that of the target.

        0 for a target without expression.
        """
        return self.mimic_strength_mm / self.target_strength_mm if self.target_strength_mm > 0 else 0.0

    @property
    def target_is_weak(self) -> bool:
        """Whether the target does not differ from a face at rest."""
        return self.target_strength_mm < self.target_floor_mm

    @property
    def mimic_is_weak(self) -> bool:
        """Whether the mimic does not differ from a face at rest."""
        return self.mimic_strength_mm < self.mimic_floor_mm

    @property
    def target_text(self) -> str:
        """``the expression, 0.41 mm, is below the noise floor, 0.60 mm``."""
        return _floor_text(self.target_strength_mm, self.target_floor_mm)

    @property
    def mimic_text(self) -> str:
        """The same for the mimic."""
        return _floor_text(self.mimic_strength_mm, self.mimic_floor_mm)

    @property
    def without_expression(self) -> tuple[str, ...]:
        """The faces, ``target`` and ``mimic``, that do not differ from rest.

        Then the score has no meaning.
        """
        weak = {"target": self.target_is_weak, "mimic": self.mimic_is_weak}
        return tuple(name for name, is_weak in weak.items() if is_weak)


def _floor_text(strength_mm: float, floor_mm: float) -> str:
    return f"the expression, {strength_mm:.2f} mm, is below the noise floor, {floor_mm:.2f} mm"


def compare_faces(target: MeasuredFace, mimic: MeasuredFace, metric: Metric, model: FaceModel) -> Similarity:
    """Score an imitation of a target, with its details.

    Parameters
    ----------
    target : MeasuredFace
        The face to imitate.
    mimic : MeasuredFace
        The imitation.
    metric : Metric
        The metric of the score.
    model : FaceModel
        The model of both fits.
    """
    score = metric.score(target, mimic, model)
    parts = {name: one(target, mimic, model) for name, one in metric.parts.items()}
    share = metric.units_share(target, mimic, model) if metric.units_share else None
    if metric.pooled:
        target, mimic = measured_together(target), measured_together(mimic)
    return Similarity(
        metric=metric.name,
        score=score,
        parts=parts,
        units_share=share,
        regions=region_scores(target, mimic, model),
        target_strength_mm=strength_mm(target, model),
        mimic_strength_mm=strength_mm(mimic, model),
        target_asymmetry=asymmetry(target, model),
        mimic_asymmetry=asymmetry(mimic, model),
        target_floor_mm=noise_floor_mm(target),
        mimic_floor_mm=noise_floor_mm(mimic),
        movements_mm=(_displacement_mm(target.intensity_fit, model), _displacement_mm(mimic.intensity_fit, model)),
    )


# A face is compared with many others.
_displacement_mm = lru_cache(maxsize=128)(FittedFace.displacement_mm)


def region_scores(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> dict[str, float]:
    """Return the cosine of the units of two faces in each region.

    A unit has the share of its motion in the region as its weight.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The two faces.
    model : FaceModel
        The model of both fits.
    """
    return {
        region: cosine(target.score_fit.expression, mimic.score_fit.expression, share)
        for region, share in unit_regions(model).items()
    }


def strength_mm(face: MeasuredFace, model: FaceModel) -> float:
    """Return the RMS movement of the quarter of vertices that move most, mm."""
    return _strength_mm(face.intensity_fit, model)


@lru_cache(maxsize=256)
def _strength_mm(fit: FittedFace, model: FaceModel) -> float:
    return movement_strength_mm(_displacement_mm(fit, model), model)


def movement_strength_mm(movement_mm: FloatArray, model: FaceModel) -> float:
    """Return the same for a movement of all vertices.

    Parameters
    ----------
    movement_mm : (V, 3) float array
        Movement from rest, mm.
    model : FaceModel
        The model with these vertices.
    """
    moved = movement_mm[point_mask(model, "mobile")]
    return float(np.sqrt((moved**2).sum(axis=1).mean()))


def noise_floor_mm(face: MeasuredFace) -> float:
    """Return the strength below which a face does not differ from one at rest, mm.

    It is ``sqrt(0.6^2 + (1.2 turn / 15)^2)``, with ``turn`` the rotation of the head from the person's neutral
    pictures, degrees: a rotated head looks slightly like an expression.
    """
    return math.hypot(NOISE_FLOOR_MM, _TURNED_MM * math.hypot(*face.turn_deg) / _TURN_DEG)


def below_floor(face: MeasuredFace, model: FaceModel) -> bool:
    """Return whether a face does not differ from one at rest.

    Its scores have no meaning then.
    """
    return strength_mm(face, model) < noise_floor_mm(face)


def asymmetry(face: MeasuredFace, model: FaceModel) -> float:
    """Return ``(L - R) / (L + R)`` of the motion of paired units.

    Left and right are the person's own; 0 without motion.
    """
    return _asymmetry(face.intensity_fit, model)


@lru_cache(maxsize=256)
def _asymmetry(fit: FittedFace, model: FaceModel) -> float:
    moved = fit.expression * unit_motion(model, fit.basis)
    pairs = left_right_pairs(fit.names)
    left, right = sum(moved[a] for a, _ in pairs), sum(moved[b] for _, b in pairs)
    return float((left - right) / (left + right)) if left + right > 1e-9 else 0.0
