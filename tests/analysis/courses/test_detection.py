"""Learned limits of movements, and the crosstalk they expect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.courses.detection import NOISE_FACTOR, Limits, expected_crosstalk, learned_limits, limits_of
from analysis.courses.indices import course_indices
from analysis.courses.rise_fit import Rest, fit_rise, fit_rise_from_rest, rise_shares

TIMES_S = np.arange(-30, 60) / 30.0
RISE = 0.4 * rise_shares((TIMES_S - 0.5) / 0.4)


def test_the_threshold_is_the_larger_one_of_noise_and_least_rise() -> None:
    limits = Limits(least_rise=0.06)

    assert limits.threshold(0.01) == pytest.approx(0.06)
    assert limits.threshold(0.03) == pytest.approx(NOISE_FACTOR * 0.03)


def test_a_side_has_the_limits_of_its_unit_and_an_unknown_measure_the_usual_ones() -> None:
    assert "browInnerUp" in learned_limits()
    assert limits_of("mouthSmileLeft") == replace(learned_limits()["mouthSmile"], gain=None)
    assert limits_of("emotion_fear") == Limits()


def test_a_rise_that_another_unit_explains_is_not_a_movement() -> None:
    limits = Limits(crosstalk={"other": 0.6})
    measures = {"other": 0.1 + RISE}
    crosstalk = expected_crosstalk(limits, measures, TIMES_S, baseline_s=-1.0)

    def onset(values: np.ndarray) -> float | None:
        found = course_indices(TIMES_S, values, baseline_s=-1.0, duration_s=2.0, limits=limits, crosstalk=crosstalk)
        return found.onset_s

    assert crosstalk.max() == pytest.approx(0.6 * 0.4)
    assert onset(0.5 * RISE) is None
    assert onset(RISE) == pytest.approx(0.5, abs=0.03)
    assert expected_crosstalk(limits, {}, TIMES_S, baseline_s=-1.0).max() == 0.0


def test_noise_that_is_cut_off_at_0_does_not_make_the_onset_late() -> None:
    usual, corrected = [], []
    for seed in range(20):
        values = np.maximum(RISE + np.random.default_rng(seed).normal(0.0, 0.03, len(RISE)), 0.0)[:75]
        span = {"earliest_s": 0.0, "latest_s": 0.7}
        rest = Rest.of(values[TIMES_S[:75] < 0.0])
        assert rest is not None
        usual.append(fit_rise(TIMES_S[:75], values, **span).onset_s - 0.5)
        corrected.append(fit_rise_from_rest(TIMES_S[:75], values, rest=rest, **span).onset_s - 0.5)

    assert np.median(usual) > 0.0
    assert np.median(corrected) < np.median(usual) - 0.003


def test_a_rest_above_0_needs_no_correction() -> None:
    assert Rest.of(np.array([0.1, 0.2, 0.1])) is None


def test_a_peak_is_corrected_by_the_gain_of_its_unit() -> None:
    def corrected(limits: Limits) -> float | None:
        return course_indices(TIMES_S, RISE, baseline_s=-1.0, duration_s=2.0, limits=limits).corrected_peak

    assert corrected(Limits(gain=0.8)) == pytest.approx(0.5)
    assert corrected(Limits()) is None
