"""Imitations: course, strength, differences between people and imitations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import drawn_target_units
from experiment.protocol.plan import Target
from experiment.simulation.imitation import Imitator, habits
from experiment.simulation.movement import Timing, idle_sequence, minimum_jerk, neutral_sequence, release_sequence
from experiment.simulation.person import SimulatedPerson, Skill, draw_simulated_person
from experiment.simulation.target_units import target_units
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def person(model: FaceModel) -> SimulatedPerson:
    return draw_simulated_person(3, model)


def test_a_movement_starts_and_ends_at_rest_and_is_half_way_at_half_time() -> None:
    course = minimum_jerk(np.linspace(0, 1, 101))

    assert course[0] == 0
    assert course[50] == pytest.approx(0.5)
    assert course[100] == 1
    assert np.all(np.diff(course) >= 0)
    assert course[1] < 2e-5
    assert 1 - course[99] < 2e-5


def target(blend: dict[str, float], model: FaceModel) -> FloatArray:
    return drawn_target_units(blend, model.bases["units"].names)


def imitator(person: SimulatedPerson, model: FaceModel) -> Imitator:
    return Imitator(person, model.bases["units"].names, rate_hz=30)


def test_a_person_without_errors_makes_the_target_only_weaker(
    model: FaceModel, person: SimulatedPerson, rng: np.random.Generator
) -> None:
    exact = replace(person, skill=Skill(strength=0.6, habit=0, slip=0, stray=0, asymmetry=0))
    fear = target({"fear": 0.8}, model)
    one = imitator(exact, model)

    assert_allclose(one.apex(fear, habits(exact, one.units), rng), 0.6 * fear)


@pytest.mark.parametrize("error", ["habit", "slip", "stray", "asymmetry"])
def test_every_error_of_a_skill_changes_the_imitation(
    error: str, model: FaceModel, person: SimulatedPerson, rng: np.random.Generator
) -> None:
    exact = Skill(strength=0.6, habit=0, slip=0, stray=0, asymmetry=0)
    inexact = replace(person, skill=replace(exact, **{error: 0.1}))
    anger = target({"anger": 0.8}, model)
    one = imitator(inexact, model)

    assert not np.allclose(one.apex(anger, habits(inexact, one.units), rng), 0.6 * anger, atol=1e-3)


def test_habits_stay_and_slips_do_not(model: FaceModel, person: SimulatedPerson) -> None:
    smile = target({"happiness": 0.7}, model)
    one = imitator(person, model)
    habit = habits(person, one.units)

    first, again, second = (
        one.imitate(name, smile, habit).sequence for name in ("happiness-1", "happiness-1", "happiness-2")
    )

    assert_allclose(first.states[-1].units, again.states[-1].units)
    assert not np.allclose(first.states[-1].units, second.states[-1].units)
    assert_allclose(habit, habits(person, one.units))


def test_an_imitation_is_at_rest_until_the_reaction_and_complete_at_the_key_press(
    model: FaceModel, person: SimulatedPerson
) -> None:
    one = imitator(person, model)

    found = one.imitate("surprise-1", target({"surprise": 1.0}, model), habits(person, one.units))

    sequence, timing = found.sequence, found.timing
    assert_allclose(sequence.states[sequence.number(timing.reaction - 1)].units, 0)
    assert_allclose(sequence.states[sequence.number(timing.reaction + timing.rise - 1)].units, found.apex)
    assert_allclose(sequence.states[sequence.number(timing.key)].units, found.apex, atol=0.08)
    frames = range(timing.reaction + timing.rise)
    strengths = [float(sequence.states[sequence.number(frame)].units.sum()) for frame in frames]
    assert np.all(np.diff(strengths) >= -1e-9)


def test_a_released_face_ends_at_rest_with_the_pictures_of_the_imitation(
    model: FaceModel, person: SimulatedPerson
) -> None:
    one = imitator(person, model)
    sequence = one.imitate("anger-1", target({"anger": 1}, model), habits(person, one.units)).sequence

    back = release_sequence(sequence, person, 30)

    assert back.pictures_name == sequence.pictures_name
    assert_allclose(back.states[back.number(100)].units, 0)
    assert float(back.states[back.number(0)].units.max()) > 0.3


def test_a_short_timeout_leaves_time_for_the_key_press() -> None:
    usual = Timing(reaction=9, rise=18, key=48)

    assert usual.within(60) == usual
    hurried = usual.within(24)
    assert hurried.key == 24
    assert hurried.reaction + hurried.rise <= 24


def test_the_neutral_face_of_a_calibration_is_nearly_at_rest_with_open_eyes(
    model: FaceModel, person: SimulatedPerson
) -> None:
    strongest = max(float(state.units.max()) for state in neutral_sequence(person, model).states)

    assert 0 < strongest < 0.1


def test_a_waiting_face_blinks(model: FaceModel, person: SimulatedPerson) -> None:
    sequence = idle_sequence(person, model)
    lids = [model.bases["units"].names.index(f"eyeBlink{side}") for side in ("Left", "Right")]

    closed = [float(sequence.states[sequence.number(frame)].units[lids].min()) for frame in range(120)]

    assert max(closed) > 0.9
    assert np.mean(np.array(closed) == 0) > 0.7


@pytest.mark.parametrize("name", EMOTIONS)
def test_units_of_the_shipped_targets_are_read_from_their_file(name: str, model: FaceModel) -> None:
    units = target_units(Target(name, TARGETS / f"{name}.png", name), model)

    assert_allclose(units, target({name: 1.0}, model))


def test_units_of_a_blend_are_its_mixture(model: FaceModel) -> None:
    mix = Target("mix", Path("rendered/mix.png"), "mix", blend={"happiness": 0.6, "surprise": 0.4})

    expected = 0.6 * target({"happiness": 1}, model) + 0.4 * target({"surprise": 1}, model)

    assert_allclose(target_units(mix, model), expected)


def test_an_unknown_picture_is_measured(tmp_path: Path, model: FaceModel) -> None:
    for name in ("happiness", "neutral"):
        (tmp_path / f"{name}.png").write_bytes((TARGETS / f"{name}.png").read_bytes())
    smile = Target("smile", tmp_path / "happiness.png", "smile", neutral=tmp_path / "neutral.png")

    units = target_units(smile, model)

    # Similar units can replace each other, so movements are compared.
    measured, true = (model.displacement(one).ravel() for one in (units, target({"happiness": 1.0}, model)))
    assert measured @ true / np.sqrt((measured @ measured) * (true @ true)) > 0.8
    assert float(units[model.bases["units"].names.index("mouthSmileLeft")]) > 0.4


def test_units_of_a_picture_without_a_face_are_zero(tmp_path: Path, model: FaceModel) -> None:
    from PIL import Image

    file = tmp_path / "house.png"
    Image.fromarray(np.full((200, 200, 3), 128, dtype=np.uint8)).save(file)

    assert not target_units(Target("house", file, "house"), model).any()


def test_people_of_different_seeds_differ_and_of_the_same_seed_do_not(
    model: FaceModel, person: SimulatedPerson
) -> None:
    same, other = draw_simulated_person(3, model), draw_simulated_person(4, model)

    assert_allclose(same.identity, person.identity)
    assert same.scene == person.scene
    assert same.skill == person.skill
    assert not np.allclose(other.identity, person.identity)
    assert other.scene.appearance != person.scene.appearance
