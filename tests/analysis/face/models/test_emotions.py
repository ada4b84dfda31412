"""The prototypes of the six emotions: action units, and distances from each other."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.emotions import ACTION_UNITS, EMOTIONS, blend_strengths, recipe, without_side
from analysis.face.models.movements import NAMES
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS

PARTED_BY = {25: {"mouthUpperUp", "mouthLowerDown", "jawOpen"}}
"""Action units that are the result of other units."""


def moved_mm(emotion: str) -> FloatArray:
    """The displacement of brows, eyes, nose and mouth, (51, 2)."""
    model = load_model()
    strengths = blend_strengths({emotion: 1.0}, model.bases["units"].names)
    coefficients = np.array([strengths.get(name, 0.0) for name in model.bases["units"].names])
    moved: FloatArray = model.displacement(coefficients)[model.landmark_vertices[17:], :2]
    return moved


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_units_of_an_emotion_move_its_action_units(emotion: str) -> None:
    numbers = {int(number) for number in re.findall(r"\d+", ACTION_UNITS[emotion])}
    moved = {without_side(unit) for unit in recipe(emotion, UNITS)}

    for number in numbers:
        movers = PARTED_BY.get(number, {NAMES[f"AU{number}"].unit} if f"AU{number}" in NAMES else set())
        assert movers & moved, f"AU{number}"


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_both_sides_of_a_drawn_emotion_are_equal(emotion: str) -> None:
    strengths = blend_strengths({emotion: 0.5}, UNITS)

    assert {name.replace("Left", "Right"): value for name, value in strengths.items() if "Left" in name} == {
        name: value for name, value in strengths.items() if "Right" in name
    }
    assert set(strengths) <= set(UNITS)
    assert strengths == {name: pytest.approx(full / 2) for name, full in recipe(emotion, UNITS).items()}


def test_emotions_of_a_mixture_are_added_and_absent_ones_leave_no_unit() -> None:
    mixed = blend_strengths({"surprise": 0.5, "fear": 0.5, "anger": 0.0}, UNITS)

    assert "noseSneerLeft" not in mixed
    wanted = (recipe("surprise", UNITS)["eyeWideLeft"] + recipe("fear", UNITS)["eyeWideLeft"]) / 2
    assert mixed["eyeWideLeft"] == pytest.approx(wanted)


def test_a_model_without_a_unit_cannot_draw_an_emotion() -> None:
    with pytest.raises(FaceModelError, match="the emotion surprise needs the unit browInnerUp"):
        blend_strengths({"surprise": 1.0}, ("jawOpen",))


def test_no_two_drawn_emotions_move_the_landmarks_alike() -> None:
    for one, other in itertools.combinations(EMOTIONS, 2):
        a, b = moved_mm(one).ravel(), moved_mm(other).ravel()
        assert a @ b / np.sqrt((a @ a) * (b @ b)) < 0.8, (one, other)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_drawn_emotion_is_clearly_visible(emotion: str) -> None:
    """The mean movement of the 51 landmarks of brows, eyes, nose and mouth."""
    assert np.linalg.norm(moved_mm(emotion), axis=1).mean() > 1.5
