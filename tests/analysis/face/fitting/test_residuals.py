from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.landmark_basis import LandmarkRows
from analysis.face.fitting.residuals import linearise, moved_pose, residuals
from tests.analysis.face.fitting.views import WEIGHTS, view_of
from tests.analysis.face.toy import toy_pose


def test_the_true_estimate_has_no_residuals(rows: LandmarkRows, rng: np.random.Generator) -> None:
    expression = rng.uniform(0, 0.5, 12)
    view = view_of(toy_pose(rng), expression)

    left = residuals(view, rows.mean + rows.shapes @ expression, replace(WEIGHTS, ridge=0.0))

    assert_allclose(left.difference_px, 0.0, atol=1e-9)
    assert left.cost == pytest.approx(0.0, abs=1e-12)


def test_the_cost_is_quadratic_near_and_linear_far(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """One landmark off by 2 sigma costs 4; by 10 sigma, with the bend at 2.5, 2.5 * (2 * 10 - 2.5) = 43.75."""
    view = view_of(toy_pose(rng), np.zeros(12), sigma_px=2.0)
    for off_px, cost in ((4.0, 4.0), (20.0, 43.75)):
        shifted = view.points_px.copy()
        shifted[0, 30] += off_px
        left = residuals(replace(view, points_px=shifted), rows.mean, WEIGHTS)
        assert left.cost == pytest.approx(cost, abs=1e-9)


def test_the_cost_includes_the_priors_of_coefficients_and_neutral_shift(
    rows: LandmarkRows, rng: np.random.Generator
) -> None:
    expression = np.full(12, 0.5)
    view = replace(view_of(toy_pose(rng), expression), neutral_shift=np.array([1.0, -2.0]))
    left = residuals(view, rows.mean + rows.shapes @ expression, WEIGHTS)
    assert left.cost == pytest.approx(10.0 * 12 * 0.25 + 5.0)


def test_derivatives_equal_finite_differences_of_the_projection(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """Against differences of the projection itself, pose and shapes, with no landmark beyond the bend."""
    pose, expression = toy_pose(rng), rng.uniform(0, 0.5, 12)
    view = view_of(pose, expression)
    points = rows.mean + rows.shapes @ expression
    linear = linearise(view, residuals(view, points, WEIGHTS), WEIGHTS)

    def projected(at: Pose, of: FloatArray) -> FloatArray:
        return -residuals(replace(view, pose=at), of, WEIGHTS).difference_px.T.ravel()

    for k, step in enumerate(np.diag([1e-5] * 3 + [1e-3] * 3)):
        change = (projected(moved_pose(pose, step), points) - projected(moved_pose(pose, -step), points)) / (
            2 * step[k]
        )
        assert_allclose(linear.by_pose()[:, k], change, rtol=1e-4, atol=1e-5)
    by_shape = linear.by(rows.shapes)
    for k in range(12):
        step = 1e-4 * rows.shapes[:, :, k]
        change = (projected(pose, points + step) - projected(pose, points - step)) / 2e-4
        assert_allclose(by_shape[:, k], change, rtol=1e-4, atol=1e-4)
    together = linear.by_pose_and(rows.shapes.transpose(1, 0, 2))
    assert_allclose(together, np.concatenate((linear.by_pose(), by_shape), axis=1))


def test_a_far_landmark_weighs_as_much_as_one_at_the_bend(rows: LandmarkRows, rng: np.random.Generator) -> None:
    view = view_of(toy_pose(rng), np.zeros(12))
    shifted = view.points_px.copy()
    shifted[0, 30] += 10.0
    view = replace(view, points_px=shifted)
    linear = linearise(view, residuals(view, rows.mean, WEIGHTS), WEIGHTS)
    # Half the gradient of the linear part of the cost: huber * slope, as the product of weighted residual and pull.
    assert linear.residual[60] ** 2 == pytest.approx(10.0**2 * 2.5 / 10.0)
