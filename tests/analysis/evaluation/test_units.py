from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.evaluation.members import Measuring
from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.units import unit_people
from analysis.evaluation.units.unit_page import sdc_text, unit_page, validity_rows
from analysis.evaluation.units.unit_people import NEUTRALS, REPETITIONS, MeasuredUnits, measure_units
from analysis.evaluation.units.unit_validity import unit_figures
from analysis.face.measurement import NEUTRAL
from analysis.face.models.movements import MOVEMENTS, NAMED_UNITS, NAMES, VALIDITY, VALIDITY_FILE
from analysis.face.models.units import UNITS
from analysis.face.synthetic.generators import Generator
from tests.conftest import PROJECT

SMILE = UNITS.index("mouthSmileLeft")


def sample(rng: np.random.Generator, *, people: int = 8, pictures: int = 60, noise: float = 0.05) -> MeasuredUnits:
    """Measured is half of the true strength, plus 0.1 and an offset of each person."""
    owner = np.repeat(np.arange(people), pictures)
    true = rng.uniform(0.1, 1, (len(owner), len(UNITS))) * (rng.random((len(owner), len(UNITS))) < 0.4)
    offset = rng.normal(0, 0.1, (people, 1))
    measured = 0.5 * true + 0.1 + (offset - offset.mean())[owner] + rng.normal(0, noise, true.shape)
    return MeasuredUnits("drawn", owner, true, measured, 3)


def test_slope_intercept_and_error_are_those_of_the_simulation(rng: np.random.Generator) -> None:
    one = list(unit_figures([sample(rng, people=40)]))[SMILE]

    assert (one.unit, one.people, one.pictures) == ("mouthSmileLeft", 40, 2400)
    assert one.slope == pytest.approx(0.5, abs=0.05)
    assert one.intercept == pytest.approx(0.1, abs=0.02)
    assert one.error == pytest.approx(0.05, abs=0.005)  # offsets of people do not count
    assert one.sdc == pytest.approx(1.96 * np.sqrt(2) * one.error / one.slope)
    assert one.bias == pytest.approx(0.5 * 0.55 + 0.1 - 0.55, abs=0.03)
    assert one.r_low < one.r < one.r_high < 1


def test_the_error_counts_pictures_with_and_without_the_movement_alike(rng: np.random.Generator) -> None:
    made = sample(rng, people=40, noise=0.0)
    moved = made.true > 0
    noisy = made.measured + np.where(moved, 0.1, 0.02) * rng.normal(size=moved.shape)

    one = list(unit_figures([replace(made, measured=noisy)]))[SMILE]

    assert one.error == pytest.approx(np.sqrt((0.1**2 + 0.02**2) / 2), abs=0.004)


def test_people_of_two_models_are_different_people(rng: np.random.Generator) -> None:
    first, second = sample(rng), sample(rng)

    (one, *_), (both, *_) = unit_figures([first]), unit_figures([first, second])

    assert (one.people, both.people, both.pictures) == (8, 16, 960)


def test_a_unit_that_is_not_followed_has_no_smallest_detectable_change(rng: np.random.Generator) -> None:
    made = sample(rng)
    one = list(unit_figures([replace(made, measured=-made.measured)]))[SMILE]

    assert one.sdc is None
    assert [sdc_text(value) for value in (None, 1.2, 0.314)] == ["none", "none", "0.31"]


def test_each_person_makes_every_movement_equally_often() -> None:
    name, photographs = unit_people._person(1, 10, UNITS)

    assert name == "units-1"
    assert [one.label for one in photographs[:NEUTRALS]] == [NEUTRAL] * NEUTRALS
    counts: Counter[str] = Counter()
    for one in photographs[NEUTRALS:]:
        strengths = dict(zip(UNITS, one.expression.tolist(), strict=True))
        shown = [movement for movement in MOVEMENTS if any(strengths[unit] for unit in movement.units)]
        counts.update(movement.unit for movement in shown)
        assert len(shown) <= unit_people.TOGETHER
        for movement in shown:
            values = {strengths[unit] for unit in movement.units} - {0.0}
            assert len(values) == 1
            assert 0.1 <= min(values) <= 1
    assert counts == {movement.unit: REPETITIONS for movement in MOVEMENTS}


def test_a_unit_that_a_model_has_on_two_sides_is_drawn_on_both() -> None:
    names = (*(unit for unit in UNITS if unit != "cheekPuff"), "cheekPuffLeft", "cheekPuffRight")

    values = unit_people._expression([NAMES["cheek puff"]], names, np.random.default_rng(0))

    left, right = (values[names.index(f"cheekPuff{side}")] for side in ("Left", "Right"))
    assert left == right > 0
    assert np.count_nonzero(values) == 2


@pytest.mark.slow  # draws and measures ten pictures
def test_drawn_people_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_people, "REPETITIONS", 1)
    monkeypatch.setattr(unit_people, "TOGETHER", 15)

    found = measure_units(PhotographStore(Generator(), tmp_path), Measuring("makehuman"), people=2)

    assert found.excluded + len(found.true) == 4
    assert found.true.shape == found.measured.shape
    assert 0 <= found.measured.min() < found.measured.max() <= 1


def test_the_page_has_a_line_for_each_unit_and_for_each_model(rng: np.random.Generator) -> None:
    samples = [sample(rng), replace(sample(rng), generator="ict")]
    figures = list(unit_figures(samples))

    page = unit_page(samples, figures, command="scripts/evaluate units")

    assert page.count("\n| `") == 2 * len(UNITS)
    assert "8 of drawn, 480 pictures, 3 not measured; 8 of ict" in page
    assert "| `mouthSmileLeft` | lip corner puller, left | AU12 | well |" in page
    row = next(one for one in validity_rows(figures) if one["unit"] == "mouthSmileLeft")
    assert (row["facs"], row["side"], row["people"]) == ("AU12", "left", 16)
    assert_allclose(float(str(row["slope"])), 0.5, atol=0.1)


def test_the_table_of_the_program_is_that_of_the_page() -> None:
    page = (PROJECT / "docs" / "results" / "units.md").read_text("utf-8").partition("## People")[0]
    with VALIDITY_FILE.open(encoding="utf-8", newline="") as file:
        rows = {row["unit"]: row for row in csv.DictReader(file)}

    assert sorted(rows) == sorted(UNITS) == sorted(VALIDITY)
    for unit, row in rows.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| `{unit}` |"))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[1:3] == [NAMED_UNITS[unit].name, row["facs"]]
        assert cells[4].split(" ")[0] == f"{float(row['r']):.2f}"
        assert cells[7] == f"{float(row['bias']):.2f}"
        assert cells[-1] == sdc_text(float(row["sdc"]) if row["sdc"] else None)
