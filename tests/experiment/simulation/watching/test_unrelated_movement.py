"""Blinks, gaze, head and mouth of a watching person, at any time of a trial."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.simulation.watching.unrelated_movement import (
    Habits,
    UnrelatedMovement,
    head_positions,
    unrelated_movement,
)
from tests.experiment.simulation.rehearsing import small_person

RATE_HZ, FRAMES = 30.0, 360


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def trials(model: FaceModel) -> list[tuple[Habits, UnrelatedMovement]]:
    """Five trials of each of sixty people."""
    units = model.bases["units"].names
    return [
        (Habits.of(seed), unrelated_movement(small_person(seed, model), units, FRAMES, rate_hz=RATE_HZ, trial=trial))
        for seed in range(60)
        for trial in range(5)
    ]


def blinks(lids: np.ndarray) -> list[int]:
    """Return the numbers of frames of all blinks."""
    return [len(list(frames)) for closed, frames in groupby(lids > 0) if closed]


def test_people_blink_8_to_21_times_a_minute_for_100_to_400_ms(trials: list[tuple[Habits, UnrelatedMovement]]) -> None:
    minutes = len(trials) * FRAMES / RATE_HZ / 60
    rate = sum(len(blinks(moved.lids)) for _, moved in trials) / minutes
    assert 12 < rate < 17
    inside = [count for _, moved in trials for count in blinks(moved.lids[30:-30])]
    assert 0.1 <= np.median(inside) / RATE_HZ <= 0.4
    assert max(moved.lids.max() for _, moved in trials) == 0.95


def test_blinks_come_at_any_time_of_a_trial(trials: list[tuple[Habits, UnrelatedMovement]]) -> None:
    closed = np.mean([moved.lids > 0 for _, moved in trials], axis=0)

    thirds = closed.reshape(3, -1).mean(axis=1)
    assert thirds.max() / thirds.min() < 1.35


def test_one_person_in_five_murmurs_and_opens_the_mouth_without_a_target(
    trials: list[tuple[Habits, UnrelatedMovement]], model: FaceModel
) -> None:
    jaw = model.bases["units"].names.index("jawOpen")
    speaks = [habits.murmurs_per_min > 0 for habits, _ in trials]
    opened = [bool(moved.units[:, jaw].any()) for _, moved in trials]

    assert 0.08 < np.mean([Habits.of(seed).murmurs_per_min > 0 for seed in range(60)]) < 0.35
    assert any(opened)
    assert not any(is_open for is_open, murmurs in zip(opened, speaks, strict=True) if not murmurs)


def test_the_same_trial_has_the_same_movements_and_another_one_has_others(model: FaceModel) -> None:
    person, units = small_person(1, model), model.bases["units"].names
    one, again, other = (unrelated_movement(person, units, 3000, rate_hz=RATE_HZ, trial=trial) for trial in (7, 7, 8))

    for name in ("lids", "units", "poses", "gaze"):
        assert np.array_equal(getattr(one, name), getattr(again, name)), name
        assert not np.array_equal(getattr(one, name), getattr(other, name)), name


def test_the_head_begins_at_rest_and_moves_in_small_steps(model: FaceModel) -> None:
    person = small_person(1, model)
    path = head_positions(person)

    assert path[0] == person.scene.pose
    turns = np.array([[pose.yaw_deg, pose.pitch_deg, pose.roll_deg] for pose in (*path, path[0])])
    assert 0.1 < np.ptp(turns, axis=0).max() < 6.0
    assert np.abs(np.diff(turns, axis=0)).max() < 1.0
