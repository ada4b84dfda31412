from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError, FaceTurnedError, FitError
from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.fitting.fit import calibrate_identity, fit_expression, fit_jointly
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, SCORE_RIDGE, FitSettings, Identity
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.fitting.residuals import Linearisation, linearise
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from tests.analysis.face.toy import jittered, perfect_landmarks, toy_model, toy_pose

EXACT = FitSettings(noise=2e-4, pixel_noise_px=0.0, focal_px=704.0)
"""For landmarks without noise from a camera that is known."""
SEEN_UNITS = 11
"""All but the last, cheekPuff, which moves no landmark."""


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return toy_model()


def some_expression(rng: np.random.Generator) -> FloatArray:
    expression = np.zeros(12)
    expression[rng.choice(SEEN_UNITS, 4, replace=False)] = rng.uniform(0.2, 0.9, 4)
    return expression


def neutrals(model: FaceModel, identity: FloatArray, rng: np.random.Generator, sigma_px: float) -> list[Landmarks]:
    frames = [perfect_landmarks(model, toy_pose(rng), identity, np.zeros(12)) for _ in range(5)]
    return [jittered(frame, rng, sigma_px) for frame in frames]


@pytest.mark.parametrize("seed", range(6))
def test_exact_landmarks_give_back_identity_expression_and_pose(seed: int, model: FaceModel) -> None:
    rng = np.random.default_rng(seed)
    truth, expression, pose = rng.normal(size=8), some_expression(rng), toy_pose(rng)

    identity = calibrate_identity(neutrals(model, truth, rng, 0.0), model, settings=EXACT)
    fitted = fit_expression(perfect_landmarks(model, pose, truth, expression), model, identity, settings=EXACT)

    assert_allclose(identity.coefficients, truth, atol=0.02)
    assert_allclose(fitted.expression, expression, atol=0.02)
    assert_allclose([fitted.pose.yaw_deg, fitted.pose.pitch_deg], [pose.yaw_deg, pose.pitch_deg], atol=0.1)
    assert fitted.reprojection_error_px < 0.05


def test_emotions_are_recovered_too(model: FaceModel, rng: np.random.Generator) -> None:
    expression = np.array([0.7, 0, 0, 0.3, 0, 0])
    landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), expression, "emotions")
    fitted = fit_expression(landmarks, model, Identity.mean(model), basis="emotions", settings=EXACT)
    assert_allclose(fitted.expression, expression, atol=0.02)
    assert fitted.coefficient("happiness") == pytest.approx(0.3, abs=0.02)


def test_coefficients_stay_between_zero_and_one(model: FaceModel, rng: np.random.Generator) -> None:
    for strength in (-0.8, 1.7):
        landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), np.full(12, strength))
        fitted = fit_expression(landmarks, model, Identity.mean(model), settings=EXACT)
        assert fitted.expression.min() >= 0.0
        assert fitted.expression.max() <= 1.0


def test_without_noise_a_joint_fit_separates_identity_from_expression(
    model: FaceModel, rng: np.random.Generator
) -> None:
    truth = rng.normal(size=8)
    expressions = [some_expression(rng) for _ in range(6)]
    fitted = fit_jointly(
        [perfect_landmarks(model, toy_pose(rng), truth, one) for one in expressions], model, settings=EXACT
    )
    assert {face.identity.how for face in fitted} == {"joint"}
    assert_allclose(np.array([face.expression for face in fitted]), expressions, atol=0.05)


def test_calibration_beats_the_joint_fit_and_that_beats_the_mean_face(model: FaceModel) -> None:
    errors: dict[str, list[float]] = {"calibrated": [], "joint": [], "mean": []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=8)
        expressions = [some_expression(rng) for _ in range(6)]
        frames = [jittered(perfect_landmarks(model, toy_pose(rng), truth, one), rng, 1.0) for one in expressions]
        identity = calibrate_identity(neutrals(model, truth, rng, 1.0), model)
        results = {
            "calibrated": [fit_expression(one, model, identity) for one in frames],
            "joint": fit_jointly(frames, model),
            "mean": [fit_expression(one, model, Identity.mean(model)) for one in frames],
        }
        for how, faces in results.items():
            for face, expression in zip(faces, expressions, strict=True):
                difference = face.displacement_mm(model) - model.displacement(expression)
                errors[how].append(float(np.sqrt((difference**2).sum(axis=1).mean())))
    assert np.mean(errors["calibrated"]) < np.mean(errors["joint"]) < np.mean(errors["mean"])


def test_offsets_keep_what_no_identity_explains_out_of_the_expression(
    model: FaceModel, rng: np.random.Generator
) -> None:
    """A person whose mouth corners are 3 mm lower than any face of the model."""
    other = model.mean.copy()
    other[[48, 54, 60, 64], 1] -= 3.0
    person = dataclasses.replace(model, mean=other)
    frames = neutrals(person, np.zeros(8), rng, 0.2)
    landmarks = perfect_landmarks(person, toy_pose(rng), np.zeros(8), np.zeros(12))
    spurious = {}
    for offsets in (True, False):
        identity = calibrate_identity(frames, model, settings=FitSettings(offsets=offsets))
        spurious[offsets] = np.abs(fit_expression(landmarks, model, identity).displacement_mm(model)).max()
    assert spurious[True] < 0.2 * spurious[False]


def test_the_score_ridge_shrinks_more_than_the_intensity_ridge(model: FaceModel, rng: np.random.Generator) -> None:
    expression = np.zeros(12)
    expression[:3] = 0.6
    landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), expression)
    score, intensity = (
        fit_expression(landmarks, model, Identity.mean(model), settings=FitSettings(ridge=ridge)).expression.sum()
        for ridge in (SCORE_RIDGE, INTENSITY_RIDGE)
    )
    assert 0.5 * 1.8 < score < intensity < 1.9


def test_noisier_landmarks_have_less_information(model: FaceModel, rng: np.random.Generator) -> None:
    landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), some_expression(rng))
    sure, unsure = (
        fit_expression(landmarks, model, Identity.mean(model), settings=FitSettings(noise=noise))
        for noise in (0.005, 0.03)
    )
    assert np.all(sure.uncertainty[:SEEN_UNITS] < unsure.uncertainty[:SEEN_UNITS])
    assert np.all(sure.observability >= unsure.observability)


def test_the_stated_uncertainty_is_the_scatter_of_the_coefficients(model: FaceModel, rng: np.random.Generator) -> None:
    expression = np.zeros(12)
    expression[[0, 1, 4]] = 0.5
    settings = FitSettings(noise=0.01, pixel_noise_px=0.0, focal_px=704.0, ridge=1.0)
    exact = perfect_landmarks(model, toy_pose(rng, yaw_deg=0.0), np.zeros(8), expression)
    sigma_px = settings.noise * exact.eye_distance_px
    fits = [
        fit_expression(jittered(exact, rng, sigma_px), model, Identity.mean(model), settings=settings)
        for _ in range(150)
    ]
    for unit in (0, 1, 4):
        scatter = np.std([face.expression[unit] for face in fits])
        assert scatter == pytest.approx(np.mean([face.uncertainty[unit] for face in fits]), rel=0.35)


def test_a_shape_without_landmarks_is_listed_as_unobservable(model: FaceModel, rng: np.random.Generator) -> None:
    fitted = fit_expression(
        perfect_landmarks(model, toy_pose(rng), np.zeros(8), np.zeros(12)), model, Identity.mean(model)
    )
    assert fitted.unobservable == ("cheekPuff",)
    assert fitted.uncertainty[11] == pytest.approx(1 / np.sqrt(SCORE_RIDGE))


def test_one_landmark_far_off_hardly_matters(model: FaceModel, rng: np.random.Generator) -> None:
    landmarks = jittered(perfect_landmarks(model, toy_pose(rng), np.zeros(8), some_expression(rng)), rng, 0.5)
    before = fit_expression(landmarks, model, Identity.mean(model))
    landmarks.points_px[26] += (30.0, -25.0)
    after = fit_expression(landmarks, model, Identity.mean(model))
    assert np.abs(after.expression - before.expression).max() < 0.15


def test_a_warm_start_ends_where_a_cold_one_does(model: FaceModel, rng: np.random.Generator) -> None:
    pose, expression = toy_pose(rng), some_expression(rng)
    mean = Identity.mean(model)
    first = fit_expression(perfect_landmarks(model, pose, np.zeros(8), 0.8 * expression), model, mean)
    landmarks = perfect_landmarks(model, pose, np.zeros(8), expression)
    warm = fit_expression(landmarks, model, mean, start=first)
    assert_allclose(warm.expression, fit_expression(landmarks, model, mean).expression, atol=2e-3)


def test_the_whole_face_is_identity_plus_displacement(model: FaceModel, rng: np.random.Generator) -> None:
    fitted = fit_expression(
        perfect_landmarks(model, toy_pose(rng), np.zeros(8), np.full(12, 0.5)), model, Identity.mean(model)
    )
    assert_allclose(fitted.vertices_mm(model), model.mean + model.displacement(fitted.expression))


def test_only_the_landmark_rows_of_the_model_matter(model: FaceModel) -> None:
    rows = landmark_rows(model, "units")
    assert rows.shapes.shape == (3, 68, 12)
    assert rows is landmark_rows(model, "units")


def test_a_model_without_some_landmarks_is_fitted_with_the_rest(model: FaceModel, rng: np.random.Generator) -> None:
    vertices = model.landmark_vertices.copy()
    vertices[:8] = vertices[9:17] = vertices[[60, 64]] = -1
    expression = some_expression(rng)
    landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), expression)
    fewer = dataclasses.replace(model, landmark_vertices=vertices)
    fitted = fit_expression(landmarks, fewer, Identity.mean(fewer), settings=EXACT)
    assert_allclose(fitted.expression, expression, atol=0.03)


def test_a_head_turned_too_far_is_refused(model: FaceModel, rng: np.random.Generator) -> None:
    landmarks = perfect_landmarks(model, toy_pose(rng, yaw_deg=38.0), np.zeros(8), np.zeros(12))
    with pytest.raises(FaceTurnedError, match=r"turned 3\d degrees to the side"):
        fit_expression(landmarks, model, Identity.mean(model))


def test_landmarks_that_are_not_a_face_are_refused(model: FaceModel, rng: np.random.Generator) -> None:
    landmarks = Landmarks(rng.uniform(100, 400, (68, 2)), (640, 480))
    with pytest.raises(FitError):
        fit_expression(landmarks, model, Identity.mean(model))


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((68, 2), np.nan), np.full((68, 2), 7.0)])
def test_points_that_are_not_landmarks_are_refused(points: FloatArray, model: FaceModel) -> None:
    with pytest.raises(FitError):
        fit_expression(Landmarks(points, (640, 480)), model, Identity.mean(model))


def test_an_empty_list_of_pictures_is_refused(model: FaceModel) -> None:
    with pytest.raises(FitError, match="at least one picture"):
        calibrate_identity([], model)


def test_a_basis_the_model_lacks_is_refused_by_name(model: FaceModel) -> None:
    with pytest.raises(FaceModelError, match="no expression basis 'visemes'"):
        landmark_rows(model, "visemes")


def test_an_uncertain_depth_is_not_an_expression_when_the_head_turns(model: FaceModel) -> None:
    """One neutral picture exactly from the front says nothing about depth; the calibration must know that it does."""
    invented: dict[int, list[float]] = {0: [], 12: []}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = rng.normal(size=8)
        front = perfect_landmarks(model, toy_pose(rng, yaw_deg=0.0), person, np.zeros(12))
        turned = perfect_landmarks(model, toy_pose(rng, yaw_deg=20.0), person, np.zeros(12))
        for axes, found in invented.items():
            identity = calibrate_identity([front], model, settings=FitSettings(neutral_axes=axes))
            moved = fit_expression(turned, model, identity).displacement_mm(model)
            found.append(float(np.sqrt((moved**2).sum(axis=1).mean())))
    assert np.mean(invented[12]) < 0.6 * np.mean(invented[0])


def test_the_focal_length_of_a_calibrated_camera_is_used(model: FaceModel, rng: np.random.Generator) -> None:
    pose = toy_pose(rng, focal_px=1100.0, distance_mm=900.0)
    landmarks = perfect_landmarks(model, pose, np.zeros(8), np.zeros(12))
    known = dataclasses.replace(EXACT, focal_px=1100.0)
    fitted = fit_expression(landmarks, model, Identity.mean(model), settings=known)
    assert fitted.pose.focal_px == 1100.0
    assert fitted.pose.distance_mm == pytest.approx(900.0, abs=1.0)


def test_the_reprojection_error_is_that_of_the_inner_landmarks(model: FaceModel, rng: np.random.Generator) -> None:
    landmarks = jittered(perfect_landmarks(model, toy_pose(rng), np.zeros(8), some_expression(rng)), rng, 1.0)
    landmarks.points_px[:17] += 9.0  # the jaw line slides, and is not counted
    fitted = fit_expression(landmarks, model, Identity.mean(model))
    drawn = fitted.pose.project(fitted.vertices_mm(model)[model.landmark_vertices])
    off_px = np.sqrt(((drawn - landmarks.points_px)[17:] ** 2).sum(axis=1).mean())
    assert fitted.reprojection_error_px == pytest.approx(off_px)
    assert fitted.reprojection_error_eyes == pytest.approx(off_px / landmarks.eye_distance_px)


def test_a_head_tilted_too_far_back_is_refused(model: FaceModel) -> None:
    pose = Pose(rotation_from_angles(pitch_deg=37.0), np.array([0.0, 0.0, -600.0]), 704.0, (319.5, 239.5))
    with pytest.raises(FaceTurnedError, match=r"turned 3\d degrees up or down"):
        fit_expression(perfect_landmarks(model, pose, np.zeros(8), np.zeros(12)), model, Identity.mean(model))


def test_a_frame_of_another_size_does_not_start_from_the_previous_one(
    model: FaceModel, rng: np.random.Generator
) -> None:
    """The same camera with every second pixel: a pose in pixels of the larger picture is not a start."""
    mean = Identity.mean(model)
    large = perfect_landmarks(model, toy_pose(rng), np.zeros(8), some_expression(rng))
    small = Landmarks((large.points_px - 0.5) / 2.0, (320, 240))
    before = fit_expression(large, model, mean)
    started = fit_expression(small, model, mean, start=before)
    assert_array_equal(started.expression, fit_expression(small, model, mean).expression)
    assert started.pose.focal_px == pytest.approx(before.pose.focal_px / 2.0)


def test_a_fit_of_one_basis_does_not_start_another(model: FaceModel, rng: np.random.Generator) -> None:
    landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), some_expression(rng))
    mean = Identity.mean(model)
    units = fit_expression(landmarks, model, mean)
    started = fit_expression(landmarks, model, mean, basis="emotions", start=units)
    assert_array_equal(started.expression, fit_expression(landmarks, model, mean, basis="emotions").expression)


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_ends_where_going_on_changes_nothing(seed: int, model: FaceModel) -> None:
    rng = np.random.default_rng(seed)
    landmarks = jittered(perfect_landmarks(model, toy_pose(rng), rng.normal(size=8), np.full(12, 0.8)), rng, 1.0)
    once = again = fit_expression(landmarks, model, Identity.mean(model))
    for _ in range(5):
        again = fit_expression(landmarks, model, Identity.mean(model), start=again)
    assert np.all(np.abs(again.expression - once.expression) < 0.05 * once.uncertainty)


def test_a_fit_starts_from_the_neutral_shift_of_the_previous_frame(
    model: FaceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For one frame shown twice, the second fit has converged: one step confirms it and changes nothing."""
    rng = np.random.default_rng(5)
    person = rng.normal(size=8)
    identity = calibrate_identity([perfect_landmarks(model, toy_pose(rng, yaw_deg=0.0), person, np.zeros(12))], model)
    landmarks = perfect_landmarks(model, toy_pose(rng, yaw_deg=20.0), person, some_expression(rng))
    first = fit_expression(landmarks, model, identity)
    assert np.abs(first.neutral_shift).max() > 0.1

    steps: list[object] = []

    def counted(*arguments: Any) -> Linearisation:
        steps.append(arguments)
        return linearise(*arguments)

    monkeypatch.setattr("analysis.face.fitting.gauss_newton.linearise", counted)
    again = fit_expression(landmarks, model, identity, start=first)

    assert len(steps) == 1
    assert_allclose(again.neutral_shift, first.neutral_shift, atol=0.02)
    assert_allclose(again.expression, first.expression, atol=0.01)
