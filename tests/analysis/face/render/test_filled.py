"""Eyes, teeth and a mouth for a model that is only a skin."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.errors import FaceModelError
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.model import MATERIALS, FaceModel
from analysis.face.models.readers.ict import read_ict
from analysis.face.models.registry import load_model
from analysis.face.render.filled import filled
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import HeadPose, Optics, Scene
from tests.conftest import shared_path


@pytest.fixture(scope="module")
def skin() -> FaceModel:
    """The front of the shipped model without anything behind the skin."""
    model = load_model()
    assert model.materials is not None
    kept = model.materials == 0
    number = np.cumsum(kept) - 1
    triangles = model.triangles[kept[model.triangles].all(axis=1)]
    bases = {name: dataclasses.replace(basis, shapes=basis.shapes[:, kept]) for name, basis in model.bases.items()}
    return FaceModel(
        "skin", model.mean[kept], model.identity[:, kept], bases, number[model.landmark_vertices], number[triangles]
    )


def part(model: FaceModel, material: str) -> np.ndarray:
    assert model.materials is not None
    return np.flatnonzero(model.materials == MATERIALS.index(material))


def test_a_model_with_materials_is_unchanged() -> None:
    assert filled(load_model()) is load_model()


def test_skin_and_landmarks_do_not_change(skin: FaceModel) -> None:
    made, count = filled(skin), len(skin.mean)

    assert_array_equal(made.mean[:count], skin.mean)
    assert_array_equal(made.identity[:, :count], skin.identity)
    assert_array_equal(made.bases["units"].shapes[:, :count], skin.bases["units"].shapes)
    assert_array_equal(made.landmark_vertices, skin.landmark_vertices)


def test_each_eyeball_sits_behind_its_lids(skin: FaceModel) -> None:
    made = filled(skin)
    eyes = made.mean[part(made, "eyeball")]
    for side, lids in ((-1, range(36, 42)), (1, range(42, 48))):
        eye = eyes[np.sign(eyes[:, 0]) == side]
        opening = skin.mean[skin.landmark_vertices[list(lids)]]
        assert_allclose((eye.max(axis=0) + eye.min(axis=0))[:2] / 2, opening[:, :2].mean(axis=0), atol=1.0)
        assert -4 < eye[:, 2].max() - opening[:, 2].mean() < 4
        assert np.ptp(eye[:, 0]) < 1.1 * np.ptp(opening[:, 0])


def test_eyes_and_teeth_keep_their_place_when_the_face_moves_and_the_mouth_follows_the_lips(skin: FaceModel) -> None:
    made = filled(skin)
    jaw = made.bases["units"].shapes[made.bases["units"].names.index("jawOpen")]

    assert not jaw[part(made, "eyeball")].any()
    assert not jaw[part(made, "teeth")].any()
    assert np.linalg.norm(jaw[part(made, "mouth")], axis=1).max() > 5


def test_eyes_move_with_the_lids_of_another_identity(skin: FaceModel) -> None:
    made = filled(skin)
    moved = made.identity[0]
    right = part(made, "eyeball")[made.mean[part(made, "eyeball"), 0] < 0]

    assert_allclose(moved[right], np.tile(moved[made.landmark_vertices[36:42]].mean(axis=0), (len(right), 1)))


def test_a_model_without_lip_landmarks_cannot_be_filled(skin: FaceModel) -> None:
    landmarks = skin.landmark_vertices.copy()
    landmarks[50] = -1
    with pytest.raises(FaceModelError, match="face model skin: its eyes or lips have no landmarks"):
        filled(dataclasses.replace(skin, landmark_vertices=landmarks))


def test_the_wall_is_not_visible_through_the_eyes_and_the_mouth_of_ict() -> None:
    made = filled(read_ict(shared_path("models/ict-facekit/face_area_all_modes.npz")))
    renderer = FaceRenderer(made, refine=0, samples=1, shadows=False, px_per_mm=2.0)
    vertices = made.mean + made.displacement(np.eye(6)[5], "emotions")
    optics, pose = Optics(360, 400, 900), HeadPose()
    picture = renderer.render(vertices, Scene(optics=optics, pose=pose)).astype(int)
    renderer.close()

    points = optics.project(vertices[made.landmark_vertices], pose)
    x, y = np.round(points[[62, 66]].mean(axis=0)).astype(int)
    mouth = picture[y, x]
    assert mouth[0] > 1.3 * mouth[2]  # red and dark; the wall behind is grey
    assert mouth.sum() < 250
    found = LandmarkDetector().detect(picture.astype(np.uint8))
    assert np.median(np.linalg.norm(found.points_px - points, axis=1)[17:]) < 0.06 * found.eye_distance_px
