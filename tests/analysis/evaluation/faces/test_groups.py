"""Groups of people: one attribute changes, and all else stays."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from analysis.evaluation.faces.directions import MEAN_OLD, read_directions
from analysis.evaluation.faces.groups import MONK, groups, toned
from analysis.evaluation.faces.judging import QUICK, sitting
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator

NAMES = load_model().bases["units"].names
SITTER, PICTURES = sitting(Generator(), QUICK, 3)
SMILE = next(one for one in PICTURES if one.label == "happiness")
LOOK = {"skin", "lips", "wrinkles", "hair_colour", "brows", "beard", "headscarf"}


@pytest.mark.parametrize("group", groups(NAMES), ids=lambda group: group.name)
def test_only_the_attribute_of_the_group_changes(group) -> None:  # type: ignore[no-untyped-def]
    changed = group.change(SMILE, SITTER)

    same = dataclasses.replace(changed.scene, appearance=SMILE.scene.appearance)
    assert same == SMILE.scene
    before, after = (dataclasses.asdict(one.scene.appearance) for one in (SMILE, changed))
    assert {name for name in before if before[name] != after[name]} <= LOOK
    assert (changed.label, changed.frame) == (SMILE.label, SMILE.frame)
    moved = not np.array_equal(changed.expression, SMILE.expression)
    assert moved == (group.name == "palsy of one side")
    assert changed.glasses == (group.name == "glasses")


def test_each_group_but_one_sex_differs_from_the_reference() -> None:
    def description(photograph) -> tuple[object, ...]:  # type: ignore[no-untyped-def]
        identity, units = photograph.person.identity, photograph.expression
        return (photograph.scene, identity.round(9).tobytes(), units.tobytes(), photograph.glasses)

    everyone = groups(NAMES)
    alike = [one.name for one in everyone if description(one.change(SMILE, SITTER)) == description(SMILE)]
    assert alike == ["reference", "men"]  # sitter 3 is a man
    assert len({one.name for one in everyone}) == len(everyone)


def test_a_palsy_weakens_one_side_and_spares_the_middle() -> None:
    palsy = next(one for one in groups(NAMES) if one.name == "palsy of one side")
    weak, other = SITTER.weak_side, {"Left": "Right", "Right": "Left"}[SITTER.weak_side]
    after = dict(zip(NAMES, palsy.change(SMILE, SITTER).expression, strict=True))
    before = dict(zip(NAMES, SMILE.expression, strict=True))

    assert after[f"mouthSmile{weak}"] <= 0.2 * before[f"mouthSmile{weak}"]
    assert after[f"mouthSmile{other}"] == before[f"mouthSmile{other}"] > 0
    assert after["jawOpen"] == before["jawOpen"]


def test_tones_become_darker_step_by_step_and_keep_the_hue_of_their_swatch() -> None:
    skins = [np.array(toned(SMILE, SITTER, tone=tone).scene.appearance.skin) for tone in MONK]

    # Luminance; the third swatch is a little lighter than the second.
    light = [float(skin**2.2 @ (0.21, 0.72, 0.07)) for skin in skins]
    assert all(b < a for a, b in pairwise(light[2:]))
    assert max(light[:3]) - min(light[:3]) < 0.1
    swatch = np.array([int(MONK[8][k : k + 2], 16) for k in (0, 2, 4)]) / 255.0
    np.testing.assert_allclose(skins[7] / skins[7][0], swatch / swatch[0], atol=1e-3)


def test_age_and_sex_are_placed_whatever_the_person_was_drawn_with(rng: np.random.Generator) -> None:
    directions = read_directions()
    person = rng.normal(size=60)
    woman, man = (directions.placed(person, male=male, old=0.4) for male in (0.0, 1.0))
    old = directions.placed(man, male=1.0, old=1.0)

    np.testing.assert_allclose(man - woman, directions.sex, atol=1e-9)
    np.testing.assert_allclose(old - man, 0.6 * directions.age, atol=1e-9)
    np.testing.assert_allclose(directions.placed(woman, male=1.0, old=0.4), man, atol=1e-9)
    average = directions.placed(np.zeros(60), male=0.5, old=MEAN_OLD)
    np.testing.assert_allclose(average, 0.0, atol=1e-9)


def test_men_have_larger_jaws_and_the_old_longer_noses() -> None:
    """The file of directions belongs to the face model that ships."""
    model, directions = load_model(), read_directions()

    def width(identity: np.ndarray, a: int, b: int) -> float:
        points = model.neutral(identity)[model.landmark_vertices]
        return float(np.linalg.norm(points[a] - points[b]))

    woman, man = (directions.placed(np.zeros(60), male=male, old=0.3) for male in (0.0, 1.0))
    assert width(man, 4, 12) > width(woman, 4, 12) + 4.0
    young, old = (directions.placed(np.zeros(60), male=0.5, old=age) for age in (0.0, 1.0))
    assert width(old, 27, 33) > width(young, 27, 33)
