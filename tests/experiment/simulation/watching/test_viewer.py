"""The face in one viewing trial."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import prototype
from experiment.simulation.face_schedule import FaceSequence
from experiment.simulation.watching.viewer import STEP, Viewer, in_steps
from tests.experiment.simulation.rehearsing import small_person

BEFORE, DURING = 60, 240


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def watch(model: FaceModel, *, gain: float, emotion: str = "happiness", number: int = 5) -> tuple[np.ndarray, ...]:
    """Return the (T, E) units before and during a target, and whether the person reacts."""
    names = model.bases["units"].names
    face = Viewer(small_person(4, model), names, 30.0, gain).watch(
        "viewing-one", number, np.tile(prototype(emotion, names), (DURING, 1)), before=BEFORE
    )
    return courses(face.before), courses(face.during), np.array(face.reaction.reacts)


def courses(sequence: FaceSequence) -> np.ndarray:
    return np.array([sequence.states[number].units for number in sequence.order])


def test_without_mimicry_the_face_does_not_depend_on_the_target(model: FaceModel) -> None:
    smile, anger = (watch(model, gain=0.0, emotion=emotion) for emotion in ("happiness", "anger"))

    assert np.array_equal(smile[0], anger[0])
    assert np.array_equal(smile[1], anger[1])


def test_mimicry_changes_the_face_after_the_onset_only(model: FaceModel) -> None:
    number = next(number for number in range(20) if watch(model, gain=1.0, number=number)[2])
    with_mimicry, without = (watch(model, gain=gain, number=number) for gain in (1.0, 0.0))
    smile = model.bases["units"].names.index("mouthSmileLeft")

    assert np.array_equal(with_mimicry[0], without[0])
    added = with_mimicry[1] - without[1]
    assert np.abs(added[:10]).max() == 0.0
    assert added[:, smile].max() > 0.05


def test_both_eyes_blink_together(model: FaceModel) -> None:
    names = model.bases["units"].names
    left, right = names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")

    during = np.vstack([watch(model, gain=1.0, number=number)[1] for number in range(5)])

    assert during[:, left].max() == 0.95
    assert np.array_equal(during[:, left], during[:, right])


def test_equal_faces_are_one_picture(model: FaceModel) -> None:
    names = model.bases["units"].names
    viewer = Viewer(small_person(4, model), names, 30.0)

    during = viewer.watch("one", 5, np.zeros((DURING, len(names))), before=BEFORE).during

    assert len(during.order) == DURING
    assert len(during.states) < DURING / 3
    assert len({state.key for state in during.states}) == len(during.states)


def test_steps_follow_a_course_within_one_step_and_end_at_zero() -> None:
    course = np.outer(np.sin(np.linspace(0, np.pi, 200)) ** 2, [0.3, 0.1])

    stepped = in_steps(course, STEP)

    assert np.abs(stepped - course).max() <= STEP
    assert len(np.unique(stepped[:, 0])) < 80
    assert not stepped[-1].any()
