"""The second fit: the movement of the landmarks, and mistakes that hang together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose

from analysis.face.fitting.covariance_refit import (
    detector_errors,
    landmark_movement,
    mirrored_movement,
    movement_covariance,
    refit,
)
from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import Identity
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.registry import load_model
from tests.analysis.face.toy import perfect_landmarks, toy_pose

MODEL = load_model()
NAMES = MODEL.bases["units"].names


def units(**strengths: float) -> np.ndarray:
    return np.array([strengths.get(name, 0.0) for name in NAMES])


def test_the_movement_of_the_landmarks_is_that_of_the_model_in_any_pose(rng: np.random.Generator) -> None:
    shown = units(browInnerUp=0.8, browOuterUpLeft=0.5, mouthSmileLeft=0.4)
    landmarks = perfect_landmarks(MODEL, toy_pose(rng, yaw_deg=10.0), np.zeros(len(MODEL.identity)), shown)

    face = fit_expression(landmarks, MODEL, Identity.mean(MODEL))
    moved = landmark_movement(face, landmarks, MODEL)

    truth = MODEL.displacement(shown)[MODEL.landmark_vertices, :2]
    assert np.abs(truth[17:27]).max() > 4.0
    assert_allclose(moved[17:27], truth[17:27], atol=1.6)


def test_a_perfect_detector_gives_the_true_expression(rng: np.random.Generator) -> None:
    shown = units(jawOpen=0.5, browDownLeft=0.8, browDownRight=0.8)
    landmarks = perfect_landmarks(MODEL, toy_pose(rng, yaw_deg=-5.0), np.zeros(len(MODEL.identity)), shown)

    again = refit(fit_expression(landmarks, MODEL, Identity.mean(MODEL)), landmarks, MODEL)

    found = again.expression / np.linalg.norm(again.expression)
    assert found @ shown / np.linalg.norm(shown) > 0.75
    assert again.expression.min() >= 0
    assert again.expression.max() <= 1


def test_a_frequent_error_of_the_detector_is_explained_by_less_expression_than_a_rare_one(
    rng: np.random.Generator,
) -> None:
    """Two displacements of the same size: along the commonest mistake, and along one that hardly occurs."""
    values, vectors = np.linalg.eigh(detector_errors().reshape(136, 136))
    pose = toy_pose(rng, yaw_deg=0.0)
    rest = perfect_landmarks(MODEL, pose, np.zeros(len(MODEL.identity)), units())
    per_mm = pose.focal_px / pose.distance_mm

    def strength(direction: np.ndarray) -> float:
        found = []
        for sign in (1, -1):
            shift = sign * 6.0 * direction.reshape(68, 2) * (1.0, -1.0) * per_mm
            wrong = Landmarks(rest.points_px + shift, rest.image_size)
            face = fit_expression(rest, MODEL, Identity.mean(MODEL))
            found.append(float(np.linalg.norm(refit(face, wrong, MODEL).expression)))
        return float(np.mean(found))

    assert values[-1] > 20 * np.median(values)
    assert strength(vectors[:, -1]) < 0.5 * strength(vectors[:, 40])


def test_learned_covariances_are_symmetric_between_the_sides() -> None:
    for covariance in (detector_errors(), movement_covariance()):
        square = covariance.reshape(136, 136)
        assert_allclose(square, square.T)
        assert_allclose(covariance[36, :, 36], covariance[45, :, 45] * [[1, -1], [-1, 1]], rtol=1e-4, atol=1e-4)
        assert np.linalg.eigvalsh(square).min() > -1e-3


def test_a_movement_mirrored_twice_is_itself_and_sides_change_places(rng: np.random.Generator) -> None:
    movement = rng.normal(size=(68, 2))

    assert_allclose(mirrored_movement(mirrored_movement(movement)), movement)
    assert_allclose(mirrored_movement(movement)[36], movement[45] * (-1, 1))
    assert_allclose(mirrored_movement(movement)[30], movement[30] * (-1, 1))


def test_a_model_that_lacks_landmarks_is_refitted_with_those_it_has(rng: np.random.Generator) -> None:
    without_jaw = replace(MODEL, landmark_vertices=np.where(np.arange(68) < 17, -1, MODEL.landmark_vertices))
    shown = units(browInnerUp=0.8, mouthSmileLeft=0.6, mouthSmileRight=0.6)
    landmarks = perfect_landmarks(MODEL, toy_pose(rng, yaw_deg=6.0), np.zeros(len(MODEL.identity)), shown)

    again = refit(fit_expression(landmarks, without_jaw, Identity.mean(without_jaw)), landmarks, without_jaw)

    found = again.expression / np.linalg.norm(again.expression)
    assert found @ shown / np.linalg.norm(shown) > 0.6
