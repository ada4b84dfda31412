from __future__ import annotations

import numpy as np
import pytest

from analysis.evaluation.designs.design_page import design_page
from analysis.evaluation.designs.design_rounds import EFFECT, NULL, Counted, DesignTask, judge_designs
from analysis.evaluation.designs.simulated_trials import PACE, Truth, simulated_sample
from analysis.group.contrasts import participant_means


def test_each_test_and_interval_is_counted_once_a_study() -> None:
    counted = judge_designs(DesignTask(participants=5, rounds=2, seed=1))

    names = {NULL: 8, EFFECT: 7}  # mixed models of the first study
    for kind, expected in names.items():
        assert len({one.statistic for one in counted if one.kind == kind}) == expected
    assert all(one.rounds <= 2 and one.times <= one.rounds for one in counted)
    assert next(one for one in counted if one.statistic == "analysis of covariance").rounds == 2


def test_the_truth_is_what_a_large_study_has() -> None:
    truth, rng = Truth(), np.random.default_rng(4)
    trials = simulated_sample(rng, 3000, truth).trials
    means = [participant_means(trials[trials[PACE.name] == level]) for level in ("slow", "fast")]
    difference = means[0] - means[1]

    assert difference.mean() / difference.std() == pytest.approx(truth.dz, abs=0.05)
    groups = [participant_means(trials[trials["group_training"] == level]) for level in ("live", "control")]
    spread = np.sqrt((groups[0].var() + groups[1].var()) / 2)
    assert (groups[0].mean() - groups[1].mean()) / spread == pytest.approx(truth.g, abs=0.08)


def test_the_page_has_shares_with_intervals() -> None:
    page = design_page([Counted(NULL, "t test", 5, 5, 100), Counted(EFFECT, "dz", 5, 95, 100)], command="c")

    assert "| t test | 5.0 (1.6–11.3) |" in page
    assert "| dz | 95.0 (88.7–98.4) |" in page
