from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import IMITATED, POSED, STRAY, habit, imitation, pose, prototype

NAMES = load_model().bases["units"].names


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_prototype_is_the_emotion_of_the_shipped_model(emotion: str) -> None:
    model = load_model()
    basis = model.bases["emotions"]

    shape = model.displacement(prototype(emotion, NAMES), "units")

    # The file keeps shapes in steps of their largest movement / 32767.
    assert_allclose(shape, basis.shapes[basis.names.index(emotion)], atol=0.01)


def test_an_imitation_is_the_blend_at_one_strength_and_a_little_of_everything(rng: np.random.Generator) -> None:
    blend = np.zeros(len(NAMES))
    blend[[3, 7]] = 0.5, 0.8
    strengths = []
    for _ in range(300):
        face = imitation(blend, rng)
        others = np.delete(face, [3, 7])
        assert 0 <= others.min() <= others.max() <= STRAY
        assert IMITATED[0] * 0.5 <= face[3] <= IMITATED[1] * 0.5 + STRAY
        strengths.append(face[3] / 0.5)
    assert_allclose(np.mean(strengths), np.mean(IMITATED) + STRAY / 2 / 0.5, atol=0.03)


def test_a_unit_is_never_stronger_than_its_full_strength(rng: np.random.Generator) -> None:
    assert max(imitation(np.ones(len(NAMES)), rng).max() for _ in range(20)) == 1.0


def test_a_habit_uses_no_other_units_than_the_prototype(rng: np.random.Generator) -> None:
    for emotion in EMOTIONS:
        used = prototype(emotion, NAMES) > 0
        assert (habit(emotion, NAMES, rng)[~used] == 0).all()


def test_habits_differ_between_people_and_leave_units_out_on_both_sides(rng: np.random.Generator) -> None:
    habits = np.array([habit("fear", NAMES, rng) for _ in range(200)])
    left, right = NAMES.index("mouthStretchLeft"), NAMES.index("mouthStretchRight")

    assert_array_equal(habits[:, left] == 0, habits[:, right] == 0)
    assert_allclose((habits[:, left] == 0).mean(), 0.2, atol=0.1)
    assert habits[:, left].std() > 0.1


def test_whoever_is_chosen_to_be_imitated_leaves_nothing_out(rng: np.random.Generator) -> None:
    used = prototype("anger", NAMES) > 0
    for _ in range(30):
        assert (habit("anger", NAMES, rng, own_way=0.25, left_out=0.0)[used] > 0).all()


def test_two_poses_of_one_habit_differ_in_strength_and_stray(rng: np.random.Generator) -> None:
    own_way = habit("happiness", NAMES, rng)
    first, second = pose(own_way, rng), pose(own_way, rng)

    assert not np.array_equal(first, second)
    for face in (first, second):
        assert ((face >= POSED[0] * own_way) & (face <= POSED[1] * own_way + STRAY)).all()
