from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analysis.face.similarity.correlation import cosine, pearson

NUMBERS = st.lists(st.floats(-100, 100), min_size=3, max_size=8)


def test_cosine_of_an_angle_known_by_hand() -> None:
    assert_allclose(cosine(np.array([3.0, 4.0]), np.array([4.0, 3.0])), 24 / 25)


def test_weights_count_an_entry_as_often_as_they_say() -> None:
    a, b = np.array([1.0, 2.0, 0.5]), np.array([0.3, -1.0, 2.0])
    repeated = cosine(np.array([1.0, 2.0, 2.0, 2.0, 0.5]), np.array([0.3, -1.0, -1.0, -1.0, 2.0]))

    assert_allclose(cosine(a, b, np.array([1.0, 3.0, 1.0])), repeated)


def test_no_movement_has_no_similarity() -> None:
    assert cosine(np.zeros(3), np.ones(3)) == 0.0
    assert pearson(np.full(3, 7.0), np.arange(3.0)) == 0.0


def test_pearson_is_that_of_numpy(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 50))

    assert_allclose(pearson(a, b), np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize("correlation", [cosine, pearson])
@given(NUMBERS, st.floats(0.01, 100), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_strength_does_not_matter_and_order_does_not_matter(correlation, a, factor, random) -> None:  # type: ignore[no-untyped-def]
    one = np.array(a)
    other = np.array([random.uniform(-1, 1) for _ in a])

    assert_allclose(correlation(one * factor, other), correlation(one, other), atol=1e-6)
    assert correlation(one, other) == correlation(other, one)
    assert abs(correlation(one, other)) <= 1 + 1e-12
