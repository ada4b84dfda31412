"""Head pose independent of the expression."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.evaluation.photographs import PhotographStore
from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.fitting.covariance_refit import landmark_precision, movement_covariance, refit
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import Identity
from analysis.face.fitting.head_pose import frontal_by_pose, head_pose, movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.fitting.residuals import moved_pose
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import DetectedFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import prototype
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import Person, Photograph, draw_person

MODEL = load_model()
NAMES = MODEL.bases["units"].names
ROWS = landmark_rows(MODEL, "units")
KEPT, AT_REST = ROWS.landmarks, ROWS.at_rest(Identity.mean(MODEL))
PRECISION = landmark_precision(movement_covariance(), KEPT)


def turned(yaw_deg: float, pitch_deg: float) -> Pose:
    """A head before a webcam, a little beside the middle."""
    rotation = rotation_from_angles(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=4.0)
    return Pose(rotation, np.array([20.0, -15.0, -600.0]), 704.0, (319.5, 239.5))


def turn_between(a: Pose, b: Pose) -> float:
    """Degrees."""
    cosine = (np.trace(a.rotation.T @ b.rotation) - 1.0) / 2.0
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


@pytest.mark.parametrize(("yaw_deg", "pitch_deg"), [(0.0, 0.0), (15.0, 0.0), (-10.0, -12.0)])
def test_the_pose_of_a_face_at_rest_is_exact_from_a_wrong_start(yaw_deg: float, pitch_deg: float) -> None:
    truth = turned(yaw_deg, pitch_deg)
    start = moved_pose(truth, np.array([0.1, -0.08, 0.05, 8.0, -6.0, 20.0]))

    found = head_pose(start, AT_REST, truth.project(AT_REST.T), precision=PRECISION)

    assert turn_between(start, truth) > 7.0
    assert turn_between(found, truth) < 0.01
    assert_allclose(found.translation_mm, truth.translation_mm, atol=0.05)


def test_derivatives_equal_finite_differences_of_the_movement() -> None:
    pose = turned(12.0, -7.0)
    seen_px = pose.project(AT_REST.T)
    change = frontal_by_pose(pose, AT_REST)

    for k, little in enumerate((1e-4, 1e-4, 1e-4, 1e-2, 1e-2, 1e-2)):
        step = np.where(np.arange(6) == k, little, 0.0)
        assert_allclose(
            movement_mm(moved_pose(pose, step), AT_REST, seen_px).ravel() / little, -change[:, k], atol=0.05, rtol=0.01
        )


@pytest.mark.slow
def test_a_dropped_jaw_is_not_a_raised_chin(tmp_path: Path) -> None:
    """With dlib's landmarks of drawn expressions, pitch is nearer to the truth than that of the fit that seeks both."""
    store = PhotographStore(Generator("makehuman"), tmp_path)
    before, after = [], []
    for number in range(2):
        who = draw_person(f"ann-{number}", len(MODEL.identity), np.random.default_rng(number), face_px=180)

        def landmarks(expression: np.ndarray, pitch_deg: float, who: Person = who) -> Landmarks:
            found = store.detect(Photograph(who, "any", expression, who.turned(pitch_deg=pitch_deg)))
            assert isinstance(found, DetectedFace)
            return found.landmarks

        rest = landmarks(np.zeros(len(NAMES)), 0.0)
        identity = calibrate_identity([rest], MODEL)
        facing = fit_expression(rest, MODEL, identity)
        for emotion in EMOTIONS:
            for pitch_deg in (-10.0, 10.0):
                shown = landmarks(0.9 * prototype(emotion, NAMES), pitch_deg)
                fitted = fit_expression(shown, MODEL, identity)
                before.append(fitted.pose.pitch_deg - facing.pose.pitch_deg - pitch_deg)
                again, start = (refit(face, seen, MODEL).pose for face, seen in ((fitted, shown), (facing, rest)))
                after.append(again.pitch_deg - start.pitch_deg - pitch_deg)

    rms_before, rms_after = np.sqrt(np.square(before).mean()), np.sqrt(np.square(after).mean())
    assert rms_before > 1.5
    assert rms_after < 0.85 * rms_before
