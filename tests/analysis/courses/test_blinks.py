"""Blinks: fast dips of the opening of both eyes, whatever a slow movement does to the lids."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.courses.blinks import eye_openings, in_blink
from analysis.face.arrays import FloatArray

TIMES_S = np.arange(60) / 30.0
AT_REST = np.array([0.3, 0.25])
"""Eyes of different sizes."""


def marked(shares: FloatArray) -> list[int]:
    """The numbers of the frames in a blink, with openings as shares of those at rest."""
    return np.flatnonzero(in_blink(TIMES_S, shares * AT_REST, AT_REST)).tolist()


def both(shares: FloatArray) -> FloatArray:
    return np.stack([shares, shares], axis=1)


def blink(first: int) -> FloatArray:
    """Eyes that close to 0.7 in six frames and open again."""
    return np.roll(np.r_[0.85, 0.7, 0.7, 0.7, 0.8, 0.88, np.ones(54)], first)


def test_the_opening_of_an_eye_is_its_height_divided_by_its_width() -> None:
    points = np.zeros((68, 2))
    points[36:42] = [(0, 0), (10, -3), (20, -3), (30, 0), (20, 3), (10, 3)]
    points[42:48] = [(0, 0), (10, -6), (20, -6), (30, 0), (20, 6), (10, 6)]

    assert eye_openings(points) == pytest.approx([0.2, 0.4])


def test_a_blink_of_both_eyes_is_marked_and_one_of_a_single_eye_is_not() -> None:
    closing = blink(20)

    assert marked(both(closing)) == list(range(20, 26))
    assert marked(np.stack([closing, np.ones(60)], axis=1)) == []


def test_eyes_that_a_smile_narrows_slowly_are_not_in_a_blink_but_blinks_during_it_are() -> None:
    smile = 1.0 - 0.4 * np.clip((TIMES_S - 0.5) / 0.5, 0.0, 1.0)

    assert marked(both(smile)) == []
    assert marked(both(smile * blink(45))) == [46, 47, 48, 49]  # in the others, the eyes close by less than 0.1


def test_a_blink_that_the_film_cuts_is_marked() -> None:
    assert marked(both(blink(-3))) == [0, 1, 2, 57, 58, 59]


def test_eyes_that_stay_closed_are_marked_for_all_of_the_time() -> None:
    closed = np.where((TIMES_S > 0.5) & (TIMES_S < 1.5), 0.3, 1.0)

    assert marked(both(closed)) == list(range(16, 45))


def test_a_few_frames_with_narrow_eyes_are_not_a_blink_but_a_dip_among_them_is() -> None:
    few = slice(0, 9)
    narrow, dip = np.full(9, 0.7), np.r_[1.0, 1.0, 0.7, 0.7, 1.0, 1.0, 1.0, 1.0, 1.0]

    assert not in_blink(TIMES_S[few], both(narrow) * AT_REST, AT_REST).any()
    assert np.flatnonzero(in_blink(TIMES_S[few], both(dip) * AT_REST, AT_REST)).tolist() == [2, 3]


def test_a_short_smile_is_not_a_blink() -> None:
    assert marked(both(np.where((TIMES_S > 0.99) & (TIMES_S < 1.39), 0.7, 1.0))) == []


def test_missing_frames_do_not_lengthen_a_blink() -> None:
    kept = np.r_[0:20, 40:60]
    shares = np.where(np.arange(60) < 30, 1.0, 0.8)[kept]

    found = in_blink(TIMES_S[kept], both(shares) * AT_REST, AT_REST)

    assert not found.any()
    assert in_blink(np.zeros(0), np.zeros((0, 2)), AT_REST).shape == (0,)
