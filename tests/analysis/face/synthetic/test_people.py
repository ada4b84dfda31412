from __future__ import annotations

import numpy as np
import pytest

from analysis.face.synthetic.people import draw_person
from analysis.face.synthetic.scenes import HEAD_WIDTH_MM, sized


def test_the_same_seed_gives_the_same_person() -> None:
    one, same, other = (draw_person("ann", 60, np.random.default_rng(seed)) for seed in (5, 5, 6))

    assert one.scene == same.scene
    assert (one.identity == same.identity).all()
    assert one.scene != other.scene


@pytest.mark.parametrize("face_px", [100, 240, 600])
def test_the_head_has_the_requested_width_at_any_distance(rng: np.random.Generator, face_px: float) -> None:
    scene = draw_person("ann", 60, rng, face_px=face_px).scene
    sides = np.array([[-HEAD_WIDTH_MM / 2, 0.0, 0.0], [HEAD_WIDTH_MM / 2, 0.0, 0.0]])

    left, right = scene.optics.project(sides, scene.pose)

    assert abs(right[0] - left[0] - face_px) < 1e-9
    assert scene.optics.width_px > 1.5 * face_px


def test_another_size_keeps_perspective_appearance_light_and_sensor(rng: np.random.Generator) -> None:
    scene = draw_person("ann", 60, rng).scene
    small = sized(scene, 100)

    assert small.pose == scene.pose
    assert (small.appearance, small.light, small.sensor) == (scene.appearance, scene.light, scene.sensor)


def test_a_turned_head_is_the_same_person_at_the_same_place(rng: np.random.Generator) -> None:
    person = draw_person("ann", 60, rng)
    turned = person.turned(yaw_deg=12, pitch_deg=-3)

    assert (turned.pose.yaw_deg, turned.pose.pitch_deg, turned.pose.roll_deg) == (12, -3, 0)
    assert turned.pose.distance_mm == person.scene.pose.distance_mm
    assert turned.appearance == person.scene.appearance
