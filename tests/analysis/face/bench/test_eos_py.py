"""The eos library and our port of its method give the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.bench.eos_py import EosPy
from analysis.face.fitting.eos import fit_eos
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.front import front_of, front_vertices
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from tests.analysis.face.toy import jittered, perfect_landmarks, toy_pose

pytest.importorskip("eos")


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return front_of(load_model())


@pytest.fixture(scope="module")
def smile(model: FaceModel) -> Landmarks:
    rng = np.random.default_rng(2)
    strengths = np.array([0.1, 0.0, 0.0, 0.8, 0.0, 0.2])
    return jittered(perfect_landmarks(model, toy_pose(rng), rng.normal(size=60), strengths, "emotions"), rng, 0.7)


@pytest.mark.parametrize("iterations", [1, 5, 50])
def test_the_shipped_model_is_fitted_by_eos_as_by_our_port(iterations: int, model: FaceModel, smile: Landmarks) -> None:
    theirs = EosPy(model).fit(smile, contour=False, iterations=iterations)
    ours = fit_eos(smile.points_px, model, iterations=iterations)
    assert_allclose(ours.vertices_mm(model), theirs.vertices_mm, atol=1e-3)
    assert_allclose(ours.identity, theirs.identity, atol=1e-3)
    assert_allclose(ours.expression, theirs.expression, atol=1e-3)


def test_the_contour_path_finds_nearly_the_same_face(model: FaceModel, smile: Landmarks) -> None:
    eos = EosPy(model)
    fixed, contour = (eos.fit(smile, contour=way) for way in (False, True))
    apart = np.linalg.norm(fixed.vertices_mm - contour.vertices_mm, axis=1)
    assert 0.01 < apart.mean() < 5.0


def test_the_front_of_a_head_keeps_landmarks_and_shapes() -> None:
    whole = load_model()
    front, kept = front_of(whole), front_vertices(whole)
    assert len(front.mean) == len(kept) < 0.7 * len(whole.mean)
    assert_allclose(front.mean[front.landmark_vertices], whole.mean[whole.landmark_vertices])
    assert_allclose(front.bases["units"].shapes, whole.bases["units"].shapes[:, kept])
    assert 0 <= front.triangles.min() < front.triangles.max() < len(kept)
    sides = front.mean[front.triangles]
    assert np.linalg.norm(sides[:, 0] - sides[:, 1], axis=1).max() < 40.0, "triangles join neighbours"


def test_a_model_without_masks_is_all_front(model: FaceModel) -> None:
    assert_allclose(front_vertices(model), np.arange(len(model.mean)))
    assert_allclose(front_of(model).triangles, model.triangles)
