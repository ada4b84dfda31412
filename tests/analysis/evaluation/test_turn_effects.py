"""Learning of the effect of head rotation on appearance."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.evaluation.turn_effects import TurnedPair, turn_effect_of
from analysis.face.appearance.turn_effect import HALF, TurnEffect


@pytest.fixture(scope="module")
def learned() -> TurnEffect:
    """From pairs with a known effect: expressions of variance 4, an error of variance 1 at 15 degrees, 9 chin down."""
    rng = np.random.default_rng(3)
    pairs = []
    for _ in range(1500):
        yaw, pitch = rng.uniform(-20.0, 20.0, 2).tolist()
        side, chin = yaw / 15.0, pitch / 15.0
        facing = np.stack([1.0 + 2.0 * rng.normal(size=HALF), 2.0 * rng.normal(size=HALF)])
        spread = np.sqrt(side**2 + chin**2 * (1.0 if chin > 0 else 9.0))
        effect = np.array([[0.5 * side**2 + 0.8 * chin - 0.3 * chin**2], [0.7 * side - 0.4 * side * chin]])
        pairs.append(TurnedPair(facing, facing + effect + spread * rng.normal(size=(2, HALF)), (yaw, pitch)))
    return turn_effect_of(pairs)


def test_the_average_effect_is_recovered(learned: TurnEffect) -> None:
    np.testing.assert_allclose(learned.effect.mean(axis=1), [0.5, 0.8, -0.3, 0.7, -0.4], atol=0.03)
    assert learned.mean.mean() == pytest.approx(1.0, abs=0.02)


def test_the_variances_are_recovered(learned: TurnEffect) -> None:
    """A picture turned in both directions has errors of both, so that each kind contains some of the other."""
    whole = (learned.variances + (learned.factors**2).sum(axis=2)).mean(axis=2)
    assert whole[:, 0] == pytest.approx([4.0, 4.0], rel=0.03)
    assert whole[:, 2] == pytest.approx([1.0, 1.0], rel=0.05)
    assert (whole[:, 3] > 6.0).all()
    assert (whole[:, 1] < 4.0).all()
