from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from analysis.face.models.model import REGIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.coefficients import coefficient_similarity, left_right_pairs, unit_regions
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = toy_model()


def test_similarity_is_the_cosine_of_the_strengths() -> None:
    a = measured(MODEL, {"jawOpen": 0.3, "browInnerUp": 0.4}).score_fit
    b = measured(MODEL, {"jawOpen": 0.4, "browInnerUp": 0.3}).score_fit

    assert_allclose(coefficient_similarity(a, b), 0.24 / 0.25)


def test_half_the_strength_is_the_same_expression() -> None:
    full, half = ({"mouthSmileLeft": s, "mouthSmileRight": s, "cheekPuff": 0.2 * s} for s in (0.9, 0.45))

    assert_allclose(coefficient_similarity(measured(MODEL, full).score_fit, measured(MODEL, half).score_fit), 1)


def test_other_units_share_nothing() -> None:
    one, other = measured(MODEL, {"jawOpen": 1}).score_fit, measured(MODEL, {"browInnerUp": 1}).score_fit

    assert coefficient_similarity(one, other) == 0.0


def test_a_pair_is_a_left_and_a_right_unit_of_one_name() -> None:
    assert left_right_pairs(("jawLeft", "browDownRight", "browInnerUp", "jawRight", "browDownLeft")) == [(0, 3), (4, 1)]
    assert left_right_pairs(("jawLeft",)) == []


@pytest.mark.parametrize(
    ("unit", "region"),
    [("browInnerUp", "brows"), ("eyeBlinkLeft", "eyes"), ("mouthFunnel", "mouth"), ("noseSneerLeft", "nose")],
)
def test_a_unit_moves_the_region_it_is_named_after_most(unit: str, region: str) -> None:
    model = load_model()
    number = model.bases["units"].names.index(unit)

    shares = {name: share[number] for name, share in unit_regions(model).items()}

    assert set(shares) == set(REGIONS)
    assert max(shares, key=lambda name: shares[name]) == region
    assert min(shares.values()) >= 0
    assert sum(shares.values()) <= 1 + 1e-9
