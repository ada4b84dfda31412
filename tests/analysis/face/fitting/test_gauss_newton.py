from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose, from_principal_point
from analysis.face.fitting.gauss_newton import (
    Neutral,
    View,
    Weights,
    evidence,
    linearise,
    moved,
    neutral_leeway,
    neutral_offsets,
    residuals,
    solve_identity,
    solve_pose,
    solve_view,
)
from analysis.face.fitting.landmark_basis import LandmarkRows, landmark_rows
from tests.analysis.face.toy import seen, toy_model, toy_pose

WEIGHTS = Weights(ridge=10.0, huber=2.5)


@pytest.fixture(scope="module")
def rows() -> LandmarkRows:
    return landmark_rows(toy_model(), "units")


def view_of(pose: Pose, expression: FloatArray, *, sigma_px: float = 1.0) -> View:
    """The view of an expression of the toy model, as a guess that has everything right."""
    landmarks = seen(toy_model(), pose, np.zeros(8), expression)
    points = from_principal_point(landmarks.points_px, landmarks.image_size)
    return View(points, np.full(68, 1.0 / sigma_px), pose, expression)


def test_the_truth_leaves_nothing_unexplained(rows: LandmarkRows, rng: np.random.Generator) -> None:
    expression = rng.uniform(0, 0.5, 12)
    view = view_of(toy_pose(rng), expression)

    left = residuals(view, rows.mean + rows.shapes @ expression, replace(WEIGHTS, ridge=0.0))

    assert_allclose(left.difference_px, 0.0, atol=1e-9)
    assert left.cost == pytest.approx(0.0, abs=1e-12)


def test_the_cost_is_quadratic_near_and_linear_far(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """One landmark off by 2 sigma costs 4; by 10 sigma, with the bend at 2.5, 2.5 * (2 * 10 - 2.5) = 43.75."""
    view = view_of(toy_pose(rng), np.zeros(12), sigma_px=2.0)
    for off_px, cost in ((4.0, 4.0), (20.0, 43.75)):
        shifted = view.seen_px.copy()
        shifted[0, 30] += off_px
        left = residuals(replace(view, seen_px=shifted), rows.mean, WEIGHTS)
        assert left.cost == pytest.approx(cost, abs=1e-9)


def test_priors_count_the_coefficients_and_the_leeway(rows: LandmarkRows, rng: np.random.Generator) -> None:
    expression = np.full(12, 0.5)
    view = replace(view_of(toy_pose(rng), expression), leeway=np.array([1.0, -2.0]))
    left = residuals(view, rows.mean + rows.shapes @ expression, WEIGHTS)
    assert left.cost == pytest.approx(10.0 * 12 * 0.25 + 5.0)


def test_the_projection_changes_as_its_derivatives_say(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """Against differences of the projection itself, pose and shapes, with no landmark beyond the bend."""
    pose, expression = toy_pose(rng), rng.uniform(0, 0.5, 12)
    view = view_of(pose, expression)
    points = rows.mean + rows.shapes @ expression
    linear = linearise(view, residuals(view, points, WEIGHTS), WEIGHTS)

    def projected(at: Pose, of: FloatArray) -> FloatArray:
        return -residuals(replace(view, pose=at), of, WEIGHTS).difference_px.ravel()

    for k, step in enumerate(np.diag([1e-5] * 3 + [1e-3] * 3)):
        change = (projected(moved(pose, step), points) - projected(moved(pose, -step), points)) / (2 * step[k])
        assert_allclose(linear.by_pose[:, k], change, rtol=1e-4, atol=1e-5)
    by_shape = linear.by(rows.shapes)
    for k in range(12):
        step = 1e-4 * rows.shapes[:, :, k]
        change = (projected(pose, points + step) - projected(pose, points - step)) / 2e-4
        assert_allclose(by_shape[:, k], change, rtol=1e-4, atol=1e-4)


def test_a_far_landmark_pulls_like_one_at_the_bend(rows: LandmarkRows, rng: np.random.Generator) -> None:
    view = view_of(toy_pose(rng), np.zeros(12))
    shifted = view.seen_px.copy()
    shifted[0, 30] += 10.0
    view = replace(view, seen_px=shifted)
    linear = linearise(view, residuals(view, rows.mean, WEIGHTS), WEIGHTS)
    # Half the gradient of the linear part of the cost: huber * slope, as the product of weighted residual and pull.
    assert linear.residual[30] ** 2 == pytest.approx(10.0**2 * 2.5 / 10.0)


def test_eliminating_the_pose_gives_the_answer_of_the_whole_problem(rng: np.random.Generator) -> None:
    by_coefficient, by_local = rng.normal(size=(40, 5)), rng.normal(size=(40, 7))
    residual, ridge, pull = rng.normal(size=40), rng.uniform(0, 2, 7), rng.normal(size=7)
    told = evidence(by_coefficient, by_local, residual, ridge=ridge, pull=pull)

    coefficients = np.linalg.solve(told.normal, told.right)
    local = told.local_step - told.follow @ coefficients

    whole = np.hstack((by_local, by_coefficient))
    normal = whole.T @ whole + np.diag(np.concatenate((ridge, np.zeros(5))))
    expected = np.linalg.solve(normal, whole.T @ residual + np.concatenate((pull, np.zeros(5))))
    assert_allclose(np.concatenate((local, coefficients)), expected, rtol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_no_better_expression_is_near_the_one_that_is_found(seed: int, rows: LandmarkRows) -> None:
    """A general optimiser with bounds, started there, gains nothing to speak of."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(-0.2, 1.2, 12)
    view = view_of(toy_pose(rng), truth, sigma_px=1.5)
    # Directions of which the landmarks say about as much as the prior, and a person far out along both.
    neutral = Neutral(rows.mean, rng.normal(scale=0.15, size=(3, 68, 2)))
    person = rows.mean + neutral.leeway_mm @ np.array([4.0, -4.0]) + rows.shapes @ truth
    pixels = from_principal_point(view.pose.project(person.T), (640, 480)) + rng.normal(size=(2, 68))
    view = replace(view, seen_px=pixels, expression=np.zeros(12))

    found = solve_view(view, neutral, rows.shapes, WEIGHTS)

    def cost(x: FloatArray) -> float:
        guess = replace(view, pose=moved(found.view.pose, x[:6]), expression=x[8:], leeway=x[6:8])
        points = rows.mean + neutral.leeway_mm @ x[6:8] + rows.shapes @ x[8:]
        return residuals(guess, points, WEIGHTS).cost

    start = np.concatenate((np.zeros(6), found.view.leeway, found.view.expression))
    bounds = [(None, None)] * 8 + [(0.0, 1.0)] * 12
    better = minimize(cost, start, bounds=bounds, method="L-BFGS-B")
    assert cost(start) == pytest.approx(found.left.cost)
    assert better.fun > found.left.cost - 0.02
    # Where the cost is as flat as that, the leeway is what gives way first.
    assert np.abs(better.x[6:8] - found.view.leeway).max() < 0.05


def test_a_step_of_the_pose_alone_lowers_the_cost_or_is_not_taken(rows: LandmarkRows, rng: np.random.Generator) -> None:
    view = view_of(toy_pose(rng), np.zeros(12))
    off = replace(view, pose=moved(view.pose, np.array([0.02, -0.03, 0.01, 2.0, -1.0, 20.0])))
    before, after = (residuals(one, rows.mean, WEIGHTS).cost for one in (off, solve_pose(off, rows.mean, WEIGHTS)))
    assert after < 0.05 * before
    again = solve_pose(view, rows.mean, WEIGHTS)
    assert residuals(again, rows.mean, WEIGHTS).cost < 1e-9


def test_offsets_put_a_landmark_where_it_was_seen(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """Seen from the front 2 mm higher than the model says, with a jitter far below that."""
    pose = toy_pose(rng, yaw_deg=0.0)
    there = rows.mean.copy()
    there[1, 48] += 2.0
    view = View(from_principal_point(pose.project(there.T), (640, 480)), np.ones(68), pose, np.zeros(0))

    offsets = neutral_offsets([view], rows.mean, jitter_px=[0.05], spread_mm=3.0)

    assert offsets[1, 48] == pytest.approx(2.0, abs=0.4)  # the head is nodding: part of it may be depth
    assert np.abs(np.delete(offsets, 48, axis=1)).max() < 0.01


def test_a_picture_from_the_front_leaves_depth_uncertain(rows: LandmarkRows, rng: np.random.Generator) -> None:
    front = Pose(np.eye(3), np.array([0.0, 0.0, -600.0]), 704.0, (319.5, 239.5))
    turned = toy_pose(rng, yaw_deg=20.0)
    views = [View(np.zeros((2, 68)), np.ones(68), pose, np.zeros(0)) for pose in (front, turned)]

    one, both = (
        neutral_leeway(some, rows.mean, rows.identity, noise_px=[0.5] * len(some), spread_mm=3.0, count=12)
        for some in (views[:1], views)
    )

    assert one.shape == (3, 68, 12)
    across, up, depth = np.sqrt((one**2).mean(axis=(1, 2)))
    assert depth > 5 * max(across, up)
    assert np.linalg.norm(both) < 0.6 * np.linalg.norm(one)


def test_leeway_axes_are_standard_deviations_longest_first(rows: LandmarkRows) -> None:
    """Before any picture, and without people differing, each direction is uncertain by the spread."""
    leeway = neutral_leeway([], rows.mean, 0.0 * rows.identity, noise_px=[], spread_mm=3.0, count=4)
    assert_allclose(np.linalg.norm(leeway.reshape(-1, 4), axis=0), 3.0)
    people = neutral_leeway([], rows.mean, rows.identity, noise_px=[], spread_mm=0.1, count=4)
    lengths = np.linalg.svd(rows.identity.reshape(-1, 8), compute_uv=False)[:4]
    assert_allclose(np.linalg.norm(people.reshape(-1, 4), axis=0), np.hypot(lengths, 0.1), rtol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_a_step_never_makes_it_worse(seed: int, rows: LandmarkRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """From starts so far off that whole steps overshoot (from the ninth of them, the first does)."""
    monkeypatch.setattr("analysis.face.fitting.gauss_newton._MAX_STEPS", 1)
    rng = np.random.default_rng(seed)
    view = view_of(toy_pose(rng), rng.uniform(0, 1, 12))
    off = moved(view.pose, np.concatenate((rng.normal(scale=0.8, size=3), rng.normal(scale=(60, 60, 150)))))
    start = replace(view, pose=off, expression=np.zeros(12))
    before = residuals(start, rows.mean, WEIGHTS).cost
    assert solve_view(start, Neutral.known(rows.mean), rows.shapes, WEIGHTS).left.cost <= before


def test_no_better_identity_is_near_the_one_that_is_found(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """Shared by three views with expressions, whose pose and expression are solved anew for every trial."""
    views = []
    for _ in range(3):
        view = view_of(toy_pose(rng), rng.uniform(0, 0.8, 12), sigma_px=1.5)
        pixels = view.seen_px + rng.normal(scale=2.0, size=(2, 68))
        views.append(replace(view, seen_px=pixels, expression=np.full(12, 0.3)))
    share = 1.0 / (1.0 + 0.85 * 2)

    found, solutions = solve_identity(views, rows, WEIGHTS)

    def cost(identity: FloatArray) -> float:
        neutral = Neutral.known(rows.neutral(identity))
        solved = [solve_view(one.view, neutral, rows.shapes, WEIGHTS) for one in solutions]
        return share * sum(one.left.cost for one in solved) + float(identity @ identity)

    assert np.linalg.norm(found) > 0.3
    for direction in np.vstack((np.eye(8), -np.eye(8))):
        assert cost(found + 0.15 * direction) > cost(found) - 0.01


def test_ten_pictures_of_one_person_are_not_ten_times_the_evidence(
    rows: LandmarkRows, rng: np.random.Generator
) -> None:
    """They share the mistakes of the detector, so the identity may not follow those much further than one picture."""
    view = view_of(toy_pose(rng), np.zeros(12), sigma_px=4.0)
    view = replace(view, seen_px=view.seen_px + rng.normal(scale=4.0, size=(2, 68)), expression=np.zeros(0))
    (one, _), (ten, _) = (solve_identity([view] * count, rows, WEIGHTS) for count in (1, 10))
    assert np.linalg.norm(one) < np.linalg.norm(ten) < 1.25 * np.linalg.norm(one)
