from __future__ import annotations

import numpy as np
import pytest

from analysis.face.appearance.common_change import common_change, scaled_appearance, scaled_units
from analysis.face.appearance.gradients import SHAPE
from analysis.face.appearance.population import population


def test_one_expression_cannot_be_separated_from_what_is_common() -> None:
    shares = {}
    for count in (1, 2, 6):
        labels = [str(k) for k in range(count)]
        found = common_change(labels, [np.ones(4)] * count, [None] * count)
        assert found is not None
        shares[count] = found.share

    assert shares == pytest.approx({1: 0.0, 2: 1 / 1.5, 6: 5 / 5.5})
    assert common_change([], [], []) is None


def test_takes_of_one_expression_count_once() -> None:
    units = [np.array([3.0, 0.0]), np.array([0.0, 5.0]), np.array([0.0, 2.0])]

    found = common_change(["smile", "frown", "frown"], units, [None] * 3)

    assert found is not None
    assert found.expressions == 2
    assert found.units.tolist() == [0.5, 0.5]
    assert found.appearance is None


def test_changes_of_any_strength_count_alike(rng: np.random.Generator) -> None:
    changes = [rng.normal(size=SHAPE), rng.normal(size=SHAPE)]

    found = common_change(["a", "b"], [np.ones(2)] * 2, [changes[0], 7.0 * changes[1]])

    assert found is not None
    assert found.appearance is not None
    assert np.allclose(found.appearance, sum(one / population().size(one) for one in changes) / 2)


def test_nothing_stays_nothing() -> None:
    assert not scaled_units(np.zeros(3)).any()
    assert not scaled_appearance(np.zeros(SHAPE)).any()
