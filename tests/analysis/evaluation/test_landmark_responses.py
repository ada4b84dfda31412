"""Landmark responses: photographs in known poses, and learned products."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.evaluation import landmark_responses as module
from analysis.evaluation.landmark_responses import (
    LandmarkResponse,
    error_products,
    landmark_responses,
    movement_products,
)
from analysis.evaluation.photographs import PhotographStore
from analysis.face.fitting.fitted_face import Identity
from analysis.face.fitting.head_pose import movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator
from tests.analysis.face.toy import toy_pose

MODEL = load_model()
ROWS = landmark_rows(MODEL, "units")
KEPT, AT_REST = ROWS.landmarks, ROWS.at_rest(Identity.mean(MODEL))


def moved(rng: np.random.Generator, movement: np.ndarray, expression: np.ndarray) -> LandmarkResponse:
    """Landmarks that moved by (n, 2) mm in the plane of a face."""
    pose = toy_pose(rng)
    points_mm = AT_REST.T.copy()
    points_mm[:, :2] += movement
    return LandmarkResponse(AT_REST, pose.project(points_mm), pose, expression)


@pytest.mark.slow
def test_a_person_is_photographed_with_known_head_rotations(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXPRESSIONS", 8)

    found = landmark_responses(PhotographStore(Generator("makehuman"), tmp_path), MODEL, rng, name="ann")

    assert len(found) == 8
    assert [bool(one.expression.any()) for one in found] == [False, True, True, True] * 2
    assert max(abs(one.pose.yaw_deg) for one in found) > 8
    still = (KEPT >= 36) & (KEPT < 48)
    for one in found:
        eyes = movement_mm(one.pose, one.rest_mm, one.detected_px)[still]
        assert np.sqrt((eyes**2).mean()) < 1.5
        assert abs(eyes.mean()) < 0.7


def test_movements_include_their_mirror_images(rng: np.random.Generator) -> None:
    raised = np.zeros((len(KEPT), 2))
    raised[np.isin(KEPT, [17, 18, 19, 20, 21]), 1] = 3.0

    products = movement_products([[moved(rng, raised, np.ones(1))]], KEPT)

    assert_allclose(products[19, 1, 19, 1], 3.0**2 / 2, rtol=0.02)
    assert_allclose(products[24, 1, 24, 1], 3.0**2 / 2, rtol=0.02)
    assert abs(products[19, 1, 24, 1]) < 0.05
    assert products[30, 0, 30, 0] < 0.05


def test_a_response_that_all_people_share_is_not_an_error(rng: np.random.Generator) -> None:
    """The brows follow the unit exactly; the corners of the mouth err together."""
    brows, mouth = np.isin(KEPT, range(17, 27)), np.isin(KEPT, [48, 54])
    responses = []
    for _ in range(200):
        strength, error = rng.uniform(0.0, 1.0), rng.normal(0.0, 2.0)
        movement = np.zeros((len(KEPT), 2))
        movement[brows, 1], movement[mouth, 1] = 5.0 * strength, error
        responses.append(moved(rng, movement, np.array([strength])))

    movements = movement_products([responses], KEPT)
    errors = error_products([responses], movements, KEPT)

    assert movements[19, 1, 19, 1] > 6.0
    assert errors[19, 1, 19, 1] < 0.5
    assert_allclose(errors[48, 1, 54, 1], 4.0, rtol=0.3)


def test_a_landmark_that_the_model_lacks_has_zero_products(rng: np.random.Generator) -> None:
    kept = KEPT[KEPT != 30]
    few = [moved(rng, rng.normal(size=(len(KEPT), 2)), np.ones(1)) for _ in range(3)]
    without = [replace(one, rest_mm=one.rest_mm[:, KEPT != 30], detected_px=one.detected_px[KEPT != 30]) for one in few]

    products = movement_products([without], kept)

    assert not products[30].any()
    assert products[31].any()
