from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_allclose

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.fitting.camera import turns_deg
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import NEUTRAL, DetectedFace, Exclusion, Picture, detect_face, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from tests.analysis.conftest import Photographed
from tests.analysis.face.toy import perfect_landmarks, toy_model, toy_pose
from tests.conftest import shared_path


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return toy_model()


def picture(label: str, number: int = 0) -> Picture:
    return Picture(Path(f"{label}-{number}.png"), label)


def smile(model: FaceModel, strength: float = 0.8) -> FloatArray:
    names = model.bases["units"].names
    return np.array([strength if "Smile" in name else 0.0 for name in names])


def face_of(model: FaceModel, label: str, expression: FloatArray, *, seed: int, yaw_deg: float = 5.0) -> DetectedFace:
    identity = np.random.default_rng(99).normal(size=len(model.identity))
    pose = toy_pose(np.random.default_rng(seed), yaw_deg=yaw_deg)
    return DetectedFace(picture(label, seed), perfect_landmarks(model, pose, identity, expression))


def test_a_person_with_neutral_pictures_is_measured_against_them(model: FaceModel) -> None:
    still = np.zeros(len(model.bases["units"].names))
    frames = [face_of(model, NEUTRAL, still, seed=k) for k in range(3)]

    person = measure_person("anna", [*frames, face_of(model, "smile", smile(model), seed=5)], model)

    assert person.calibration == "neutral"
    assert person.identity is not None
    assert person.identity.frames == 3
    assert [face.picture.expression for face in person.faces] == ["smile"]
    assert_allclose(person.faces[0].intensity_fit.coefficient("mouthSmileLeft"), 0.8, atol=0.15)
    assert max(face.score_fit.expression.max() for face in person.neutrals) < 0.1


def test_turns_are_relative_to_the_neutral_pictures(model: FaceModel) -> None:
    still = np.zeros(len(model.bases["units"].names))
    frames = [face_of(model, NEUTRAL, still, seed=k, yaw_deg=4.0 + k) for k in range(3)]
    turned = face_of(model, "smile", smile(model), seed=5, yaw_deg=17.0)

    person = measure_person("anna", [*frames, turned], model)

    neutral = np.mean([turns_deg(face.score_fit.pose.rotation_to_line_of_sight) for face in person.neutrals], axis=0)
    (shown,) = person.faces
    assert_allclose(shown.turn_deg, turns_deg(shown.score_fit.pose.rotation_to_line_of_sight) - neutral)
    assert shown.turn_deg[0] == pytest.approx(12.0, abs=6.0)  # heads are up to 40 mm off the middle, at 600 mm
    assert_allclose(np.mean([face.turn_deg for face in person.neutrals], axis=0), 0.0, atol=1e-9)


def test_without_neutral_pictures_turns_are_relative_to_facing_the_camera(model: FaceModel) -> None:
    frames = [face_of(model, "smile", smile(model, 0.5), seed=k, yaw_deg=yaw) for k, yaw in enumerate((4.0, 9.0, 14.0))]

    person = measure_person("anna", frames, model)

    for face in person.faces:
        assert_allclose(face.turn_deg, turns_deg(face.score_fit.pose.rotation_to_line_of_sight))
    assert person.faces[2].turn_deg[0] - person.faces[0].turn_deg[0] > 6.0


def test_pictures_without_a_neutral_one_are_each_measured_alone(model: FaceModel) -> None:
    frames = [face_of(model, "smile", smile(model, 0.1 * k), seed=k) for k in range(8)]

    person = measure_person("anna", frames, model)

    assert (person.calibration, person.identity, person.neutrals) == ("alone", None, ())
    assert [face.picture for face in person.faces] == [frame.picture for frame in frames]
    assert {face.score_fit.identity.frames for face in person.faces} == {1}


def test_pooled_pictures_without_a_neutral_one_share_one_identity(model: FaceModel) -> None:
    frames = [face_of(model, "smile", smile(model, 0.1 * k), seed=k) for k in range(8)]

    person = measure_person("anna", frames, model)

    pooled = [face.pooled.score_fit.identity for face in person.faces if face.pooled]
    assert [one.frames for one in pooled] == [8] * 8
    assert {face.score_fit.identity.frames for face in person.faces} == {1}


def test_only_pooled_faces_know_what_the_expressions_of_a_person_share(model: FaceModel) -> None:
    """Two takes of a smile and one open mouth are two expressions."""
    names = model.bases["units"].names
    still = np.zeros(len(names))
    open_mouth = np.array([0.7 if name == "jawOpen" else 0.0 for name in names])
    frames = [face_of(model, NEUTRAL, still, seed=k) for k in range(2)]
    frames += [face_of(model, "smile", smile(model), seed=k) for k in (2, 3)]
    frames.append(face_of(model, "open", open_mouth, seed=4))

    person = measure_person("anna", frames, model)

    lengths = [one.score_fit.expression / np.linalg.norm(one.score_fit.expression) for one in person.faces]
    for face in person.faces:
        assert face.common is None
        assert face.pooled is not None
        assert face.pooled.common is not None
        assert face.pooled.common.expressions == 2
        assert_allclose(face.pooled.common.units, (lengths[0] + lengths[1]) / 4 + lengths[2] / 2)


def test_without_pooled_measurement_faces_are_measured_before_the_effect_of_rotation_was_learned(
    photographed: Photographed, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model()
    found = [detect_face(Picture(photographed.file("ann", label), label)) for label in (NEUTRAL, "happiness")]
    whole = measure_person("ann", found, model)

    def learned() -> None:
        raise AnalysisError("it was not learned yet")

    monkeypatch.setattr("analysis.face.measurement.turn_effect", learned)
    alone = measure_person("ann", found, model, pooled=False)

    (before,), (after,) = whole.faces, alone.faces
    assert before.appearance is not None
    assert after.appearance is not None
    assert_allclose(after.appearance, before.appearance, rtol=0, atol=0)
    assert before.pooled is not None
    assert after.pooled is None
    with pytest.raises(AnalysisError, match="not learned yet"):
        measure_person("ann", found, model)


def test_a_turned_neutral_picture_is_excluded_and_does_not_calibrate(model: FaceModel) -> None:
    still = np.zeros(len(model.bases["units"].names))
    turned = face_of(model, NEUTRAL, still, seed=7, yaw_deg=50.0)

    person = measure_person("anna", [face_of(model, NEUTRAL, still, seed=1), turned], model)

    assert person.identity is not None
    assert person.identity.frames == 1
    assert [(one.picture, one.reason) for one in person.excluded] == [(turned.picture, "turned")]


def test_a_person_without_usable_pictures_is_refused_with_the_first_reason(model: FaceModel) -> None:
    gone = Exclusion("no-face", "no face was found; sit nearer", picture("smile"))

    with pytest.raises(FaceError, match=r"^anna: no picture of this person can be measured: no face was found"):
        measure_person("anna", [gone], model)


def test_landmarks_that_are_not_a_face_are_excluded_with_their_reason(model: FaceModel) -> None:
    rng = np.random.default_rng(0)
    still = np.zeros(len(model.bases["units"].names))
    nonsense = DetectedFace(picture("smile"), Landmarks(np.full((68, 2), np.nan), (640, 480)))

    person = measure_person("anna", [face_of(model, NEUTRAL, still, seed=int(rng.integers(9))), nonsense], model)

    assert [one.reason for one in person.excluded] == ["fit"]


def test_an_unreadable_picture_becomes_an_exclusion_with_its_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")

    detection = detect_face(Picture(broken, "smile"))

    assert isinstance(detection, Exclusion)
    assert detection.reason == "image"
    assert str(broken) in detection.message


def test_detection_in_two_processes_gives_the_same_landmarks_in_the_same_order() -> None:
    pictures = [Picture(shared_path(f"faces/london/{name}.jpg"), "any") for name in ("001_neutral", "001_smiling")]

    alone = [detect_face(one) for one in pictures]
    together = Parallel(n_jobs=2)(delayed(detect_face)(one) for one in pictures)

    for one, other in zip(alone, together, strict=True):
        assert isinstance(one, DetectedFace)
        assert isinstance(other, DetectedFace)
        assert one.picture == other.picture
        assert (one.landmarks.points_px == other.landmarks.points_px).all()


def test_a_model_of_emotions_alone_measures_faces_too(model: FaceModel) -> None:
    only_emotions = dataclasses.replace(model, bases={"emotions": model.bases["emotions"]})
    still = np.zeros(6)
    person = measure_person(
        "anna",
        [
            *(DetectedFace(picture(NEUTRAL, k), face_in(only_emotions, still, seed=k)) for k in range(3)),
            DetectedFace(picture("fear"), face_in(only_emotions, np.eye(6)[2] * 0.7, seed=9)),
        ],
        only_emotions,
    )
    assert person.faces[0].score_fit.basis == "emotions"
    assert_allclose(person.faces[0].intensity_fit.coefficient("fear"), 0.7, atol=0.2)


def face_in(model: FaceModel, expression: FloatArray, *, seed: int) -> Landmarks:
    identity = np.random.default_rng(99).normal(size=len(model.identity))
    pose = toy_pose(np.random.default_rng(seed), yaw_deg=5.0)
    return perfect_landmarks(model, pose, identity, expression, "emotions")
