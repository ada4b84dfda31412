"""The chart of a face: where its pixels are on the skin, and that pose and size of a picture do not matter to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.appearance.chart import HEIGHT, WIDTH, face_chart
from analysis.face.appearance.gradients import SHAPE, edges
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import HeadPose, Lighting, Optics, Scene
from tests.analysis.face.similarity.measured import fitted


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def renderer(model: FaceModel) -> Iterator[FaceRenderer]:
    made = FaceRenderer(model, refine=0, samples=4, shadows=False)
    yield made
    made.close()


def still(model: FaceModel, pose: Pose) -> FittedFace:
    at_rest = fitted(model, "units", np.zeros(len(model.bases["units"].names)), np.zeros(len(model.identity)))
    return replace(at_rest, pose=pose)


def facing(*, distance_mm: float = 600.0, focal_px: float = 640.0, yaw_deg: float = 0.0) -> Pose:
    return Pose(rotation_from_angles(yaw_deg=yaw_deg), np.array([0.0, 0.0, -distance_mm]), focal_px, (319.5, 239.5))


def drawn(renderer: FaceRenderer, model: FaceModel, units: dict[str, float], yaw_deg: float = 0.0) -> ImageArray:
    expression = np.array([units.get(name, 0.0) for name in model.bases["units"].names])
    scene = Scene(pose=HeadPose(yaw_deg=yaw_deg), optics=Optics(640, 480, 640.0), light=Lighting(0.0, 30.0, 0.3, 0.9))
    return renderer.render(model.mean + model.displacement(expression, "units"), scene)


def test_every_pixel_shows_the_skin_that_lies_there_on_the_mean_face(model: FaceModel) -> None:
    """Rows go down and columns to the right in equal steps, with the eyes level in the upper third."""
    on_face = face_chart(model).neutral_mm(Identity.mean(model)).reshape(HEIGHT, WIDTH, 3)

    middle = on_face[20:100, 10:86]
    assert_allclose(np.diff(middle[..., 0], axis=1), np.diff(middle[0, :2, 0]).item(), rtol=1e-6)
    assert_allclose(np.diff(middle[..., 1], axis=0), np.diff(middle[:2, 0, 1]).item(), rtol=1e-6)
    eyes_y = model.mean[model.landmark_vertices[36:48], 1].mean()
    row = int(np.abs(on_face[:, WIDTH // 2, 1] - eyes_y).argmin())
    assert 0.28 < row / HEIGHT < 0.36


def test_grey_values_are_read_at_the_projected_points(model: FaceModel) -> None:
    """A picture as bright as its columns: what the chart reads are the columns of the projected points."""
    picture = np.repeat(np.linspace(0, 255, 640)[None], 480, axis=0).astype(np.uint8)
    face = still(model, facing(yaw_deg=12.0))
    chart = face_chart(model)

    read = chart.sample(picture, face)

    columns = face.pose.project(chart.neutral_mm(face.identity))[:, 0].reshape(HEIGHT, WIDTH)
    assert_allclose(read, columns * 255 / 639, atol=1.0)


def test_the_offsets_of_a_persons_landmarks_move_the_skin_around_them(model: FaceModel) -> None:
    chart, offsets = face_chart(model), np.zeros((68, 3))
    offsets[48:68, 1] = -2.0

    moved = chart.neutral_mm(replace(Identity.mean(model), landmark_offsets_mm=offsets)) - chart.neutral_mm(
        Identity.mean(model)
    )

    mouth = model.mean[model.landmark_vertices[62]]
    brow = model.mean[model.landmark_vertices[19]]
    at = chart.neutral_mm(Identity.mean(model))

    def near(point: FloatArray) -> FloatArray:
        shift: FloatArray = moved[np.linalg.norm(at - point, axis=1).argmin()]
        return shift

    assert_allclose(near(mouth), (0.0, -2.0, 0.0), atol=0.35)
    assert np.linalg.norm(near(brow)) < 0.3


def test_turning_the_head_changes_the_chart_less_than_an_expression(renderer: FaceRenderer, model: FaceModel) -> None:
    chart = face_chart(model)
    appearance = {
        name: edges(chart.sample(drawn(renderer, model, units, yaw_deg), still(model, facing(yaw_deg=yaw_deg))))
        for name, units, yaw_deg in (("rest", {}, 0.0), ("turned", {}, 12.0), ("frown", {"browDownLeft": 1.0}, 0.0))
    }

    turned, frown = (
        float(np.abs((appearance[name] - appearance["rest"]).reshape(SHAPE)[1:6, 6:10]).sum())
        for name in ("turned", "frown")
    )
    assert frown > 1.5 * turned


def test_the_size_of_the_picture_hardly_matters(renderer: FaceRenderer, model: FaceModel) -> None:
    expression = np.zeros(len(model.bases["units"].names))
    vertices = model.mean + model.displacement(expression, "units")
    appearances = []
    for scale in (1, 3):
        optics = Optics(400 * scale, 400 * scale, 500.0 * scale)
        pose = Pose(np.eye(3), np.array([0, 0, -600.0]), 500.0 * scale, ((400 * scale - 1) / 2,) * 2)
        picture = renderer.render(vertices, Scene(optics=optics, light=Lighting(0.0, 30.0, 0.3, 0.9)))
        appearances.append(edges(face_chart(model).sample(picture, still(model, pose))).ravel())

    assert np.asarray(np.corrcoef(np.stack(appearances)))[0, 1] > 0.9
