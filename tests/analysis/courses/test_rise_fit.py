"""The rise that is fitted to a movement."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.courses.rise_fit import date_rise, fit_rise, rise_shares
from analysis.face.synthetic.drawn_course import minimum_jerk

TIMES_S = np.arange(-30, 60) / 30.0


def test_the_function_of_the_rise_is_that_of_drawn_courses() -> None:
    progress = np.linspace(-0.5, 1.5, 21)

    assert rise_shares(progress) == pytest.approx([minimum_jerk(one) for one in progress.tolist()], abs=1e-12)


@pytest.mark.parametrize(("onset_s", "duration_s", "amplitude"), [(0.31, 0.2, 0.1), (0.5, 0.5, 0.6), (0.05, 1.4, 0.9)])
def test_an_exact_rise_is_recovered(onset_s: float, duration_s: float, amplitude: float) -> None:
    values = 0.02 + amplitude * rise_shares((TIMES_S - onset_s) / duration_s)

    found = fit_rise(TIMES_S, values, earliest_s=0.0, latest_s=onset_s + duration_s / 2)

    assert found.onset_s == pytest.approx(onset_s, abs=0.01)
    assert found.duration_s == pytest.approx(duration_s, rel=0.05)
    assert found.amplitude == pytest.approx(amplitude, rel=0.01)


def test_single_wrong_frames_hardly_move_the_onset() -> None:
    values = 0.4 * rise_shares((TIMES_S - 0.5) / 0.5) + 0.003 * np.random.default_rng(1).normal(size=len(TIMES_S))
    values[[38, 42, 70]] += 0.3

    found = fit_rise(TIMES_S, values, earliest_s=0.0, latest_s=0.7)

    assert found.onset_s == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("onset_s", "duration_s"), [(0.31, 0.2), (0.5, 0.5), (0.2, 0.9)])
def test_a_rise_with_little_noise_is_dated_exactly(onset_s: float, duration_s: float) -> None:
    values = 0.5 * rise_shares((TIMES_S - onset_s) / duration_s)
    values += 0.001 * np.random.default_rng(2).normal(size=len(TIMES_S))

    found = date_rise(TIMES_S, values, latest_s=onset_s + duration_s / 2)

    assert found.onset_s == pytest.approx(onset_s, abs=0.015)
    assert found.amplitude == pytest.approx(0.5, rel=0.02)
    assert found.reaches_s(0.5) == pytest.approx(onset_s + duration_s / 2, abs=0.02)


def test_the_mean_over_all_rises_is_nearer_to_the_onset_of_a_weak_movement_than_the_best_rise() -> None:
    rng, best, mean = np.random.default_rng(7), [], []
    for _ in range(40):
        onset_s, duration_s = rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.8)
        values = 0.3 * rise_shares((TIMES_S - onset_s) / duration_s) + rng.normal(0.0, 0.04, len(TIMES_S))
        latest_s = onset_s + 0.5 * duration_s
        best.append(fit_rise(TIMES_S, values, earliest_s=0.0, latest_s=latest_s).onset_s - onset_s)
        mean.append(date_rise(TIMES_S, values, latest_s=latest_s).onset_s - onset_s)

    assert np.square(mean).mean() < 0.8 * np.square(best).mean()


def test_a_rise_at_the_onset_of_the_target_can_be_dated() -> None:
    assert date_rise(TIMES_S, 0.5 * rise_shares(TIMES_S / 0.2), latest_s=0.0).onset_s == 0.0
