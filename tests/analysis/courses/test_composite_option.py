"""Composites that are named on the command line."""

from __future__ import annotations

import pytest

from analysis.courses.composite_option import parse_composites
from analysis.errors import DataSetError


def test_a_sum_of_units_with_signs_and_weights_is_a_composite() -> None:
    found = parse_composites(["smirk=mouthSmileLeft-0.5*mouthSmileRight", "gape = +2*jawOpen + jawOpen - browDown"])

    assert found == {
        "smirk": {"mouthSmileLeft": 1.0, "mouthSmileRight": -0.5},
        "gape": {"jawOpen": 3.0, "browDown": -1.0},
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["mouthSmile-browDown"], "expected NAME=SUM"),
        (["smirk="], "expected NAME=SUM"),
        (["smirk=mouthSmyle"], "mouthSmyle is not a unit; did you mean mouthSmile?"),
        (["smirk=mouthSmile*2"], r"expected a sum of units at \*2"),
        (["smirk=mouthSmile mouthSmile"], "mouthSmilemouthSmile is not a unit"),
        (["smirk=mouthSmile-mouthSmile"], "all weights are 0"),
        (["jawOpen=mouthSmile"], "jawOpen is the name of another measure"),
        (["emotion_joy=mouthSmile"], "the name of another measure"),
        (["a=jawOpen", "a=browDown"], "a is given twice"),
    ],
)
def test_a_wrong_sum_is_refused_with_its_place(options: list[str], message: str) -> None:
    with pytest.raises(DataSetError, match=message):
        parse_composites(options)
