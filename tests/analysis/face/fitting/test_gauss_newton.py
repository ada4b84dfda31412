from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import from_principal_point
from analysis.face.fitting.gauss_newton import solve_identity, solve_pose, solve_view
from analysis.face.fitting.landmark_basis import LandmarkRows
from analysis.face.fitting.movable_face import MovableFace
from analysis.face.fitting.residuals import moved_pose, residuals
from tests.analysis.face.fitting.views import WEIGHTS, view_of
from tests.analysis.face.toy import toy_pose


@pytest.mark.parametrize("seed", range(3))
def test_no_better_expression_is_near_the_solution(seed: int, rows: LandmarkRows) -> None:
    """A general optimiser with bounds, started there, gains almost nothing."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(-0.2, 1.2, 12)
    view = view_of(toy_pose(rng), truth, sigma_px=1.5)
    # Axes on which the landmarks have about as much information as the prior, and a person far out along both.
    face = MovableFace.of(rows.mean, rows.shapes, rng.normal(scale=0.15, size=(3, 68, 2)))
    person = face.moved(np.concatenate(([4.0, -4.0], truth)))
    pixels = from_principal_point(view.pose.project(person.T), (640, 480)) + rng.normal(size=(2, 68))
    view = replace(view, points_px=pixels, expression=np.zeros(12))

    found = solve_view(view, face, WEIGHTS)

    def cost(x: FloatArray) -> float:
        guess = replace(view, pose=moved_pose(found.view.pose, x[:6]), expression=x[8:], neutral_shift=x[6:8])
        return residuals(guess, face.moved(x[6:]), WEIGHTS).cost

    start = np.concatenate((np.zeros(6), found.view.neutral_shift, found.view.expression))
    bounds = [(None, None)] * 8 + [(0.0, 1.0)] * 12
    better = minimize(cost, start, bounds=bounds, method="L-BFGS-B")
    assert cost(start) == pytest.approx(found.residuals.cost)
    assert better.fun > found.residuals.cost - 0.02
    # Where the cost is as flat as that, the neutral shift changes first.
    assert np.abs(better.x[6:8] - found.view.neutral_shift).max() < 0.05


def test_a_step_of_the_pose_alone_lowers_the_cost_or_is_not_taken(rows: LandmarkRows, rng: np.random.Generator) -> None:
    view = view_of(toy_pose(rng), np.zeros(12))
    off = replace(view, pose=moved_pose(view.pose, np.array([0.02, -0.03, 0.01, 2.0, -1.0, 20.0])))
    face = MovableFace.of(rows.mean, rows.shapes)
    better, found = solve_pose(off, face, WEIGHTS)
    assert found.cost < 0.05 * residuals(off, rows.mean, WEIGHTS).cost
    again, none = solve_pose(view, face, WEIGHTS)
    assert none.cost < 1e-9
    for one, its in ((better, found), (again, none)):
        assert its.cost == residuals(one, rows.mean, WEIGHTS).cost


@pytest.mark.parametrize("seed", range(12))
def test_a_step_never_raises_the_cost(seed: int, rows: LandmarkRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """From starts so far off that whole steps overshoot (from the ninth of them, the first does)."""
    monkeypatch.setattr("analysis.face.fitting.gauss_newton.MAX_STEPS", 1)
    rng = np.random.default_rng(seed)
    view = view_of(toy_pose(rng), rng.uniform(0, 1, 12))
    off = moved_pose(view.pose, np.concatenate((rng.normal(scale=0.8, size=3), rng.normal(scale=(60, 60, 150)))))
    start = replace(view, pose=off, expression=np.zeros(12))
    before = residuals(start, rows.mean, WEIGHTS).cost
    assert solve_view(start, MovableFace.of(rows.mean, rows.shapes), WEIGHTS).residuals.cost <= before


def test_the_variance_of_an_expression_is_that_of_the_whole_problem(
    rows: LandmarkRows, rng: np.random.Generator
) -> None:
    """The inverse of all normal equations, pose and shift of the neutral face included."""
    view = view_of(toy_pose(rng), rng.uniform(0, 1, 12), sigma_px=1.5)
    found = solve_view(view, MovableFace.of(rows.mean, rows.shapes, rng.normal(scale=0.15, size=(3, 68, 2))), WEIGHTS)
    assert found.normal.shape == (20, 20)
    assert_allclose(found.expression_variance(), np.linalg.inv(found.normal).diagonal()[8:], rtol=1e-9)
    undetermined = replace(found, normal=np.zeros((20, 20)))
    with pytest.raises(np.linalg.LinAlgError, match="undetermined"):
        undetermined.expression_variance()


def test_no_better_identity_is_near_the_solution(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """Shared by three views with expressions, whose pose and expression are solved again for every trial."""
    views = []
    for _ in range(3):
        view = view_of(toy_pose(rng), rng.uniform(0, 0.8, 12), sigma_px=1.5)
        pixels = view.points_px + rng.normal(scale=2.0, size=(2, 68))
        views.append(replace(view, points_px=pixels, expression=np.full(12, 0.3)))
    share = 1.0 / (1.0 + 0.85 * 2)

    found, solutions = solve_identity(views, rows, WEIGHTS)

    def cost(identity: FloatArray) -> float:
        face = MovableFace.of(rows.neutral(identity), rows.shapes)
        solved = [solve_view(one.view, face, WEIGHTS) for one in solutions]
        return share * sum(one.residuals.cost for one in solved) + float(identity @ identity)

    assert np.linalg.norm(found) > 0.3
    for direction in np.vstack((np.eye(8), -np.eye(8))):
        assert cost(found + 0.15 * direction) > cost(found) - 0.01


def test_ten_pictures_of_one_person_are_not_ten_times_the_evidence(
    rows: LandmarkRows, rng: np.random.Generator
) -> None:
    """They share the mistakes of the detector, so ten pictures may not move the identity much further than one does."""
    view = view_of(toy_pose(rng), np.zeros(12), sigma_px=4.0)
    view = replace(view, points_px=view.points_px + rng.normal(scale=4.0, size=(2, 68)), expression=np.zeros(0))
    (one, _), (ten, _) = (solve_identity([view] * count, rows, WEIGHTS) for count in (1, 10))
    assert np.linalg.norm(one) < np.linalg.norm(ten) < 1.25 * np.linalg.norm(one)
