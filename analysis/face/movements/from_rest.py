"""Movement of the landmarks of a picture from the person's face at rest."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.fitting.head_pose import movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel


def landmark_movement(fit: FittedFace, landmarks: Landmarks, model: FaceModel) -> FloatArray:
    """Return the (68, 2) movement of the landmarks from rest, mm, right and up.

    Landmarks that the face model does not have do not move. The face at rest is that of the fit, with the shift of its
    uncertain depth in this picture.

    Parameters
    ----------
    fit : FittedFace
        Pose and person.
    landmarks : Landmarks
        The detected landmarks.
    model : FaceModel
        The face model.
    """
    rows, identity = landmark_rows(model, fit.basis), fit.identity
    rest_mm = rows.at_rest(identity)
    if fit.neutral_shift.size:
        rest_mm = rest_mm + (identity.neutral_axes_mm[rows.landmarks] @ fit.neutral_shift).T
    movement = np.zeros((68, 2))
    movement[rows.landmarks] = movement_mm(fit.pose, rest_mm, landmarks.points_px[rows.landmarks])
    return movement
