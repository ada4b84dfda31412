from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.errors import FaceModelError
from analysis.face.fitting.landmark_basis import landmark_rows
from tests.analysis.face.toy import toy_model


def test_rows_are_the_model_at_its_landmarks(rng: np.random.Generator) -> None:
    shuffled = rng.permutation(80)[:68]
    model = replace(toy_model(), landmark_vertices=shuffled)
    identity, expression = rng.normal(size=8), rng.uniform(size=12)

    rows = landmark_rows(model, "units")

    whole = model.neutral(identity) + model.displacement(expression)
    assert_allclose((rows.neutral(identity) + rows.shapes @ expression).T, whole[shuffled])


def test_fewer_identity_coefficients_are_the_first_ones() -> None:
    rows = landmark_rows(toy_model(), "emotions")
    assert_allclose(rows.neutral(np.array([1.5])), rows.neutral(np.array([1.5, 0, 0, 0, 0, 0, 0, 0])))


def test_landmarks_the_model_lacks_have_no_rows() -> None:
    model = toy_model()
    vertices = model.landmark_vertices.copy()
    vertices[[0, 16]] = -1
    rows = landmark_rows(replace(model, landmark_vertices=vertices), "units")
    assert rows.landmarks.tolist() == list(range(1, 16)) + list(range(17, 68))
    assert rows.mean.shape == (3, 66)


def test_a_model_with_few_landmarks_is_refused() -> None:
    vertices = np.full(68, -1)
    vertices[:19] = range(19)
    with pytest.raises(FaceModelError, match="19 of the 68 landmarks"):
        landmark_rows(replace(toy_model(), landmark_vertices=vertices), "units")
