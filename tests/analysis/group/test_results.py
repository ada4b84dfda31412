"""Corrections of p for several tests, against those of statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.group.results import benjamini_hochberg, holm


@pytest.mark.parametrize("seed", range(5))
def test_corrections_of_p_are_those_of_statsmodels(seed: int) -> None:
    p = np.random.default_rng(seed).uniform(0.0, 0.2, size=3 + 4 * seed)

    assert holm(p).tolist() == multipletests(p, method="holm")[1].tolist()
    assert benjamini_hochberg(p).tolist() == multipletests(p, method="fdr_bh")[1].tolist()


def test_a_corrected_p_is_at_most_one() -> None:
    assert holm(np.array([0.4, 0.9])).tolist() == [0.8, 0.9]
    assert holm(np.array([0.6, 0.9])).tolist() == [1.0, 1.0]
