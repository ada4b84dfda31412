"""The published score on faces fitted by the published method."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.face.errors import AnalysisError
from analysis.face.fitting.eos import fit_eos
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import perfect_landmarks, toy_pose


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def face(model: FaceModel, landmarks: Landmarks) -> MeasuredFace:
    return replace(measured(model, {}), landmarks=landmarks)


def test_the_eos_metric_is_the_correlation_of_the_points_of_two_eos_fits(
    model: FaceModel, rng: np.random.Generator
) -> None:
    smile, surprise = (
        perfect_landmarks(model, toy_pose(rng), rng.normal(size=60), 0.8 * np.eye(6)[k], "emotions") for k in (3, 5)
    )
    a, b = (fit_eos(one.points_px, model).vertices_mm(model).ravel() for one in (smile, surprise))
    a, b = ((one.reshape(-1, 3) - one.reshape(-1, 3).mean(axis=0)).ravel() for one in (a, b))

    score = metric("eos").score(face(model, smile), face(model, surprise), model)

    assert score == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-9)
    assert 0.9 < score < 1.0
    same = metric("eos").score(face(model, smile), face(model, smile), model)
    assert same == pytest.approx(1.0)


def test_the_eos_metric_takes_a_mask_and_axes_like_the_points_of_our_own_fit(
    model: FaceModel, rng: np.random.Generator
) -> None:
    smile = face(model, perfect_landmarks(model, toy_pose(rng), np.zeros(60), np.eye(6)[3], "emotions"))
    rest = face(model, perfect_landmarks(model, toy_pose(rng), np.zeros(60), np.zeros(6), "emotions"))
    assert metric("eos:mobile:mean").score(smile, rest, model) < metric("eos").score(smile, rest, model)
    assert metric("eos:mobile:mean").label == "eosMobileMean"


def test_an_unknown_mask_is_refused(model: FaceModel) -> None:
    with pytest.raises(AnalysisError, match="as in eos:mobile:mean"):
        metric("eos:ears")
