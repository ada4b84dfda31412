"""How strong an expression a face at rest is said to show: below that, no score means anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.cast import Means, measure_cast
from analysis.evaluation.shots import Shot, Studio
from analysis.evaluation.sizes import Size
from analysis.face.arrays import FloatArray
from analysis.face.measurement import NEUTRAL, MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.parts import noise_floor_mm, strength_mm
from analysis.face.synthetic.people import draw_person

REST = "rest"
TURN_DEG = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """Strengths of faces against what cannot be told from a face at rest."""

    name: str
    strengths_mm: FloatArray
    """(N,) as `similarity.parts.strength_mm`."""
    floors_mm: FloatArray
    """(N,) as `similarity.parts.noise_floor_mm`."""

    def percentile(self, percent: float) -> float:
        """Strength that so many percent of the faces stay below, mm."""
        return float(np.percentile(self.strengths_mm, percent))

    @property
    def below(self) -> float:
        """Fraction of the faces that are said to show no expression."""
        return float(np.mean(self.strengths_mm < self.floors_mm))


def floor(name: str, faces: Sequence[MeasuredFace], model: FaceModel) -> Floor:
    """Measured faces against their noise floors."""
    return Floor(
        name,
        np.array([strength_mm(face, model) for face in faces]),
        np.array([noise_floor_mm(face) for face in faces]),
    )


def resting_faces(studio: Studio, size: Size, means: Means, *, seed: int) -> list[MeasuredFace]:
    """Faces of synthetic people at rest, the head turned up to 15 degrees, after calibration facing the camera."""
    rng = np.random.default_rng(seed)
    model = studio.generator.model()
    rest = np.zeros(len(model.bases["units"].names))
    cast = {}
    for k in range(size.crossed):
        who = draw_person(f"resting-{k}", len(model.identity), rng)
        calibrating = [Shot(who, NEUTRAL, rest, who.scene, frame=frame) for frame in range(size.neutrals)]
        later = []
        for take in range(size.resting):
            scene = who.turned_at_random(TURN_DEG, rng)
            later.append(Shot(who, REST, rest, scene, frame=30 + take, take=take))
        cast[who.name] = [*calibrating, *later]
    seen = measure_cast(studio, cast, means, f"people of {studio.generator.name} at rest")
    return [one.face for member in seen.values() for one in member.faces]
