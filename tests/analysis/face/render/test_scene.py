"""The camera of the renderer, compared with hand calculations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.render.scene import HeadPose, Optics


def test_the_origin_lands_in_the_middle() -> None:
    assert_allclose(Optics(640, 480, 600).project(np.zeros((1, 3)), HeadPose()), [[319.5, 239.5]])


def test_a_point_up_and_right_lands_up_and_right() -> None:
    """60 mm at 600 mm and f = 600 px is 60 px."""
    (at,) = Optics(640, 480, 600).project(np.array([[60.0, 30.0, 0.0]]), HeadPose(distance_mm=600))
    assert_allclose(at, [319.5 + 60, 239.5 - 30])


def test_near_points_are_larger() -> None:
    (at,) = Optics(640, 480, 600).project(np.array([[60.0, 0.0, 300.0]]), HeadPose(distance_mm=600))
    assert_allclose(at, [319.5 + 120, 239.5])


@pytest.mark.parametrize(
    ("pose", "nose_goes"),
    [
        (HeadPose(yaw_deg=20), (1, 0)),
        (HeadPose(yaw_deg=-20), (-1, 0)),
        (HeadPose(pitch_deg=20), (0, -1)),
        (HeadPose(pitch_deg=-20), (0, 1)),
    ],
)
def test_positive_angles_turn_the_nose_right_and_up(pose: HeadPose, nose_goes: tuple[int, int]) -> None:
    (at,) = Optics(640, 480, 600).project(np.array([[0.0, 0.0, 100.0]]), pose) - [319.5, 239.5]
    assert np.sign(np.round(at)).tolist() == list(nose_goes)


def test_positive_roll_tilts_the_top_of_the_head_to_the_left() -> None:
    (at,) = Optics(640, 480, 600).project(np.array([[0.0, 100.0, 0.0]]), HeadPose(roll_deg=10)) - [319.5, 239.5]
    assert at[0] < -10


def test_rotations_are_proper() -> None:
    rotation = HeadPose(25, -10, 7).rotation
    assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
