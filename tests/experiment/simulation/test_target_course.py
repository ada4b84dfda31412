"""The units of a target over time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.drawn_course import Course, DrawnMovement
from experiment.protocol.plan import Target
from experiment.simulation.target_units import TargetCourse, target_course, target_units


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def test_a_course_is_linear_between_its_times_and_stays_at_its_end() -> None:
    course = TargetCourse(np.array([0.0, 1.0]), np.array([[0.0, 1.0], [1.0, 0.0]]))

    expected = np.array([[0.0, 1.0], [0.25, 0.75], [1.0, 0.0], [1.0, 0.0]])
    assert_allclose(course.at(np.array([0.0, 0.25, 1.0, 9.0])), expected)


def test_a_picture_has_the_same_units_all_the_time(model: FaceModel) -> None:
    target = Target("smile", Path("smile.png"), "happiness", blend={"happiness": 0.5})

    units = target_units(target, model)
    course = target_course(target, model, apex=units).at(np.array([0.0, 3.0]))

    assert units[model.bases["units"].names.index("mouthSmileLeft")] == pytest.approx(0.5)
    assert_allclose(course, [units, units])


def test_a_drawn_face_moves_as_it_is_drawn_but_its_blinks_are_left_out(model: FaceModel) -> None:
    names = model.bases["units"].names
    drawn = Course(60.0, delay=30, onset=30, hold=60, offset=30, length=180, blinks=(10,))
    smile = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.6}
    target = Target("smile", Path("s.png"), "happiness", units=smile, movement=DrawnMovement(smile, drawn))

    apex = target_units(target, model)
    course = target_course(target, model, apex=apex).at(np.array([0.4, 0.75, 1.5, 2.9]))

    left, right = names.index("mouthSmileLeft"), names.index("mouthSmileRight")
    assert_allclose(apex[[left, right]], [0.8, 0.6])
    assert_allclose(course[:, left], [0.0, 0.4, 0.8, 0.0], atol=1e-6)
    assert_allclose(course[:, right], [0.0, 0.3, 0.6, 0.0], atol=1e-6)
    every_frame = target_course(target, model, apex=apex).units
    assert any("eyeBlinkLeft" in row for row in DrawnMovement(smile, drawn).rows())
    assert not every_frame[:, names.index("eyeBlinkLeft")].any()
