"""The look of a person at rest: what neutral pictures and what expressions say about it."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from analysis.face.appearance.change import appearance_at_rest
from analysis.face.appearance.gradients import SHAPE
from analysis.face.appearance.population import population


def test_neutral_pictures_alone_are_averaged(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, *SHAPE))

    assert_allclose(appearance_at_rest([a, b], {}), (a + b) / 2)


def test_by_hand_an_expression_counts_half_a_neutral_picture_however_many_takes(rng: np.random.Generator) -> None:
    neutral, smile, frown = rng.normal(size=(3, *SHAPE))
    change = population().change

    found = appearance_at_rest([neutral], {"smile": [smile, smile, smile], "frown": [frown]})

    assert_allclose(found, (neutral + 0.5 * (smile - change) + 0.5 * (frown - change)) / 2)


def test_without_a_neutral_picture_the_average_person_counts_as_much_as_an_expression(
    rng: np.random.Generator,
) -> None:
    smile = rng.normal(size=SHAPE)
    known = population()

    assert_allclose(appearance_at_rest([], {"smile": [smile]}), (known.rest + smile - known.change) / 2)


def test_expressions_around_the_average_change_do_not_move_the_face_at_rest(rng: np.random.Generator) -> None:
    rest, apart = rng.normal(size=(2, *SHAPE))
    change = population().change
    looks = {"one": [rest + change + apart], "other": [rest + change - apart]}

    assert_allclose(appearance_at_rest([rest], looks), rest, atol=1e-12)
