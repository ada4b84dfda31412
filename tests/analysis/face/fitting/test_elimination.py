from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from analysis.face.fitting.elimination import eliminate


def test_elimination_gives_the_solution_of_the_whole_problem(rng: np.random.Generator) -> None:
    by_coefficient, by_local = rng.normal(size=(40, 5)), rng.normal(size=(40, 7))
    residual, ridge, pull = rng.normal(size=40), rng.uniform(0, 2, 7), rng.normal(size=7)
    coefficients = np.linalg.solve(*eliminate(by_coefficient, by_local, residual, ridge=ridge, gradient=pull))

    whole = np.hstack((by_local, by_coefficient))
    normal = whole.T @ whole + np.diag(np.concatenate((ridge, np.zeros(5))))
    expected = np.linalg.solve(normal, whole.T @ residual + np.concatenate((pull, np.zeros(5))))
    assert_allclose(coefficients, expected[7:], rtol=1e-8)
