"""Names of single movements, and how well they are seen."""

from __future__ import annotations

import re

import pytest

from analysis.face.models.movements import (
    CORRELATIONS,
    MOVEMENTS,
    NAMES,
    table_rows,
    units_named,
    visibility,
)
from analysis.face.models.units import UNITS
from tests.conftest import PROJECT


def test_every_unit_of_the_model_belongs_to_one_movement() -> None:
    units = [unit for movement in MOVEMENTS for unit in movement.units]
    assert sorted(units) == sorted(UNITS) == sorted(CORRELATIONS)


def test_no_name_stands_for_two_movements() -> None:
    assert len(NAMES) == sum(len(movement.names) for movement in MOVEMENTS)


def test_the_correlations_are_those_of_the_page_about_the_measurement() -> None:
    page = (PROJECT / "docs" / "measurement.md").read_text(encoding="utf-8")
    table = page.partition("| unit | calibrated |")[2].partition("\n\n")[0]
    measured = {unit: float(number) for unit, number in re.findall(r"^\| (\w+) \| ([\d.]+) \|", table, re.MULTILINE)}
    assert measured == CORRELATIONS


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


def test_the_lower_correlation_of_two_sides_decides() -> None:
    dimple = NAMES["AU14"]
    assert dimple.correlation == 0.06
    assert [visibility(number) for number in (0.6, 0.59, 0.4, 0.39)] == ["well", "weakly", "weakly", "hardly"]


def test_the_table_has_a_line_for_each_movement() -> None:
    rows = list(table_rows())
    assert len(rows) == 2 + len(MOVEMENTS)
    assert "| `mouthSmile` | `lip corner puller` | `AU12` | left, right | well | 0.84, 0.82 |" in rows
    assert "| `cheekPuff` | `cheek puff` | `AU34` |  | hardly | 0.07 |" in rows
