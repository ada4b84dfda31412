from __future__ import annotations

import numpy as np
import pytest

from analysis.face.similarity.mirror import MirrorParts, mirror_invariant_cosine

LEFT, RIGHT, BOTH = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0])


def split(sides: np.ndarray) -> MirrorParts:
    return MirrorParts.split(sides, sides[::-1])


def test_by_hand_one_side_against_both() -> None:
    """Even parts (.5, .5) and (1, 1), odd parts (.5, -.5) and 0: 1 / sqrt((.5 + .3 x .5) x 2)."""
    assert mirror_invariant_cosine(split(LEFT), split(BOTH)) == pytest.approx(1 / np.sqrt(0.65 * 2))


def test_the_other_side_is_as_good_as_the_same_side() -> None:
    assert mirror_invariant_cosine(split(LEFT), split(RIGHT)) == pytest.approx(1.0)
    assert mirror_invariant_cosine(split(LEFT), split(LEFT)) == pytest.approx(1.0)


def test_neither_strength_nor_order_matters() -> None:
    a, b = split(np.array([0.2, 0.7])), split(np.array([0.9, 0.1]))
    stronger = split(np.array([0.4, 1.4]))

    assert mirror_invariant_cosine(stronger, b) == pytest.approx(mirror_invariant_cosine(a, b))
    assert mirror_invariant_cosine(a, b) == mirror_invariant_cosine(b, a)


def test_no_change_has_no_similarity() -> None:
    assert mirror_invariant_cosine(split(np.zeros(2)), split(BOTH)) == 0.0


def test_the_average_change_is_subtracted_first() -> None:
    average = np.array([1.0, 1.0])
    change = np.array([1.0, 1.0, 1.0])
    flat = MirrorParts.split(change, change, average=np.array([1.0, 0.0, 0.0]))
    other = MirrorParts.split(np.array([3.0, 0.0, 0.0]), np.array([3.0, 0.0, 0.0]), average=np.array([1.0, 0.0, 0.0]))

    assert mirror_invariant_cosine(flat, other) == 0.0
    assert mirror_invariant_cosine(
        MirrorParts.split(average, average), MirrorParts.split(average, average)
    ) == pytest.approx(1.0)
