"""The hint asks for the one movement that takes away most of what can be seen to differ."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from experiment.feedback.hints import Hint, HintShown, hints, next_hint
from experiment.feedback.reading import Goal, Scene

NAMES = (
    "browInnerUp",
    "jawOpen",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "jawLeft",
)


def scene_of(shapes: NDArray[np.float64]) -> Scene:
    return Scene(NAMES, shapes @ shapes.T, {})


def goal_of(**units: float) -> Goal:
    return Goal(np.array([units.get(name, 0.0) for name in NAMES]), np.zeros(6))


def own_of(**units: float) -> NDArray[np.float64]:
    return goal_of(**units).units


INDEPENDENT = scene_of(np.eye(len(NAMES)))


def test_a_movement_missing_on_both_sides_is_asked_for_on_both() -> None:
    best = hints(own_of(), goal_of(mouthSmileLeft=0.8, mouthSmileRight=0.8), INDEPENDENT)[0]

    assert (best.movement, best.side) == ("mouthSmile", "")
    assert best.change == pytest.approx(0.8)
    assert best.units == ("mouthSmileLeft", "mouthSmileRight")


def test_a_movement_missing_on_one_side_is_asked_for_there() -> None:
    best = hints(own_of(mouthSmileLeft=0.8), goal_of(mouthSmileLeft=0.8, mouthSmileRight=0.8), INDEPENDENT)[0]

    assert (best.movement, best.side, best.units) == ("mouthSmile", "right", ("mouthSmileRight",))


def test_a_movement_that_is_too_strong_is_asked_for_less() -> None:
    best = hints(own_of(jawOpen=0.9), goal_of(jawOpen=0.3, browInnerUp=0.1), INDEPENDENT)[0]

    assert best.movement == "jawOpen"
    assert best.change == pytest.approx(-0.6)


def test_a_movement_that_moves_more_of_the_face_comes_first() -> None:
    shapes = np.eye(len(NAMES))
    shapes[1] *= 5.0

    ordered = hints(own_of(), goal_of(browInnerUp=0.5, jawOpen=0.4), scene_of(shapes))

    assert [hint.movement for hint in ordered] == ["jawOpen", "browInnerUp"]


def test_a_difference_between_movements_that_look_alike_is_not_asked_for() -> None:
    """The target smiles with ``mouthSmile``, the trainee with ``mouthStretch``; the shapes are nearly the same."""
    shapes = np.eye(len(NAMES))
    shapes[4], shapes[5] = shapes[2] + 0.01, shapes[3] + 0.01
    own = own_of(mouthStretchLeft=0.8, mouthStretchRight=0.8, browInnerUp=0.0)

    ordered = hints(own, goal_of(mouthSmileLeft=0.8, mouthSmileRight=0.8, browInnerUp=0.6), scene_of(shapes))

    assert ordered[0].movement == "browInnerUp"
    assert len(ordered) == 1


def test_what_the_landmarks_cannot_see_is_never_asked_for() -> None:
    shapes = np.eye(len(NAMES))
    shapes[0] = 0.0

    assert hints(own_of(), goal_of(browInnerUp=1.0), scene_of(shapes)) == ()


def test_the_jaw_to_the_left_is_a_direction_and_not_a_side() -> None:
    best = hints(own_of(), goal_of(jawLeft=0.7), INDEPENDENT)[0]

    assert (best.movement, best.side) == ("jawLeft", "")


def test_nothing_is_asked_for_when_the_target_is_met() -> None:
    goal = goal_of(jawOpen=0.5, mouthSmileLeft=0.5, mouthSmileRight=0.5)

    assert hints(goal.units - 0.05, goal, INDEPENDENT) == ()


@pytest.mark.parametrize("seed", range(20))
def test_following_the_best_hint_always_brings_the_face_nearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = rng.normal(size=(len(NAMES), 30))
    goal, own = Goal(rng.uniform(size=len(NAMES)), np.zeros(6)), rng.uniform(size=len(NAMES))

    distances = [np.linalg.norm((goal.units - own) @ shapes)]
    for _ in range(30):
        ordered = hints(own, goal, scene_of(shapes))
        if not ordered:
            break
        for unit in ordered[0].units:
            index = NAMES.index(unit)
            own[index] = np.clip(own[index] + ordered[0].change, 0.0, 1.0)
        distances.append(np.linalg.norm((goal.units - own) @ shapes))

    assert all(later < earlier for earlier, later in itertools.pairwise(distances))


SMILE = Hint("mouthSmile", "", 0.5, ("mouthSmileLeft", "mouthSmileRight"))
OPEN = Hint("jawOpen", "", 0.4, ("jawOpen",))


def test_a_hint_stays_while_it_helps_even_if_another_helps_a_little_more() -> None:
    shown = next_hint(HintShown(SMILE, since_s=0.0), (OPEN, SMILE), 1.0)

    assert shown.hint is SMILE
    assert shown.since_s == 0.0


def test_after_its_time_the_better_hint_takes_over() -> None:
    assert next_hint(HintShown(SMILE, since_s=0.0), (OPEN, SMILE), 2.5) == HintShown(OPEN, 2.5)


def test_a_fulfilled_hint_gives_way_before_its_time() -> None:
    assert next_hint(HintShown(SMILE, since_s=0.0), (OPEN,), 0.6) == HintShown(OPEN, 0.6)


def test_a_hint_that_has_only_just_appeared_does_not_flicker_away() -> None:
    assert next_hint(HintShown(SMILE, since_s=0.0), (), 0.2).hint is SMILE


def test_the_same_movement_the_other_way_is_another_hint() -> None:
    less = Hint("jawOpen", "", -0.4, ("jawOpen",))

    assert next_hint(HintShown(OPEN, since_s=0.0), (less,), 1.0).hint is less


def test_no_hint_is_left_when_nothing_helps_any_more() -> None:
    assert next_hint(HintShown(SMILE, since_s=0.0), (), 1.0).hint is None
