from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.arrays import FloatArray
from analysis.face.fitting import emotion_responses
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.measurement import NEUTRAL, DetectedFace, MeasuredPerson, Picture, measure_person
from analysis.face.models.model import FaceModel
from analysis.tables import kept_fits
from analysis.tables.kept_fits import KeptSteps, kept_fits_fault, model_key
from experiment.record.encryption import KEY_VARIABLE, make_key_pair
from tests.analysis.face.toy import perfect_landmarks, toy_model, toy_pose

TRIANGLES = np.array([[0, 8, 16], [17, 26, 30], [48, 54, 57]])


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return dataclasses.replace(toy_model(), triangles=TRIANGLES)


def detected(model: FaceModel, picture: Picture, *, seed: int, yaw_deg: float = 5.0) -> DetectedFace:
    strengths = np.zeros(len(model.bases["units"].names))
    if picture.expression != NEUTRAL:
        strengths[seed % len(strengths)] = 0.7
    identity = np.random.default_rng(99).normal(size=len(model.identity))
    pose = toy_pose(np.random.default_rng(seed), yaw_deg=yaw_deg)
    return DetectedFace(picture, perfect_landmarks(model, pose, identity, strengths))


@pytest.fixture
def pictures(model: FaceModel, tmp_path: Path) -> list[DetectedFace]:
    """Two neutral pictures and two expressions; the pictures are noise."""
    found = []
    for seed, label in enumerate((NEUTRAL, NEUTRAL, "smile", "frown")):
        file = tmp_path / f"{seed}.png"
        cv2.imwrite(str(file), np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8))
        found.append(detected(model, Picture(file, label), seed=seed))
    return found


def measured(faces: Sequence[DetectedFace], model: FaceModel, file: Path) -> tuple[MeasuredPerson, int]:
    """Return the measured person and the number of results that were computed."""
    steps = KeptSteps(file)
    person = measure_person("anna", faces, model, steps=steps)
    computed = steps.computed
    steps.save()
    return person, computed


def numbers(person: MeasuredPerson) -> list[FloatArray]:
    def of(fit: FittedFace | None) -> list[FloatArray]:
        if fit is None:
            return []
        pose = fit.pose
        plain = [
            pose.focal_px,
            *pose.centre_px,
            fit.reprojection_error_px,
            fit.reprojection_error_eyes,
            *fit.image_size,
        ]
        arrays = [fit.expression, pose.rotation, pose.translation_mm, fit.uncertainty, fit.observability]
        return [*arrays, fit.neutral_shift, np.array(plain)]

    found = []
    for face in (*person.neutrals, *person.faces):
        identity = face.score_fit.identity
        found += [identity.coefficients, identity.landmark_offsets_mm, identity.neutral_axes_mm]
        found.append(np.array(identity.frames))
        assert face.appearance is not None
        found += [*of(face.score_fit), *of(face.intensity_fit), *of(face.emotion_fit), face.appearance]
        found.append(np.array(face.turn_deg))
    return found


def test_kept_results_have_the_same_bits_as_new_ones(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path
) -> None:
    plain = measure_person("anna", pictures, model)
    first, computed = measured(pictures, model, tmp_path / "fits.npz")
    second, again = measured(pictures, model, tmp_path / "fits.npz")

    assert (computed, again) == (9, 0)  # four checks, one calibration, four fits
    assert [face.score_fit.names for face in second.faces] == [face.score_fit.names for face in plain.faces]
    assert {face.score_fit.identity.how for one in (plain, second) for face in one.faces} == {"neutral"}
    for one, other, kept in zip(numbers(plain), numbers(first), numbers(second), strict=True):
        assert_array_equal(one, other, strict=True)
        assert_array_equal(one, kept, strict=True)


def test_pictures_without_a_neutral_one_are_kept_too(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path
) -> None:
    first, _ = measured(pictures[2:], model, tmp_path / "fits.npz")
    second, again = measured(pictures[2:], model, tmp_path / "fits.npz")

    assert again == 0
    assert {face.score_fit.identity.how for face in second.faces} == {"joint"}
    for one, other in zip(numbers(first), numbers(second), strict=True):
        assert_array_equal(one, other, strict=True)


def test_one_more_picture_is_the_only_one_to_be_measured(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path
) -> None:
    measured(pictures[:3], model, tmp_path / "fits.npz")

    assert measured(pictures, model, tmp_path / "fits.npz")[1] == 2  # its check and its fit
    assert measured(pictures[:3], model, tmp_path / "fits.npz")[1] == 0  # the others are still kept


def test_a_face_that_cannot_be_fitted_is_not_tried_again(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path
) -> None:
    turned = detected(model, dataclasses.replace(pictures[3].picture), seed=3, yaw_deg=55.0)
    first, _ = measured([*pictures[:3], turned], model, tmp_path / "fits.npz")
    second, again = measured([*pictures[:3], turned], model, tmp_path / "fits.npz")

    assert again == 0
    assert [(one.reason, one.message) for one in second.excluded] == [
        (one.reason, one.message) for one in first.excluded
    ]
    assert second.excluded[0].reason == "turned"


def test_a_changed_picture_is_fitted_again(pictures: list[DetectedFace], model: FaceModel, tmp_path: Path) -> None:
    measured(pictures, model, tmp_path / "fits.npz")
    file = pictures[3].picture.path
    cv2.imwrite(str(file), np.random.default_rng(77).integers(0, 256, (480, 640, 3), dtype=np.uint8))

    assert measured(pictures, model, tmp_path / "fits.npz")[1] == 1


def test_other_neutral_landmarks_are_another_calibration(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path
) -> None:
    measured(pictures, model, tmp_path / "fits.npz")
    moved = dataclasses.replace(pictures[0].landmarks, points_px=pictures[0].landmarks.points_px + 0.25)
    other = dataclasses.replace(pictures[0], landmarks=moved)

    assert measured([other, *pictures[1:]], model, tmp_path / "fits.npz")[1] == 6  # its check, calibration, four fits


def test_another_model_and_another_version_have_other_results(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(pictures, model, tmp_path / "fits.npz")
    other = dataclasses.replace(model, mean=model.mean + np.array([0.0, 0.0, 1e-9]))
    assert model_key(other) != model_key(model)
    assert measured(pictures, other, tmp_path / "fits.npz")[1] == 9

    monkeypatch.setattr(kept_fits, "fit_fingerprint", lambda: "another one")
    assert measured(pictures, model, tmp_path / "fits.npz")[1] == 9


def test_other_learned_responses_of_emotions_are_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_fits.fit_fingerprint.__wrapped__()
    changed = tmp_path / "emotion_responses.txt"
    changed.write_text(emotion_responses.FILE.read_text("utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(emotion_responses, "FILE", changed)

    assert kept_fits.fit_fingerprint.__wrapped__() != before


def test_an_edited_or_damaged_file_is_not_used_and_written_again(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path
) -> None:
    file = tmp_path / "fits.npz"
    measured(pictures, model, file)
    content = file.read_bytes()
    with np.load(file) as arrays:
        about, changed = arrays["about"], arrays["numbers"].copy()
    changed[5] += 1e-6
    edited = io.BytesIO()
    np.savez(edited, about=about, numbers=changed)
    moved = json.loads(about.tobytes())
    key = next(iter(moved["entries"]))
    del moved["entries"][key]
    fewer = io.BytesIO()
    np.savez(fewer, about=np.frombuffer(json.dumps(moved).encode(), dtype=np.uint8), numbers=changed)

    for damaged, fault in (
        (edited.getvalue(), "it was changed after it was written"),
        (fewer.getvalue(), "it was changed after it was written"),
        (content[: len(content) // 2], "it is not a file of fits"),
        (b"", "it is not a file of fits"),
    ):
        file.write_bytes(damaged)
        assert kept_fits_fault(file) == fault
        assert measured(pictures, model, file)[1] == 9
        assert kept_fits_fault(file) == ""
        assert file.read_bytes() == content


def test_fits_of_encrypted_frames_are_encrypted(
    pictures: list[DetectedFace], model: FaceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key_pair(tmp_path / "lab.key", tmp_path / "lab.pub")
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "lab.key"))
    file = tmp_path / "fits.npz.age"

    assert [measured(pictures, model, file)[1] for _ in range(2)] == [9, 0]
    assert file.read_bytes().startswith(b"age-encryption.org/")
    assert kept_fits_fault(file) == ""

    monkeypatch.delenv(KEY_VARIABLE)
    assert KeptSteps(file).computed == 0
    assert measure_person("anna", pictures, model, steps=KeptSteps(file)).faces
