"""Drawn people: reproducible bytes, correct projection, and a detectable face."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.errors import FaceModelError
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.paint import PaintGuide
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Appearance, Background, HeadPose, Lighting, Optics, Scene, Sensor


@pytest.fixture(scope="module")
def renderer() -> Iterator[FaceRenderer]:
    made = FaceRenderer(load_model(), refine=0, samples=1, shadows=False, px_per_mm=2.0)
    yield made
    made.close()


SCENE = Scene(optics=Optics(320, 240, 300), sensor=Sensor(noise=3.0, blur_px=0.5))


def test_the_same_scene_gives_the_same_bytes(renderer: FaceRenderer) -> None:
    first = renderer.render(renderer.model.mean, SCENE, frame=5)
    renderer.render(renderer.model.mean, dataclasses.replace(SCENE, pose=HeadPose(yaw_deg=10)), frame=6)
    assert_array_equal(renderer.render(renderer.model.mean, SCENE, frame=5), first)


def test_another_renderer_gives_the_same_bytes(renderer: FaceRenderer) -> None:
    other = FaceRenderer(load_model(), refine=0, samples=1, shadows=False, px_per_mm=2.0)
    assert_array_equal(other.render(other.model.mean, SCENE), renderer.render(renderer.model.mean, SCENE))
    other.close()


def test_frames_differ_only_by_their_noise(renderer: FaceRenderer) -> None:
    a, b = (renderer.render(renderer.model.mean, SCENE, frame=k).astype(int) for k in (0, 1))
    assert 2.0 < (a - b).std() < 7.0
    assert np.abs((a - b).mean()) < 0.1


def test_a_picture_has_the_requested_size(renderer: FaceRenderer) -> None:
    scene = dataclasses.replace(SCENE, optics=Optics(200, 150, 200))
    assert renderer.render(renderer.model.mean, scene).shape == (150, 200, 3)


@pytest.mark.parametrize("pose", [HeadPose(), HeadPose(yaw_deg=20, pitch_deg=5, roll_deg=8, x_mm=30, y_mm=-20)])
def test_the_pupils_are_drawn_where_the_camera_projects_them(renderer: FaceRenderer, pose: HeadPose) -> None:
    """Each pupil is within two pixels of the projected front of its eyeball."""
    model = renderer.model
    scene = Scene(optics=Optics(640, 480, 640), pose=pose, light=Lighting(key=0.3, room=0.9))
    picture = renderer.render(model.mean, scene).astype(int).sum(axis=2)
    assert model.materials is not None
    for side in (-1, 1):
        eye = model.mean[(model.materials == 1) & (np.sign(model.mean[:, 0]) == side)]
        pupil = [(eye[:, 0].max() + eye[:, 0].min()) / 2, (eye[:, 1].max() + eye[:, 1].min()) / 2, eye[:, 2].max()]
        (at,) = scene.optics.project(np.array([pupil]), pose)
        x, y = np.round(at).astype(int)
        around = picture[y - 9 : y + 10, x - 9 : x + 10]
        dark = np.argwhere(around < around.min() + 40).mean(axis=0) - 9
        assert np.hypot(*dark) < 2.0


def test_gaze_moves_the_irises(renderer: FaceRenderer) -> None:
    scene = Scene(optics=Optics(640, 480, 640))
    ahead = renderer.render(renderer.model.mean, scene).astype(int)
    aside = renderer.render(renderer.model.mean, dataclasses.replace(scene, gaze_deg=(15.0, 0.0))).astype(int)
    changed = np.argwhere(np.abs(ahead - aside).sum(axis=2) > 60)
    eyes = scene.optics.project(renderer.model.mean[renderer.model.landmark_vertices[36:48]], scene.pose)
    assert len(changed) > 20
    assert (changed[:, 1] > eyes[:, 0].min() - 3).all()
    assert (changed[:, 1] < eyes[:, 0].max() + 3).all()
    assert (np.abs(changed[:, 0] - eyes[:, 1].mean()) < 15).all()


def test_a_lamp_on_the_right_lights_the_right_half(renderer: FaceRenderer) -> None:
    scene = Scene(optics=Optics(320, 240, 300), light=Lighting(key_azimuth_deg=60, room=0.2))
    picture = renderer.render(renderer.model.mean, scene).astype(int)
    face = picture[100:150, 130:190]
    assert face[:, 40:].mean() > face[:, :20].mean() + 20


def test_darker_skin_is_darker_and_more_exposure_is_brighter(renderer: FaceRenderer) -> None:
    def cheek(scene: Scene) -> float:
        return float(renderer.render(renderer.model.mean, scene)[130:140, 140:150].mean())

    fair = Scene(optics=Optics(320, 240, 300))
    dark = dataclasses.replace(fair, appearance=Appearance(skin=(0.35, 0.22, 0.16)))
    bright = dataclasses.replace(fair, sensor=Sensor(exposure=1.5))
    assert cheek(dark) < cheek(fair) - 40
    assert cheek(bright) > cheek(fair) + 5


@pytest.mark.parametrize("hair", ["none", "short", "long", "cap"])
def test_hair_changes_the_skull_and_not_the_face(renderer: FaceRenderer, hair: str) -> None:
    bald = Scene(appearance=Appearance(hair="none"), optics=Optics(320, 240, 300))
    scene = dataclasses.replace(bald, appearance=Appearance(hair=hair))  # type: ignore[arg-type]
    difference = np.abs(
        renderer.render(renderer.model.mean, scene).astype(int) - renderer.render(renderer.model.mean, bald)
    ).sum(axis=2)
    points = scene.optics.project(renderer.model.mean[renderer.model.landmark_vertices], scene.pose)
    top, bottom = int(points[17:27, 1].min()), int(points[8, 1])
    left, right = int(points[36, 0]), int(points[45, 0])
    assert difference[top:bottom, left:right].max() == 0
    assert (difference.max() > 100) == (hair != "none")


@pytest.mark.parametrize("emotion", range(6))
def test_the_detector_finds_the_face_and_its_landmarks(renderer: FaceRenderer, emotion: int) -> None:
    """The median distance of detected points is under 4 % of the eye distance."""
    model = renderer.model
    expression = np.zeros(6)
    expression[emotion] = 0.8
    vertices = model.mean + model.displacement(expression, "emotions")
    scene = Scene(optics=Optics(640, 480, 640), pose=HeadPose(yaw_deg=8), background=Background(clutter=0.5, seed=3))
    found = LandmarkDetector().detect(renderer.render(vertices, scene))
    true = scene.optics.project(vertices[model.landmark_vertices], scene.pose)
    eyes = np.linalg.norm(true[36:42].mean(axis=0) - true[42:48].mean(axis=0))
    assert np.median(np.linalg.norm(found.points_px - true, axis=1)[17:]) < 0.04 * eyes


def test_a_model_without_brow_landmarks_is_refused() -> None:
    model = load_model()
    landmarks = model.landmark_vertices.copy()
    landmarks[19] = -1
    bare = FaceModel("bare", model.mean, model.identity, model.bases, landmarks, model.triangles)
    with pytest.raises(FaceModelError, match="face model bare: cannot be drawn, its brows"):
        PaintGuide.of(bare)


def test_a_model_that_is_only_a_face_can_be_drawn() -> None:
    """The front of the shipped model, without eyeballs and skull."""
    model = load_model()
    front = (model.mean[:, 2] > 0) & (model.mean[:, 1] < 60)
    assert model.materials is not None
    front &= model.materials == 0
    number = np.cumsum(front) - 1
    kept = model.triangles[front[model.triangles].all(axis=1)]
    landmarks = np.where(front[model.landmark_vertices], number[model.landmark_vertices], -1)
    face = FaceModel("mask", model.mean[front], model.identity[:, front], {}, landmarks, number[kept])
    renderer = FaceRenderer(face, refine=0, samples=1, shadows=False, px_per_mm=2.0)
    picture = renderer.render(face.mean, Scene(optics=Optics(640, 480, 640)))
    renderer.close()

    found = LandmarkDetector().detect(picture)
    assert found.points_px.shape == (68, 2)
