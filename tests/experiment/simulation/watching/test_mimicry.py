"""Reactions to targets that are only watched: latency, strength, and none without mimicry."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from experiment.errors import SessionError
from experiment.simulation.watching.mimicry import LARGEST_GAIN, MimicryTraits, Reaction, check_gain, low_pass

RATE_HZ = 30.0
TRAITS = MimicryTraits(frequency=1.0, strength=0.5, latency_s=0.6, smoothing_s=0.1, sustained=1.0)


def reaction(*, gain: float = 1.0, seed: int = 1, traits: MimicryTraits = TRAITS) -> Reaction:
    return Reaction.draw(traits, 3, np.random.default_rng(seed), gain=gain)


def step(frames: int = 150) -> np.ndarray:
    """Return a target that shows its first unit at full strength and its second at half."""
    return np.tile([1.0, 0.5, 0.0], (frames, 1))


def test_a_low_pass_filter_reaches_63_percent_of_a_step_after_its_time_constant() -> None:
    filtered = low_pass(np.ones((100, 1)), 10.0)

    assert_allclose(filtered[9], 1 - np.exp(-1))
    assert filtered[-1] == pytest.approx(1.0, abs=1e-4)


def test_a_reaction_is_still_for_its_latency_and_then_rises_to_its_strength() -> None:
    one = reaction()
    course = one.course(step(), RATE_HZ)

    delay = round(one.latency_s * RATE_HZ)
    assert not course[:delay].any()
    assert (course[delay, :2] > 0).all()
    assert_allclose(course[-1], one.factors * [1.0, 0.5, 0.0], rtol=1e-3)


def test_a_reaction_ends_after_the_target() -> None:
    target = np.vstack([step(60), np.zeros((120, 3))])

    course = reaction().course(target, RATE_HZ)

    assert course[60:].max() > 0.2
    assert course[-1].max() < 1e-3


def test_a_reaction_to_a_picture_weakens_to_the_sustained_share() -> None:
    traits = MimicryTraits(1.0, 0.5, 0.6, 0.1, sustained=0.4)
    one = reaction(traits=traits)

    course = one.course(step(900), RATE_HZ)

    assert course[-1, 0] == pytest.approx(0.4 * one.factors[0], rel=1e-3)
    assert course[:, 0].max() > 1.5 * course[-1, 0]


def test_a_person_without_mimicry_does_not_react_and_draws_the_same_numbers() -> None:
    rng, other = np.random.default_rng(1), np.random.default_rng(1)
    with_mimicry = Reaction.draw(TRAITS, 3, rng, gain=1.0)
    without = Reaction.draw(TRAITS, 3, other, gain=0.0)

    assert not without.course(step(), RATE_HZ).any()
    assert with_mimicry.reacts
    assert with_mimicry.latency_s == without.latency_s
    assert rng.random() == other.random()


def test_the_gain_multiplies_a_reaction() -> None:
    usual, weak = (reaction(gain=gain).course(step(), RATE_HZ) for gain in (1.0, 0.5))

    assert_allclose(weak, usual / 2)


def test_people_differ_as_documented() -> None:
    people = [MimicryTraits.of(seed) for seed in range(500)]

    assert np.mean([one.frequency for one in people]) == pytest.approx(0.67, abs=0.03)
    assert np.median([one.strength for one in people]) == pytest.approx(0.32, abs=0.03)
    latencies = np.array([one.latency_s for one in people])
    assert np.median(latencies) == pytest.approx(0.65, abs=0.03)
    assert latencies.min() >= 0.35
    assert latencies.max() <= 1.2
    assert MimicryTraits.of(3) == people[3]


def test_a_person_reacts_in_the_share_of_trials_of_their_traits() -> None:
    traits = MimicryTraits(0.3, 0.5, 0.6, 0.1, 0.5)

    reacted = [reaction(seed=seed, traits=traits).reacts for seed in range(1000)]

    assert np.mean(reacted) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("gain", [0.0, 0.5, LARGEST_GAIN])
def test_allowed_gains(gain: float) -> None:
    assert check_gain(gain) == gain


@pytest.mark.parametrize("gain", [-0.1, LARGEST_GAIN + 0.1, float("nan"), float("inf")])
def test_other_gains_are_refused_with_the_range(gain: float) -> None:
    with pytest.raises(SessionError, match="is not between 0 and 3; 0 is a person who does not mimic"):
        check_gain(gain)
