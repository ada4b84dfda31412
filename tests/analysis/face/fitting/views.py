"""Views of the toy model, for tests of the solvers."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose, from_principal_point
from analysis.face.fitting.residuals import View, Weights
from tests.analysis.face.toy import perfect_landmarks, toy_model

WEIGHTS = Weights(ridge=10.0, huber=2.5)


def view_of(pose: Pose, expression: FloatArray, *, sigma_px: float = 1.0) -> View:
    """Return a view of the toy model whose estimate is the truth."""
    landmarks = perfect_landmarks(toy_model(), pose, np.zeros(8), expression)
    points = from_principal_point(landmarks.points_px, landmarks.image_size)
    return View(points, np.full(68, 1.0 / sigma_px), pose, expression)
