"""Names of single movements, and how well they are seen."""

from __future__ import annotations

import pytest

from analysis.face.models.movements import (
    HARDLY_SEEN,
    MOVEMENTS,
    NAMED_UNITS,
    NAMES,
    VALIDITY,
    Validity,
    measure_title,
    table_rows,
    units_named,
    visibility,
)
from analysis.face.models.units import UNITS


def test_every_unit_of_the_model_belongs_to_one_movement() -> None:
    units = [unit for movement in MOVEMENTS for unit in movement.units]
    assert sorted(units) == sorted(UNITS) == sorted(VALIDITY)


def test_no_name_stands_for_two_movements() -> None:
    assert len(NAMES) == sum(len(movement.names) for movement in MOVEMENTS)


@pytest.mark.parametrize(
    ("name", "side", "units"),
    [
        ("AU12", None, ("mouthSmileLeft", "mouthSmileRight")),
        ("lip corner puller", "left", ("mouthSmileLeft",)),
        ("mouthSmile", "right", ("mouthSmileRight",)),
        ("mouthSmileRight", None, ("mouthSmileRight",)),
        ("AU1", None, ("browInnerUp",)),
    ],
)
def test_a_name_and_a_side_are_units(name: str, side: str | None, units: tuple[str, ...]) -> None:
    assert units_named(name, side) == units


def test_the_mean_correlation_of_two_sides_decides() -> None:
    smile = NAMES["AU12"]
    assert smile.correlation == (VALIDITY["mouthSmileLeft"].r + VALIDITY["mouthSmileRight"].r) / 2
    for movement in MOVEMENTS:
        assert len(HARDLY_SEEN & set(movement.units)) in (0, len(movement.units))
    assert [visibility(number) for number in (0.6, 0.59, 0.4, 0.39)] == ["well", "weakly", "weakly", "hardly"]


def test_smiles_are_seen_and_cheeks_are_not() -> None:
    assert {"cheekSquintLeft", "cheekSquintRight", "mouthShrugLower"} <= HARDLY_SEEN
    assert not {"mouthSmileLeft", "jawOpen", "browInnerUp", "browDownRight"} & HARDLY_SEEN


def test_a_unit_is_named_with_its_side_and_action_unit() -> None:
    assert set(NAMED_UNITS) == set(UNITS)
    smile, jaw = NAMED_UNITS["mouthSmileLeft"], NAMED_UNITS["jawLeft"]
    assert (smile.title, smile.side, smile.seen) == ("lip corner puller, left (AU12)", "left", "well")
    assert (jaw.title, jaw.side, jaw.movement.facs) == ("jaw to the left", "", "")
    assert NAMED_UNITS["browInnerUp"].title == "inner brow raiser (AU1)"
    assert {unit for unit, one in NAMED_UNITS.items() if one.seen == "hardly"} == HARDLY_SEEN


def test_a_measure_of_a_film_is_explained_in_captions() -> None:
    assert measure_title("mouthSmile") == "mouthSmile (lip corner puller, AU12)"
    assert measure_title("unit_mouthSmileLeft") == "unit_mouthSmileLeft (lip corner puller, left, AU12)"
    assert measure_title("jawLeft") == "jawLeft (jaw to the left)"
    assert measure_title("emotion_anger") == "emotion_anger"


def test_a_change_above_the_whole_range_is_none() -> None:
    seen = Validity(r=0.84, bias=-0.2, sdc=0.277)
    assert seen.text == "r 0.84, bias -0.20, smallest detectable change 0.28"
    unseen = Validity(r=0.1, bias=-0.4, sdc=2.8)
    assert (unseen.change_text, unseen.text) == ("none", "r 0.10, bias -0.40, no change is detectable")


def test_the_table_has_a_line_for_each_movement() -> None:
    rows = list(table_rows())
    assert len(rows) == 2 + len(MOVEMENTS)
    left, right = VALIDITY["mouthSmileLeft"], VALIDITY["mouthSmileRight"]
    numbers = f"{left.r:.2f}, {right.r:.2f} | {left.bias:.2f}, {right.bias:.2f} | {left.sdc:.2f}, {right.sdc:.2f}"
    assert f"| `mouthSmile` | `lip corner puller` | `AU12` | left, right | well | {numbers} |" in rows
