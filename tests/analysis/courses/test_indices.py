"""Indices of a course: hand calculations, recovered truth, and what is not a movement."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.courses.indices import CourseIndices, course_indices, movement_crossing, running_median
from analysis.face.arrays import FloatArray
from analysis.face.synthetic.drawn_course import minimum_jerk

RATE_HZ = 30.0
TIMES_S = np.arange(-30, 120) / RATE_HZ


def course(delay_s: float, apex: float, *, noise: float = 0.0, seed: int = 0, rise_s: float = 0.5) -> FloatArray:
    """A movement that begins after a delay, and stays."""
    shown = np.array([minimum_jerk((time_s - delay_s) / rise_s) for time_s in TIMES_S])
    return 0.1 + apex * shown + noise * np.random.default_rng(seed).normal(size=len(TIMES_S))


def indices(values: FloatArray, times_s: FloatArray = TIMES_S) -> CourseIndices:
    return course_indices(times_s, values, baseline_s=-1.0, duration_s=4.0)


def test_the_indices_of_a_step_are_those_computed_by_hand() -> None:
    values = np.where((TIMES_S >= 1.0) & (TIMES_S < 2.0), 0.5, 0.1)

    found = indices(values)

    assert found.baseline == pytest.approx(0.1)
    assert found.noise == 0.0
    assert found.onset_s == pytest.approx(1.0, abs=1.5 / RATE_HZ)
    assert found.peak == pytest.approx(0.4)
    assert found.peak_s == pytest.approx(1.0, abs=1 / RATE_HZ)
    assert found.area == pytest.approx(0.4 * 1.0, abs=1e-6)
    assert found.share_active == pytest.approx(30 / 120)


@pytest.mark.parametrize("rise_s", [0.25, 0.5, 0.9])
@pytest.mark.parametrize("apex", [0.15, 0.4])
def test_the_onset_is_when_the_movement_leaves_rest_and_not_when_it_crosses_a_threshold(
    rise_s: float, apex: float
) -> None:
    found = [indices(course(1.0, apex, noise=0.01, seed=seed, rise_s=rise_s)) for seed in range(20)]

    errors = np.array([one.onset_s - 1.0 for one in found if one.onset_s is not None])
    assert len(errors) == 20
    assert abs(np.median(errors)) < 0.02
    assert np.percentile(np.abs(errors), 95) < 0.02 + 0.012 * rise_s / apex
    assert [one.peak for one in found] == pytest.approx([apex] * 20, abs=0.03)


def test_frames_that_a_blink_hides_at_the_onset_do_not_shift_it() -> None:
    kept = (TIMES_S < 0.95) | (TIMES_S > 1.2)

    found = [indices(course(1.0, 0.4, noise=0.005, seed=seed)[kept], TIMES_S[kept]).onset_s for seed in range(10)]

    assert found == pytest.approx([1.0] * 10, abs=0.06)


def test_a_second_larger_movement_does_not_change_the_onset_of_the_first() -> None:
    first = course(0.5, 0.2) - np.where(TIMES_S > 1.5, 0.2, 0.0)

    found = indices(first + course(2.5, 0.6) - 0.1)

    assert found.onset_s == pytest.approx(0.5, abs=0.02)
    assert found.peak == pytest.approx(0.6, abs=1e-3)


def test_a_movement_that_began_before_the_target_has_an_onset_of_0() -> None:
    assert indices(course(-0.1, 0.4)).onset_s == 0.0


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.1])
def test_noise_is_not_a_movement(noise: float) -> None:
    found = [indices(course(1.0, 0.0, noise=noise, seed=seed)).onset_s for seed in range(20)]

    assert found == [None] * 20


def test_a_movement_that_is_too_short_has_no_onset_and_the_next_one_has() -> None:
    values = np.zeros(len(TIMES_S))
    values[(TIMES_S >= 0.5) & (TIMES_S < 0.6)] = 1.0
    assert indices(values).onset_s is None

    values[(TIMES_S >= 2.0) & (TIMES_S < 3.0)] = 1.0
    assert indices(values).onset_s == pytest.approx(2.0, abs=1.5 / RATE_HZ)


def test_a_movement_before_the_target_is_part_of_the_baseline() -> None:
    values = np.where(TIMES_S < 0.5, 0.3, 0.0)

    found = indices(values)

    assert found.baseline == pytest.approx(0.3)
    assert found.onset_s is None
    assert found.area is not None
    assert found.area == pytest.approx(-0.3 * 3.5, abs=0.02)


def test_long_gaps_are_no_part_of_an_area_and_sustain_nothing() -> None:
    values = np.where(TIMES_S >= 0.0, 0.4, 0.0)
    kept = (TIMES_S < 1.0) | (TIMES_S >= 2.0)

    found = indices(values[kept], TIMES_S[kept])

    assert found.area == pytest.approx(0.4 * (29 + 59) / RATE_HZ)
    few = np.array([0.9, 0.95, 1.6, 1.65])
    assert movement_crossing(few, np.ones(4), 0.5) is None


@pytest.mark.parametrize(("kept", "reason"), [(TIMES_S >= -0.1, "no-baseline"), (TIMES_S < 0.1, "few-frames")])
def test_a_baseline_or_target_time_with_few_frames_gives_no_index(kept: np.ndarray, reason: str) -> None:
    assert indices(course(1.0, 0.4)[kept], TIMES_S[kept]) == CourseIndices(reason=reason)


def test_one_wrong_frame_is_not_the_peak() -> None:
    values = course(1.0, 0.4)
    values[60] = 1.0

    assert indices(values).peak == pytest.approx(0.4, abs=1e-3)
    assert running_median(np.array([0.0, 9.0, 0.0, 1.0, 1.0]), 3).tolist() == [4.5, 0.0, 1.0, 1.0, 1.0]
