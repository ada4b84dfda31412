"""How people imitate: the course of a movement, its strength, what differs between people and attempts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.protocol.plan import Target
from experiment.simulation.imitation import attempt, habits, imitate
from experiment.simulation.movement import Timing, calibration, idle, minimum_jerk, release
from experiment.simulation.person import Person, Skill, draw_person
from experiment.simulation.target_units import goal_of, units_of_blend
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def person(model: FaceModel) -> Person:
    return draw_person(3, model)


def test_a_movement_starts_and_ends_at_rest_and_is_half_way_at_half_time() -> None:
    course = minimum_jerk(np.linspace(0, 1, 101))

    assert course[0] == 0
    assert course[50] == pytest.approx(0.5)
    assert course[100] == 1
    assert np.all(np.diff(course) >= 0)
    assert course[1] < 2e-5
    assert 1 - course[99] < 2e-5


def test_somebody_without_faults_does_exactly_what_the_target_does_only_weaker(
    model: FaceModel, person: Person, rng: np.random.Generator
) -> None:
    units = model.bases["units"].names
    faultless = replace(person, skill=Skill(strength=0.6, habit=0, slip=0, stray=0, asymmetry=0))
    goal = units_of_blend({"fear": 0.8}, model)

    done = attempt(goal, faultless, habits(faultless, units), units, rng)

    assert_allclose(done, 0.6 * goal)


@pytest.mark.parametrize("fault", ["habit", "slip", "stray", "asymmetry"])
def test_every_fault_of_a_skill_changes_what_is_done(
    fault: str, model: FaceModel, person: Person, rng: np.random.Generator
) -> None:
    units = model.bases["units"].names
    faultless = Skill(strength=0.6, habit=0, slip=0, stray=0, asymmetry=0)
    faulty = replace(person, skill=replace(faultless, **{fault: 0.1}))
    goal = units_of_blend({"anger": 0.8}, model)

    done = attempt(goal, faulty, habits(faulty, units), units, rng)

    assert not np.allclose(done, 0.6 * goal, atol=1e-3)


def test_habits_stay_and_slips_do_not(model: FaceModel, person: Person) -> None:
    units = model.bases["units"].names
    goal = units_of_blend({"happiness": 0.7}, model)
    habit = habits(person, units)

    first, _, _ = imitate("happiness-1", goal, person, habit, units, rate_hz=30)
    again, _, _ = imitate("happiness-1", goal, person, habit, units, rate_hz=30)
    second, _, _ = imitate("happiness-2", goal, person, habit, units, rate_hz=30)

    assert_allclose(first.states[-1].units, again.states[-1].units)
    assert not np.allclose(first.states[-1].units, second.states[-1].units)
    assert_allclose(habit, habits(person, units))


def test_an_imitation_is_at_rest_until_the_reaction_and_complete_when_the_key_is_pressed(
    model: FaceModel, person: Person
) -> None:
    units = model.bases["units"].names
    goal = units_of_blend({"surprise": 1.0}, model)

    act, apex, timing = imitate("surprise-1", goal, person, habits(person, units), units, rate_hz=30)

    assert_allclose(act.states[act.number(timing.reaction - 1)].units, 0)
    assert_allclose(act.states[act.number(timing.reaction + timing.rise - 1)].units, apex)
    held = act.states[act.number(timing.key)].units
    assert_allclose(held, apex, atol=0.08)
    strengths = [float(act.states[act.number(frame)].units.sum()) for frame in range(timing.reaction + timing.rise)]
    assert np.all(np.diff(strengths) >= -1e-9)


def test_a_released_face_ends_at_rest_with_pictures_that_are_drawn_already(model: FaceModel, person: Person) -> None:
    units = model.bases["units"].names
    act, _, _ = imitate(
        "anger-1", units_of_blend({"anger": 1}, model), person, habits(person, units), units, rate_hz=30
    )

    back = release(act, person, 30)

    assert back.roll == act.roll
    assert_allclose(back.states[back.number(100)].units, 0)
    assert float(back.states[back.number(0)].units.max()) > 0.3


def test_a_short_time_out_leaves_time_to_press_the_key() -> None:
    usual = Timing(reaction=9, rise=18, key=48)

    assert usual.within(60) == usual
    hurried = usual.within(24)
    assert hurried.key == 24
    assert hurried.reaction + hurried.rise <= 24


def test_the_neutral_face_of_a_calibration_is_nearly_at_rest_with_open_eyes(model: FaceModel, person: Person) -> None:
    strongest = max(float(state.units.max()) for state in calibration(person, model).states)

    assert 0 < strongest < 0.1


def test_a_face_that_waits_blinks(model: FaceModel, person: Person) -> None:
    act = idle(person, model)
    lids = [model.bases["units"].names.index(f"eyeBlink{side}") for side in ("Left", "Right")]

    closed = [float(act.states[act.number(frame)].units[lids].min()) for frame in range(120)]

    assert max(closed) > 0.9
    assert np.mean(np.array(closed) == 0) > 0.7


@pytest.mark.parametrize("name", EMOTIONS)
def test_what_the_shipped_targets_ask_for_is_known_from_the_file_beside_them(name: str, model: FaceModel) -> None:
    goal = goal_of(Target(name, TARGETS / f"{name}.png", name), model)

    assert_allclose(goal, units_of_blend({name: 1.0}, model))


def test_a_blend_of_the_protocol_asks_for_its_mixture(model: FaceModel) -> None:
    target = Target("mix", Path("rendered/mix.png"), "mix", blend={"happiness": 0.6, "surprise": 0.4})

    expected = 0.6 * units_of_blend({"happiness": 1}, model) + 0.4 * units_of_blend({"surprise": 1}, model)

    assert_allclose(goal_of(target, model), expected)


def test_a_picture_nobody_knows_is_measured(tmp_path: Path, model: FaceModel) -> None:
    for name in ("happiness", "neutral"):
        (tmp_path / f"{name}.png").write_bytes((TARGETS / f"{name}.png").read_bytes())
    target = Target("smile", tmp_path / "happiness.png", "smile", neutral=tmp_path / "neutral.png")

    goal = goal_of(target, model)

    # Units resemble each other and can stand for one another; what counts is how the face moves.
    moved, truly = (model.displacement(units).ravel() for units in (goal, units_of_blend({"happiness": 1.0}, model)))
    assert moved @ truly / np.sqrt((moved @ moved) * (truly @ truly)) > 0.8
    assert float(goal[model.bases["units"].names.index("mouthSmileLeft")]) > 0.4


def test_a_picture_without_a_face_asks_for_nothing(tmp_path: Path, model: FaceModel) -> None:
    from PIL import Image

    file = tmp_path / "house.png"
    Image.fromarray(np.full((200, 200, 3), 128, dtype=np.uint8)).save(file)

    assert not goal_of(Target("house", file, "house"), model).any()


def test_people_of_different_seeds_differ_and_of_the_same_seed_do_not(model: FaceModel, person: Person) -> None:
    same, other = draw_person(3, model), draw_person(4, model)

    assert_allclose(same.identity, person.identity)
    assert same.scene == person.scene
    assert same.skill == person.skill
    assert not np.allclose(other.identity, person.identity)
    assert other.scene.appearance != person.scene.appearance
