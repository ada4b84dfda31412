"""Sessions by turns: when more late flips count as caused."""

from __future__ import annotations

import numpy as np
import pytest

from experiment.bench.late import Stretch
from experiment.bench.result import ResultPart
from experiment.bench.turns import compare_turns, paired_probability

PART = ResultPart("monitor")


def stretch(late: int, flips: int = 1000) -> Stretch:
    return Stretch(flips, late, late, np.full(flips, 1000 / 60))


@pytest.mark.parametrize(
    ("differences", "probability"),
    [
        ([0.0, 0.0, 0.0], 1.0),
        ([1.0, 1.0, 1.0, 1.0], 1 / 16),
        ([1.0, 1.0, 1.0, 1.0, 1.0], 1 / 32),
        ([-1.0, -1.0, -1.0], 1.0),
        ([3.0, 1.0, -1.0], 3 / 8),  # sums of 3 or more: 3+1+1, 3+1-1, 3-1+1
    ],
)
def test_turns_are_compared_by_the_signs_of_their_differences(differences: list[float], probability: float) -> None:
    assert paired_probability(differences) == pytest.approx(probability)


@pytest.mark.parametrize(("late", "met"), [(0, True), (4, False)])
def test_more_late_flips_in_every_turn_are_caused(late: int, met: bool) -> None:
    first, each, *_ = compare_turns(PART, "a monitor", [stretch(1 + late)] * 5, [stretch(1)] * 5, loads=[0.5, 9.0])

    assert first.met is met
    assert "load 0.5 to 9.0" in first.what
    assert each.measured.startswith(f"{1 + late}/1, ")


def test_a_few_turns_decide_nothing() -> None:
    first, second, *_ = compare_turns(PART, "a monitor", [stretch(9)] * 4, [stretch(1)] * 4, loads=[0.5])

    assert first.met is None
    assert second.measured == "not measured: give at least 5 turns"


def test_one_turn_with_many_late_flips_proves_nothing() -> None:
    """Another program was busy: late flips are not independent."""
    first, *_ = compare_turns(PART, "a monitor", [stretch(80), *[stretch(1)] * 4], [stretch(1)] * 5, loads=[9.0])

    assert first.met is True
