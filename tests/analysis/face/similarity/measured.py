"""Measured faces made from coefficients alone, as if a fit had found them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.models.model import FaceModel


def fitted(model: FaceModel, basis: str, expression: FloatArray, identity: FloatArray) -> FittedFace:
    names = model.bases[basis].names
    return FittedFace(
        identity=Identity(identity, model.name, 1, "neutral", np.zeros((68, 3))),
        expression=expression,
        names=names,
        basis=basis,
        pose=Pose(np.eye(3), np.array([0.0, 0.0, -600.0]), 700.0, (320.0, 240.0)),
        reprojection_error_px=0.0,
        reprojection_error_eyes=0.0,
        uncertainty=np.zeros(len(names)),
        observability=np.ones(len(names)),
        image_size=(640, 480),
    )


def measured(
    model: FaceModel,
    units: Mapping[str, float],
    *,
    emotions: Mapping[str, float] | None = None,
    identity: FloatArray | None = None,
) -> MeasuredFace:
    """A face with the named coefficients, the others 0, on the mean identity if none is given."""
    who = np.zeros(len(model.identity)) if identity is None else identity
    in_units = np.array([units.get(name, 0.0) for name in model.bases["units"].names])
    in_emotions = np.array([(emotions or {}).get(name, 0.0) for name in model.bases["emotions"].names])
    unit_fit = fitted(model, "units", in_units, who)
    return MeasuredFace(
        picture=Picture(Path("face.png"), "any"),
        landmarks=Landmarks(unit_fit.pose.project(unit_fit.vertices_mm(model)[model.landmark_vertices]), (640, 480)),
        score_fit=unit_fit,
        intensity_fit=unit_fit,
        emotion_fit=fitted(model, "emotions", in_emotions, who),
    )
