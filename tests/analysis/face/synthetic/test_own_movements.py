"""Own movements of a person: within the region, the same on both sides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.models.emotions import without_side
from analysis.face.models.registry import load_model
from analysis.face.synthetic.own_movements import LARGEST, SHARE, STRONGEST, own_movements
from analysis.face.synthetic.people import Person, Photograph, draw_person, with_own_movements

MODEL = load_model()
NAMES = MODEL.bases["units"].names


def moved_by(unit: str, seed: int) -> dict[str, float]:
    """Return the units that one unit moves, without those that do not move."""
    row = own_movements(MODEL, np.random.default_rng(seed))[NAMES.index(unit)]
    return {name: float(strength) for name, strength in zip(NAMES, row, strict=True) if strength > 0}


def lively(seed: int) -> Person:
    person = draw_person("ann", len(MODEL.identity), np.random.default_rng(seed))
    return with_own_movements(person, MODEL)


@pytest.mark.parametrize(
    ("unit", "region"),
    [("browDownLeft", ("brow", "nose")), ("eyeWideRight", ("eye", "cheek")), ("jawOpen", ("mouth",))],
)
def test_a_unit_moves_others_of_its_region_and_side(unit: str, region: tuple[str, ...]) -> None:
    others = set(moved_by(unit, 3)) - {unit}

    assert others
    assert all(name.startswith(region) for name in others)
    wrong = "Right" if unit.endswith("Left") else "Left" if unit.endswith("Right") else "neither"
    assert not any(name.endswith(wrong) for name in others)


@pytest.mark.parametrize("seed", range(5))
def test_the_mixture_moves_the_landmarks_a_share_as_much_as_the_unit(seed: int) -> None:
    moved = moved_by("browDownLeft", seed)
    strength = moved.pop("browDownLeft")
    mixture = np.array([moved.get(name, 0.0) for name in NAMES]) / strength
    known = MODEL.landmark_vertices[MODEL.landmark_vertices >= 0]
    shapes = MODEL.bases["units"].shapes[:, known]

    size = np.linalg.norm(np.tensordot(mixture, shapes, axes=1)) / np.linalg.norm(shapes[NAMES.index("browDownLeft")])
    if mixture.max() < STRONGEST - 1e-9:
        assert_allclose(size, SHARE)
    else:
        assert 0 < size < SHARE


def test_no_unit_opens_the_jaw_or_moves_another_more_than_allowed() -> None:
    movements = own_movements(MODEL, np.random.default_rng(1))
    others = movements / np.diag(movements)[:, None] - np.eye(len(NAMES))

    assert others.min() >= 0
    assert others.max() <= STRONGEST + 1e-9
    assert (others[:, NAMES.index("jawOpen")] == 0).all()


def test_both_sides_are_alike() -> None:
    movements = own_movements(MODEL, np.random.default_rng(2))
    swapped = {"Left": "Right", "Right": "Left"}
    order = [
        NAMES.index(without_side(name) + swapped[name.removeprefix(without_side(name))])
        if without_side(name) != name
        else k
        for k, name in enumerate(NAMES)
    ]

    assert_allclose(movements[np.ix_(order, order)], movements)


def test_people_differ_and_the_same_person_always_moves_alike() -> None:
    one, same, other = lively(1).movements, lively(1).movements, lively(2).movements
    assert one is not None
    assert same is not None
    assert other is not None

    assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.1


def test_only_movements_and_folds_of_the_person_change() -> None:
    plain = draw_person("ann", len(MODEL.identity), np.random.default_rng(4))
    person = lively(4)

    assert person.scene.appearance.folds > 0
    look = dataclasses.replace(person.scene.appearance, folds=0.0)
    assert dataclasses.replace(person.scene, appearance=look) == plain.scene
    assert_array_equal(person.identity, plain.identity)


def test_the_face_shows_what_the_units_move() -> None:
    person = lively(5)
    assert person.movements is not None
    meant = np.zeros(len(NAMES))
    meant[NAMES.index("mouthSmileLeft")] = 0.7

    photograph = Photograph(person, "smile", meant, person.scene)

    moved = photograph.vertices_mm(MODEL) - MODEL.neutral(person.identity)
    shown = np.minimum(0.7 * person.movements[NAMES.index("mouthSmileLeft")], LARGEST)
    assert_allclose(moved, MODEL.displacement(shown), atol=1e-9)
    still = Photograph(person, "neutral", np.zeros(len(NAMES)), person.scene)
    assert_array_equal(still.vertices_mm(MODEL), MODEL.neutral(person.identity))
