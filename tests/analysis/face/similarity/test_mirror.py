from __future__ import annotations

import numpy as np
import pytest

from analysis.face.similarity.mirror import TwoSided, cosine_either_way

LEFT, RIGHT, BOTH = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0])


def taken_apart(sides: np.ndarray) -> TwoSided:
    return TwoSided.of(sides, sides[::-1])


def test_by_hand_one_side_against_both() -> None:
    """Even parts (.5, .5) and (1, 1), odd parts (.5, -.5) and 0: 1 / sqrt((.5 + .3 x .5) x 2)."""
    assert cosine_either_way(taken_apart(LEFT), taken_apart(BOTH)) == pytest.approx(1 / np.sqrt(0.65 * 2))


def test_the_other_side_is_as_good_as_the_same_side() -> None:
    assert cosine_either_way(taken_apart(LEFT), taken_apart(RIGHT)) == pytest.approx(1.0)
    assert cosine_either_way(taken_apart(LEFT), taken_apart(LEFT)) == pytest.approx(1.0)


def test_strength_makes_no_difference_and_order_neither() -> None:
    a, b = taken_apart(np.array([0.2, 0.7])), taken_apart(np.array([0.9, 0.1]))
    stronger = taken_apart(np.array([0.4, 1.4]))

    assert cosine_either_way(stronger, b) == pytest.approx(cosine_either_way(a, b))
    assert cosine_either_way(a, b) == cosine_either_way(b, a)


def test_no_change_resembles_nothing() -> None:
    assert cosine_either_way(taken_apart(np.zeros(2)), taken_apart(BOTH)) == 0.0


def test_what_all_have_in_common_is_taken_out_before() -> None:
    average = np.array([1.0, 1.0])
    change = np.array([1.0, 1.0, 1.0])
    flat = TwoSided.of(change, change, average=np.array([1.0, 0.0, 0.0]))
    other = TwoSided.of(np.array([3.0, 0.0, 0.0]), np.array([3.0, 0.0, 0.0]), average=np.array([1.0, 0.0, 0.0]))

    assert cosine_either_way(flat, other) == 0.0
    assert cosine_either_way(TwoSided.of(average, average), TwoSided.of(average, average)) == pytest.approx(1.0)
