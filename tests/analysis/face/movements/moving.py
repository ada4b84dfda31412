"""Faces that move as the detector sees it: the mean landmarks at rest, shifted by learned responses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.face.movements.strengths import learned_movements

POSE = Pose(rotation_from_angles(yaw_deg=2.0), np.array([0.0, 0.0, -550.0]), 704.0, (320.0, 240.0))


def moving_landmarks(model: FaceModel, strengths_mm: Mapping[str, float]) -> Landmarks:
    """Return the landmarks of the mean face with movements of these strengths."""
    learned = learned_movements()
    points = model.neutral(np.zeros(0))[model.landmark_vertices].copy()
    for unit, strength in strengths_mm.items():
        number = learned.number(unit)
        points[:, :2] += learned.responses[number] * strength / learned.size_mm[number]
    return Landmarks(POSE.project(points), (640, 480), score=1.0, blur=0.3)
