"""People measured without kept results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.face.measurement import Detection, MeasuredPerson, measure_person
from analysis.face.models.model import FaceModel


@dataclass(frozen=True, slots=True)
class MeasuredHere:
    """Measures people without keeping anything."""

    model: FaceModel

    def participant(self, name: str, detections: Sequence[Detection]) -> MeasuredPerson:
        """Return the measured participant."""
        return measure_person(name, detections, self.model)

    def targets(self, name: str, detections: Sequence[Detection]) -> MeasuredPerson:
        """Return a measured person of the targets."""
        return measure_person(name, detections, self.model)
