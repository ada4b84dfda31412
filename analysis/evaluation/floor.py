"""Measured strength of faces at rest, the noise floor of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.members import DrawnStudy, measure_members
from analysis.face.arrays import FloatArray
from analysis.face.measurement import NEUTRAL, MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.parts import noise_floor_mm, strength_mm
from analysis.face.synthetic.people import Photograph, draw_person

REST = "rest"
TURN_DEG = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """The strengths of a group of faces, and their noise floors."""

    name: str
    strengths_mm: FloatArray
    """(N,) as `similarity.parts.strength_mm`."""
    floors_mm: FloatArray
    """(N,) as `similarity.parts.noise_floor_mm`."""

    def percentile(self, percent: float) -> float:
        """Return a percentile of the strengths, mm."""
        return float(np.percentile(self.strengths_mm, percent))

    @property
    def below(self) -> float:
        """Proportion of faces that are weaker than their noise floor."""
        return float(np.mean(self.strengths_mm < self.floors_mm))


def floor_of(name: str, faces: Sequence[MeasuredFace], model: FaceModel) -> Floor:
    """Return the strengths and noise floors of measured faces.

    Parameters
    ----------
    name : str
        Name of the group.
    faces : sequence of MeasuredFace
        Measured faces.
    model : FaceModel
        The fitted model.
    """
    strengths, floors = [strength_mm(face, model) for face in faces], [noise_floor_mm(face) for face in faces]
    return Floor(name, np.array(strengths), np.array(floors))


def resting_faces(study: DrawnStudy) -> list[MeasuredFace]:
    """Return faces of drawn people at rest, with the head turned by up to 15 degrees.

    The neutral pictures that calibrate them face the camera.
    """
    rng = np.random.default_rng(study.seed)
    model = study.store.generator.model()
    still = np.zeros(len(model.bases["units"].names))
    photographs = {}
    for k in range(study.size.crossed):
        person = draw_person(f"resting-{k}", len(model.identity), rng)
        calibrating = [
            Photograph(person, NEUTRAL, still, person.scene, frame=frame) for frame in range(study.size.neutrals)
        ]
        later = [
            Photograph(person, REST, still, person.turned_at_random(TURN_DEG, rng), frame=30 + take, take=take)
            for take in range(study.size.resting)
        ]
        photographs[person.name] = [*calibrating, *later]
    title = f"people of {study.store.generator.name} at rest"
    members = measure_members(study.store, photographs, study.measuring, title=title)
    return [face for member in members.values() for face in member.faces]
