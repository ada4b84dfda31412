"""Shown values follow the measured ones calmly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from experiment.feedback.smoothing import Smooth, steady_number


def test_after_one_time_constant_63_percent_of_a_step_is_made() -> None:
    smooth = Smooth(np.array([0.0]), 0.0).follow(np.array([1.0]), 0.35, time_constant_s=0.35)

    assert_allclose(smooth.value, 1.0 - np.exp(-1.0))


def test_many_small_steps_in_time_make_the_same_as_one_large_one() -> None:
    """A constant input: the result depends on the time passed, not on how often it was measured."""
    often = Smooth(np.array([0.0]), 0.0)
    for time_s in np.linspace(0.0, 0.5, 51)[1:]:
        often = often.follow(np.array([1.0]), float(time_s), time_constant_s=0.35)
    once = Smooth(np.array([0.0]), 0.0).follow(np.array([1.0]), 0.5, time_constant_s=0.35)

    assert_allclose(often.value, once.value)


def test_after_a_long_gap_the_shown_value_is_the_measured_one() -> None:
    smooth = Smooth(np.array([0.2]), 0.0).follow(np.array([0.9]), 60.0, time_constant_s=0.35)

    assert_allclose(smooth.value, 0.9)


def test_a_measurement_out_of_order_changes_nothing() -> None:
    smooth = Smooth(np.array([0.2]), 5.0).follow(np.array([0.9]), 4.0, time_constant_s=0.35)

    assert smooth.value[0] == 0.2
    assert smooth.time_s == 5.0


def test_smoothing_cuts_jitter_to_less_than_half(rng: np.random.Generator) -> None:
    measured = 0.7 + rng.normal(scale=0.05, size=600)
    smooth = Smooth(np.array([0.7]), 0.0)
    shown = []
    for index, value in enumerate(measured):
        smooth = smooth.follow(np.array([value]), (index + 1) / 30.0, time_constant_s=0.35)
        shown.append(smooth.value[0])

    assert np.std(shown) < 0.5 * np.std(measured)


@pytest.mark.parametrize(("value", "expected"), [(71.4, 71), (71.79, 71), (71.9, 72), (69.0, 69), (70.3, 71)])
def test_the_number_on_the_screen_stays_until_the_value_is_clearly_another(value: float, expected: int) -> None:
    assert steady_number(71, value) == expected
