"""eos-py, built by other people, is the oracle: same model, same landmarks, same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.arrays import FloatArray
from analysis.face.errors import FitError
from analysis.face.fitting.eos import fit_eos
from analysis.face.models.readers.surrey import read_surrey
from tests.analysis.face.toy import perfect_landmarks, toy_model, toy_pose
from tests.conftest import shared_path

eos: Any = pytest.importorskip("eos")


def sample_landmarks() -> FloatArray:
    """The 68 points of eos' own sample picture; its file counts pixels from 1."""
    text = shared_path("models/surrey/image_0010.pts").read_text()
    inner = text[text.index("{") + 1 : text.index("}")]
    return np.array(inner.split(), dtype=np.float64).reshape(68, 2) - 1


@pytest.mark.parametrize("iterations", [1, 5, 50])
def test_the_numbers_are_those_of_eos(iterations: int) -> None:
    folder = shared_path("models/surrey")
    points = sample_landmarks()
    shape = eos.morphablemodel.load_model(str(folder / "sfm_shape_3448.bin")).get_shape_model()
    blendshapes = eos.morphablemodel.load_blendshapes(str(folder / "expression_blendshapes_3448.bin"))
    theirs = eos.morphablemodel.MorphableModel(shape, blendshapes, color_model=eos.morphablemodel.PcaModel())
    landmarks = [eos.core.Landmark(str(number + 1), point) for number, point in enumerate(points)]
    mapper = eos.core.LandmarkMapper(str(folder / "ibug_to_sfm.txt"))
    mesh, _, identity, expression = eos.fitting.fit_shape_and_pose(
        theirs, landmarks, mapper, 1280, 1024, num_iterations=iterations
    )

    model = read_surrey(folder)
    ours = fit_eos(points, model, iterations=iterations)

    assert_allclose(ours.vertices_mm(model), np.array(mesh.vertices)[:, :3], atol=1e-3)
    assert_allclose(ours.identity, identity, atol=1e-3)
    assert_allclose(ours.expression, expression, atol=1e-3)


def test_expressions_beyond_full_strength_are_not_bounded(rng: np.random.Generator) -> None:
    model = toy_model()
    strength = np.array([0.0, 0.0, 0.0, 1.6, 0.0, 0.0])
    far = toy_pose(rng, yaw_deg=0.0, focal_px=70_400.0, distance_mm=60_000.0)
    landmarks = perfect_landmarks(model, far, np.zeros(8), strength, "emotions")
    fitted = fit_eos(landmarks.points_px, model, iterations=50, identity_ridge=1e6)
    assert_allclose(fitted.expression, strength, atol=0.02)


@pytest.mark.parametrize("points", [np.zeros((50, 2)), np.full((68, 2), np.inf), np.full((68, 2), 3.0)])
def test_points_that_are_not_landmarks_are_refused(points: FloatArray) -> None:
    with pytest.raises(FitError):
        fit_eos(points, toy_model())
