from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.models.emotions import EMOTIONS, blend_strengths
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import (
    IMITATED,
    POSED,
    STRAY,
    blend_units,
    drawn_target_units,
    imitated_expression,
    personal_expression,
    posed_expression,
    prototype,
)

NAMES = load_model().bases["units"].names


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_emotion_of_the_shipped_model_is_the_blend_of_its_units(emotion: str) -> None:
    model = load_model()
    basis = model.bases["emotions"]
    blend = blend_strengths({emotion: 1.0}, NAMES)

    shape = model.displacement(np.array([blend.get(name, 0.0) for name in NAMES]), "units")

    # The file keeps shapes in steps of their largest movement / 32767.
    assert_allclose(shape, basis.shapes[basis.names.index(emotion)], atol=0.01)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_people_pose_another_variant_of_the_emotion_that_is_measured(emotion: str) -> None:
    model = load_model()
    points = model.landmark_vertices[17:]
    posed = model.displacement(prototype(emotion, NAMES), "units")[points].ravel()
    measured = model.bases["emotions"].shapes[EMOTIONS.index(emotion)][points].ravel()

    assert posed @ measured / np.sqrt((posed @ posed) * (measured @ measured)) > 0.3
    assert np.linalg.norm(posed - measured) > 0.1 * np.linalg.norm(measured)


def test_a_target_needs_at_most_the_largest_movement() -> None:
    units = dict(zip(NAMES, drawn_target_units({"anger": 1.0, "sadness": 0.2}, NAMES), strict=True))

    assert units["browDownLeft"] == 1.0
    assert units["noseSneerLeft"] == pytest.approx(0.9)
    assert units["mouthFrownRight"] == pytest.approx(0.3 + 0.2 * 1.0)


def test_an_imitation_is_the_blend_at_one_strength_and_a_little_of_everything(rng: np.random.Generator) -> None:
    blend = np.zeros(len(NAMES))
    blend[[3, 7]] = 0.5, 0.8
    strengths = []
    for _ in range(300):
        face = imitated_expression(blend, rng)
        others = np.delete(face, [3, 7])
        assert 0 <= others.min() <= others.max() <= STRAY
        assert IMITATED[0] * 0.5 <= face[3] <= IMITATED[1] * 0.5 + STRAY
        strengths.append(face[3] / 0.5)
    assert_allclose(np.mean(strengths), np.mean(IMITATED) + STRAY / 2 / 0.5, atol=0.03)


def test_a_unit_is_never_stronger_than_its_full_strength(rng: np.random.Generator) -> None:
    assert max(imitated_expression(np.ones(len(NAMES)), rng).max() for _ in range(20)) == 1.0


def test_a_personal_expression_uses_only_units_of_the_prototype(rng: np.random.Generator) -> None:
    for emotion in EMOTIONS:
        used = prototype(emotion, NAMES) > 0
        assert (personal_expression(emotion, NAMES, rng)[~used] == 0).all()


def test_personal_expressions_differ_between_people_and_omit_units_on_both_sides(rng: np.random.Generator) -> None:
    personal = np.array([personal_expression("fear", NAMES, rng) for _ in range(200)])
    left, right = NAMES.index("mouthStretchLeft"), NAMES.index("mouthStretchRight")

    assert_array_equal(personal[:, left] == 0, personal[:, right] == 0)
    assert_allclose((personal[:, left] == 0).mean(), 0.2, atol=0.1)
    assert personal[:, left].std() > 0.1


def test_without_omission_every_unit_of_the_prototype_is_used(rng: np.random.Generator) -> None:
    used = prototype("anger", NAMES) > 0
    for _ in range(30):
        assert (personal_expression("anger", NAMES, rng, spread=0.25, left_out=0.0)[used] > 0).all()


def test_two_poses_of_one_person_differ_in_strength_and_stray_units(rng: np.random.Generator) -> None:
    personal = personal_expression("happiness", NAMES, rng)
    first, second = posed_expression(personal, rng), posed_expression(personal, rng)

    assert not np.array_equal(first, second)
    for face in (first, second):
        assert ((face >= POSED[0] * personal) & (face <= POSED[1] * personal + STRAY)).all()


def test_a_blend_is_the_sum_of_its_emotions_up_to_full_strength() -> None:
    happiness, surprise = prototype("happiness", NAMES), prototype("surprise", NAMES)

    assert_allclose(blend_units({"happiness": 0.6, "surprise": 0.4}, NAMES), 0.6 * happiness + 0.4 * surprise)
    assert blend_units({"fear": 1.0, "surprise": 1.0}, NAMES).max() == 1.0
