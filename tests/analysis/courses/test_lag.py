"""Lag of one face behind another: known lags are found, independent movers are not taken for followers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analysis.courses.lag.lag_interval import lag_interval, small_sample_factor
from analysis.courses.lag.lagged_correlation import Lag, common_grid, find_lag, profile_of, profiles_of
from analysis.courses.lag.movements import Movement, congruency, movement, on_grid, shifted, unit_coordinates
from analysis.courses.lag.pseudo_pairs import arrange, compare
from analysis.courses.lag.trial_lags import Pair, trial_lags
from analysis.courses.target_course import strength_mm
from analysis.face.arrays import FloatArray
from analysis.face.models.registry import load_model

SHOWN_S = 4.0
LEADER_S = np.arange(0.0, SHOWN_S, 1 / 60)
FILM_S = np.arange(-1.0, SHOWN_S + 2.0, 1 / 30)
DIRECTIONS = np.eye(5)
Rng = np.random.Generator


def rise_and_fall(time_s: FloatArray) -> FloatArray:
    """Rest, minimum-jerk onset from 0.5 to 1 s, hold, offset from 2.5 to 3.2 s."""

    def ramp(part: FloatArray) -> FloatArray:
        clipped = np.clip(part, 0.0, 1.0)
        return np.asarray(clipped**3 * (10 - 15 * clipped + 6 * clipped**2))

    return ramp((time_s - 0.5) / 0.5) - ramp((time_s - 2.5) / 0.7)


def leader(direction: FloatArray) -> Movement:
    return movement(LEADER_S, 4.0 * rise_and_fall(LEADER_S)[:, None] * direction)


def follower(rng: Rng, direction: FloatArray, *, lag_s: float, gain: float = 2.0, noise: float = 0.1) -> Movement:
    course = gain * rise_and_fall(FILM_S - lag_s)[:, None] * direction
    drift = np.cumsum(rng.normal(size=(len(FILM_S), 5)), axis=0) / np.sqrt(len(FILM_S))
    return movement(FILM_S, course + noise * (rng.normal(size=drift.shape) + drift), baseline_s=-1.0)


@pytest.mark.parametrize("lag_s", [-0.8, -0.25, 0.0, 0.017, 0.4, 1.1])
def test_a_known_lag_is_found_with_its_sign(lag_s: float, rng: Rng) -> None:
    found = find_lag(follower(rng, DIRECTIONS[0], lag_s=lag_s), leader(DIRECTIONS[0]))

    assert found.lag_s == pytest.approx(lag_s, abs=0.03)
    assert found.correlation is not None
    assert found.correlation > 0.7
    assert found.share_active == 1.0


def test_the_interval_contains_the_known_lag_about_as_often_as_it_says(rng: Rng) -> None:
    inside = []
    for _ in range(12):
        lag_s = float(rng.uniform(-0.2, 1.0))
        face = follower(rng, DIRECTIONS[1], lag_s=lag_s, noise=0.2)
        grid = common_grid(face, leader(DIRECTIONS[1]), max_lag_s=1.5)
        assert grid is not None
        found = find_lag(face, leader(DIRECTIONS[1]), max_lag_s=1.5)
        assert found.lag_s is not None
        interval = lag_interval(grid, found.lag_s, rng)
        assert interval is not None
        inside.append(interval[0] <= lag_s <= interval[1])

    assert np.mean(inside) >= 0.8


def test_intervals_from_few_blocks_are_wider() -> None:
    """Eight blocks: root of 8 / 6 times the 0.975 quantiles 2.447 (t, 6 degrees of freedom) and 1.960 (normal)."""
    assert small_sample_factor(8) == pytest.approx(np.sqrt(8 / 6) * 2.447 / 1.960, abs=1e-3)
    assert small_sample_factor(1000) == pytest.approx(1.0, abs=0.01)


def test_several_followers_have_the_profiles_that_each_has_alone(rng: Rng) -> None:
    faces = [follower(rng, DIRECTIONS[0], lag_s=lag_s) for lag_s in (0.1, 0.6)]
    grids = [common_grid(face, leader(DIRECTIONS[0]), max_lag_s=1.0) for face in faces]
    first, second = (grid for grid in grids if grid is not None)
    main_only = replace(first, leader=first.leader[:, :1])  # the leader does not move in the other coordinates

    together = list(profiles_of(main_only, np.stack([first.follower, second.follower])))

    for alone, found in zip((profile_of(first), profile_of(second)), together, strict=True):
        np.testing.assert_allclose(found.correlations, alone.correlations, atol=1e-9)
        np.testing.assert_allclose(found.share_active, alone.share_active)


def test_a_lag_at_the_limit_is_not_a_lag(rng: Rng) -> None:
    found = find_lag(follower(rng, DIRECTIONS[0], lag_s=1.0), leader(DIRECTIONS[0]), max_lag_s=0.5)

    assert (found.lag_s, found.reason) == (None, "at-limit")


def test_a_face_at_rest_does_not_agree_with_anything(rng: Rng) -> None:
    still = follower(rng, DIRECTIONS[0], lag_s=0.0, gain=0.0)

    assert find_lag(still, leader(DIRECTIONS[0])).reason == "no-movement"
    resting = movement(LEADER_S, 0.05 * rng.normal(size=(len(LEADER_S), 5)))
    assert find_lag(still, resting).reason == "leader-still"
    assert find_lag(still, Movement(LEADER_S[:3], resting.change[:3], 0.6)).reason == "few-frames"


def test_a_movement_in_the_opposite_direction_is_no_agreement(rng: Rng) -> None:
    opposite = follower(rng, -DIRECTIONS[0], lag_s=0.0)

    found = find_lag(opposite, leader(DIRECTIONS[0]), max_lag_s=0.3)

    assert found.reason in ("no-agreement", "at-limit")
    assert found.lag_s is None


def test_windows_that_a_long_gap_touches_are_not_compared(rng: Rng) -> None:
    face = follower(rng, DIRECTIONS[0], lag_s=0.3)
    grid = common_grid(face, leader(DIRECTIONS[0]), max_lag_s=1.0)
    assert grid is not None
    kept = (face.time_s < 0.6) | (face.time_s > 1.9)
    gap = common_grid(Movement(face.time_s[kept], face.change[kept], face.least), leader(DIRECTIONS[0]), max_lag_s=1.0)
    assert gap is not None

    assert np.isfinite(profile_of(grid).correlations).all()
    assert np.isnan(profile_of(gap).correlations).any()


def test_short_gaps_are_bridged_and_long_ones_are_not() -> None:
    face = Movement(np.array([0.0, 0.4, 1.0, 1.1]), np.array([[0.0], [4.0], [6.0], [7.0]]), 0.1)

    values = on_grid(face, np.array([-0.1, 0.0, 0.1, 0.4, 0.7, 1.05, 1.2]))[:, 0]

    assert values[[1, 2, 3, 5]] == pytest.approx([0.0, 1.0, 4.0, 6.5])
    assert np.isnan(values[[0, 4, 6]]).all()


def test_the_same_movement_later_has_a_lag_larger_by_that_time(rng: Rng) -> None:
    face = follower(rng, DIRECTIONS[2], lag_s=0.2, noise=0.0)
    early, late = (find_lag(one, leader(DIRECTIONS[2])).lag_s for one in (face, shifted(face, 0.25)))

    assert early is not None
    assert late == pytest.approx(early + 0.25, abs=0.01)


def people(rng: Rng, move: Callable[[int], Movement], trials: int = 20) -> list[Pair]:
    return [Pair(f"t-{k}", f"target-{k % 5}", move(k % 5), leader(DIRECTIONS[k % 5])) for k in range(trials)]


def strengths(pairs: list[Pair]) -> tuple[FloatArray, list[float]]:
    lags, listed = trial_lags(pairs, intervals=False)
    strength = {(one.trial_id, one.course): one.lag.strength for one in listed}
    table = np.array([[strength[pair.trial_id, f"target-{k}"] for k in range(5)] for pair in pairs])
    return table, [one.own_trials.p for one in lags if one.own_trials.p is not None]


def test_people_who_move_independently_are_rarely_taken_for_followers(rng: Rng) -> None:
    """Random movements in random directions at random times, as often as the targets'."""

    def moves(_: int) -> Movement:
        return follower(rng, DIRECTIONS[rng.integers(5)], lag_s=float(rng.uniform(-1, 3)))

    by_trial, by_person = [], []
    for _ in range(10):
        table, found = strengths(people(rng, moves))
        by_trial += found
        by_person.append(arrange(table, np.arange(20) % 5, rng).p)

    assert len(by_trial) == 200
    assert np.mean(np.array(by_trial) <= 0.05) <= 0.08  # 5 % and sampling error of 200 trials
    assert sum(p is not None and p <= 0.05 for p in by_person) <= 2


def test_a_person_who_follows_is_found(rng: Rng) -> None:
    def follows(target: int) -> Movement:
        return follower(rng, DIRECTIONS[target], lag_s=0.5, gain=1.5)

    table, by_trial = strengths(people(rng, follows))
    found = arrange(table, np.arange(20) % 5, rng)

    assert found.p is not None
    assert found.p < 0.001
    assert np.mean(np.array(by_trial) <= 0.07) > 0.5  # 16 pseudo-pairs: the smallest p is 1/17


def test_trials_of_the_same_target_are_not_a_null_distribution(rng: Rng) -> None:
    pairs = [Pair(f"t-{k}", "one", follower(rng, DIRECTIONS[0], lag_s=0.3), leader(DIRECTIONS[0])) for k in range(4)]

    lags, listed = trial_lags(pairs, intervals=False)

    assert [(one.own_trials.pairs, one.own_trials.p) for one in lags] == [(0, None)] * 4
    assert all(one.is_real for one in listed)
    assert arrange(np.ones((4, 1)), np.zeros(4, dtype=np.int64), rng).p is None


def test_the_p_of_a_pair_counts_the_pair_itself() -> None:
    found = compare(0.9, [0.1, 0.2, 0.95])

    assert (found.pairs, found.median, found.p) == (3, 0.2, 0.5)
    assert compare(0.9, []).p is None


def test_a_still_target_has_no_lag_and_a_reason(rng: Rng) -> None:
    (found,), listed = trial_lags([Pair("t", "still", follower(rng, DIRECTIONS[0], lag_s=0.1), None, "still-target")])

    assert found.lag == Lag(reason="still-target")
    assert found.index_s is None
    assert listed == []


def test_congruency_is_the_cosine_of_mean_movements_without_rest(rng: Rng) -> None:
    target = leader(DIRECTIONS[0])

    def of(direction: FloatArray, gain: float = 2.0) -> float | None:
        face = follower(rng, direction, lag_s=0.2, gain=gain, noise=0.02)
        return congruency(face, target, duration_s=SHOWN_S)

    assert of(DIRECTIONS[0]) == pytest.approx(1.0, abs=0.02)
    assert of(-DIRECTIONS[0]) == pytest.approx(-1.0, abs=0.02)
    assert of(DIRECTIONS[1]) == pytest.approx(0.0, abs=0.05)
    assert of(DIRECTIONS[0] + DIRECTIONS[1]) == pytest.approx(np.sqrt(0.5), abs=0.05)
    assert of(DIRECTIONS[0], gain=0.0) is None


@pytest.mark.parametrize(("frames", "is_defined"), [(5, False), (6, True)])
def test_a_few_frames_of_a_blink_have_no_congruency(frames: int, *, is_defined: bool) -> None:
    change = np.zeros((len(FILM_S), 5))
    change[60 : 60 + frames, 0] = 2.0

    found = congruency(Movement(FILM_S, change, 0.6), leader(DIRECTIONS[0]), duration_s=SHOWN_S)

    assert (found is not None) == is_defined


def test_the_length_of_a_movement_is_its_strength_in_millimetres(rng: Rng) -> None:
    model = load_model()
    names = model.bases[model.finest_basis].names
    units = rng.uniform(size=len(names)) * np.array([not name.startswith("eyeBlink") for name in names])
    lids = np.array([float(name.startswith("eyeBlink")) for name in names])

    assert np.linalg.norm(units @ unit_coordinates(model)) == pytest.approx(strength_mm(units, model), rel=1e-6)
    assert np.linalg.norm(lids @ unit_coordinates(model)) == pytest.approx(0.0, abs=1e-6)
