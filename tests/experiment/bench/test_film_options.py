"""Which parts `scripts/bench film` measures."""

from __future__ import annotations

import pytest

from experiment.bench.film import PARTS, arguments


@pytest.mark.parametrize(
    ("given", "amounts"),
    [
        ([], (10, 3000, 1, 0.5)),
        (["--hour"], (100, 10_000, 10, 60.0)),
        (["--hour", "--kills", "7"], (7, 10_000, 10, 60.0)),
        (["--kills", "100"], (100, 0, 0, 0)),
        (["--numbered"], (0, 10_000, 0, 0)),
        (["--late"], (0, 0, 10, 0)),
        (["--late", "2", "--minutes", "0.2"], (0, 0, 2, 0.2)),
    ],
)
def test_the_option_of_a_part_leaves_the_other_parts_out(given: list[str], amounts: tuple[float, ...]) -> None:
    options = arguments(given)

    assert tuple(getattr(options, name) for name in PARTS) == amounts
