from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import lsq_linear

from analysis.face.fitting.box_qp import minimise_in_box


def test_a_hand_calculation_with_one_variable_at_each_bound() -> None:
    """Separate parabolas with minima at -1, 0.25 and 3."""
    assert_allclose(minimise_in_box(np.diag([2.0, 4.0, 1.0]), np.array([-2.0, 1.0, 3.0])), [0.0, 0.25, 1.0])


def test_a_problem_without_variables_has_an_empty_solution() -> None:
    assert minimise_in_box(np.zeros((0, 0)), np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("most_changes", [40, 1])
def test_the_first_variables_can_be_without_bounds(most_changes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if descent finishes the problem; another solver finds the same."""
    monkeypatch.setattr("analysis.face.fitting.box_qp._MOST_CHANGES", most_changes)
    rng = np.random.default_rng(7)
    A, b = rng.normal(size=(60, 20)), rng.normal(size=60) * 10
    low, high = np.array([-np.inf] * 6 + [0.0] * 14), np.array([np.inf] * 6 + [1.0] * 14)
    x = minimise_in_box(A.T @ A, A.T @ b, first=6, start=rng.uniform(-0.5, 1.5, size=14).clip(0.0, 1.0))
    other = lsq_linear(A, b, bounds=(low, high), method="bvls", tol=1e-14).x
    assert_allclose(x, other, atol=1e-7)
    assert np.abs(x[:6]).max() > 1.0
    assert {0.0, 1.0} <= set(x[6:])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("correlated", [False, True])
def test_agrees_with_another_solver_and_satisfies_the_optimality_conditions(seed: int, correlated: bool) -> None:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(80, 40))
    if correlated:
        A = A @ rng.normal(size=(40, 4)) @ rng.normal(size=(4, 40)) + 0.05 * A
    b = A @ rng.uniform(-1, 2, 40) + rng.normal(size=80)
    ridge = 1e-3
    hessian, linear = A.T @ A + ridge * np.eye(40), A.T @ b

    x = minimise_in_box(hessian, linear)

    assert x.min() >= 0.0
    assert x.max() <= 1.0
    gradient = hessian @ x - linear
    slack = 1e-6 * np.abs(linear).max()
    assert np.all(gradient[x == 0.0] > -slack)
    assert np.all(gradient[x == 1.0] < slack)
    assert_allclose(gradient[(x > 0.0) & (x < 1.0)], 0.0, atol=slack)
    extended = np.vstack((A, np.sqrt(ridge) * np.eye(40)))
    other = lsq_linear(extended, np.concatenate((b, np.zeros(40))), bounds=(0, 1), method="bvls", tol=1e-12).x

    def objective(y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(y @ hessian @ y / 2 - linear @ y)

    assert objective(x) <= objective(other) + 1e-8 * abs(objective(other))


def test_repeating_guesses_are_finished_by_descent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if one guess were all that is allowed; the answer is the same."""
    rng = np.random.default_rng(4)
    A, b = rng.normal(size=(60, 20)), rng.normal(size=60) * 10
    hessian, linear = A.T @ A + np.eye(20), A.T @ b
    expected = minimise_in_box(hessian, linear)

    monkeypatch.setattr("analysis.face.fitting.box_qp._MOST_CHANGES", 1)

    assert_allclose(minimise_in_box(hessian, linear), expected, atol=1e-8)
