from __future__ import annotations

import numpy as np

from analysis.face.render.scene import HeadPose, Lighting, Sensor
from analysis.face.synthetic.scenes import draw_between, draw_laboratory_scene, posed, without_noise


def test_values_that_differ_are_drawn_in_the_order_of_the_fields_and_equal_values_stay() -> None:
    low, high = HeadPose(yaw_deg=-10, distance_mm=500), HeadPose(yaw_deg=10, distance_mm=700)

    drawn = draw_between(low, high, np.random.default_rng(4))

    rng = np.random.default_rng(4)
    assert drawn == HeadPose(yaw_deg=rng.uniform(-10, 10), distance_mm=rng.uniform(500, 700))


def test_drawn_values_lie_between_the_limits(rng: np.random.Generator) -> None:
    low, high = Lighting(-60, 5, 0.3, 0.25, -1), Lighting(60, 60, 1.0, 0.7, 1)

    keys = [draw_between(low, high, rng).key for _ in range(100)]

    assert low.key <= min(keys) < 0.4
    assert 0.9 < max(keys) <= high.key


def test_a_scene_without_noise_keeps_its_exposure_and_everything_else(rng: np.random.Generator) -> None:
    scene = draw_laboratory_scene(rng)

    clean = without_noise(scene)

    assert clean.sensor == Sensor(exposure=scene.sensor.exposure)
    assert (clean.appearance, clean.pose, clean.light) == (scene.appearance, scene.pose, scene.light)


def test_only_the_given_fields_of_a_pose_change(rng: np.random.Generator) -> None:
    scene = draw_laboratory_scene(rng)

    turned = posed(scene, yaw_deg=30.0)

    assert turned.pose.yaw_deg == 30.0
    assert turned.pose.pitch_deg == scene.pose.pitch_deg
    assert turned.light == scene.light
