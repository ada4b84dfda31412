"""Movements in the direction of a unit: projection, separation, and the onset that they date."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.courses.course_columns import MOVEMENT
from analysis.courses.trial_course import measure_indices, moving_units
from analysis.courses.unit_movements import Directions, directions, separated, unit_movements
from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.registry import load_model
from analysis.face.movements.from_rest import landmark_movement
from analysis.face.synthetic.drawn_course import minimum_jerk

TIMES_S = np.arange(-30, 90) / 30.0
SIZE = (640, 480)


def seen(moved_mm: np.ndarray) -> tuple[FittedFace, Landmarks]:
    """The mean face of the model, turned, with some landmarks moved in the plane of the face."""
    model = load_model()
    rows, identity = landmark_rows(model, model.finest_basis), Identity.mean(model)
    pose = Pose(
        rotation_from_angles(yaw_deg=12.0, pitch_deg=-4.0), np.array([10.0, 5.0, -600.0]), 700.0, (319.5, 239.5)
    )
    rest_mm = rows.neutral(identity.coefficients).T
    points = np.zeros((68, 2))
    points[rows.landmarks] = pose.project(rest_mm)
    landmarks = Landmarks(points, SIZE)
    fit = fit_expression(landmarks, model, identity, basis=model.finest_basis)
    changed = points.copy()
    changed[rows.landmarks] = pose.project(rest_mm + np.pad(moved_mm[rows.landmarks], ((0, 0), (0, 1))))
    return replace(fit, pose=pose, neutral_shift=np.zeros(0)), Landmarks(changed, SIZE)


def test_landmarks_that_move_in_the_plane_of_a_turned_face_have_this_movement() -> None:
    moved = np.zeros((68, 2))
    moved[48], moved[54] = (-2.0, 3.0), (2.0, 3.0)

    fit, landmarks = seen(moved)

    assert landmark_movement(fit, landmarks, load_model()) == pytest.approx(moved, abs=0.1)
    assert unit_movements(fit, landmarks, load_model()) == pytest.approx(
        [float((weights * moved).sum()) for weights in directions().weights], abs=0.01
    )


def test_raised_corners_of_the_mouth_are_a_smile_and_not_a_movement_of_the_brows() -> None:
    moved = np.zeros((68, 2))
    moved[48], moved[54] = (-2.0, 3.0), (2.0, 3.0)

    found = dict(zip(directions().units, unit_movements(*seen(moved), load_model()), strict=True))

    assert found["mouthSmile"] > 0.2
    assert found["mouthFrown"] < -0.2
    assert max(abs(found[unit]) for unit in found if unit.startswith("brow")) < 0.05


def test_the_directions_do_not_prefer_a_side_and_are_1_at_full_strength() -> None:
    moved = np.random.default_rng(5).normal(size=(68, 2))
    mirrored = landmarks_mirrored(moved)

    for weights in directions().weights:
        assert float((weights * moved).sum()) == pytest.approx(float((weights * mirrored).sum()), abs=1e-3)
    assert np.diag(directions().responses) == pytest.approx(np.ones(len(directions().units)), abs=1e-3)


def landmarks_mirrored(moved: np.ndarray) -> np.ndarray:
    from analysis.face.fitting.covariance_refit import mirrored_movement

    return mirrored_movement(moved)


def two_units() -> tuple[Directions, dict[str, np.ndarray]]:
    """The direction of `b` responds to `a`, which moves earlier."""
    first, second = (np.array([minimum_jerk((t - delay) / 0.4) for t in TIMES_S]) for delay in (0.3, 0.8))
    learned = Directions(("a", "b"), np.zeros((2, 68, 2)), np.array([[1.0, 0.0], [0.7, 1.0]]))
    return learned, {MOVEMENT + "a": first, MOVEMENT + "b": 0.7 * first + 0.5 * second, "second": second}


def test_the_part_of_another_unit_is_taken_off_if_that_unit_moves() -> None:
    learned, measures = two_units()

    assert separated(measures, "b", {"a"}, learned) == pytest.approx(0.5 * measures["second"])
    assert separated(measures, "b", set(), learned) == pytest.approx(measures[MOVEMENT + "b"])
    assert separated(measures, "c", {"a"}, learned) is None
    assert separated({"b": TIMES_S}, "b", {"a"}, learned) is None


def test_a_movement_is_dated_by_the_movement_of_the_landmarks_and_its_size_is_that_of_the_unit() -> None:
    rise = np.array([minimum_jerk((t - 0.4) / 0.5) for t in TIMES_S])
    late = np.array([minimum_jerk((t - 0.7) / 0.3) for t in TIMES_S])
    still = np.zeros(len(TIMES_S))
    measures = {"mouthSmile": 0.3 * late, "jawOpen": still}
    measures |= dict.fromkeys(directions().measures, still) | {MOVEMENT + "mouthSmile": 0.6 * rise}
    span = (-1.0, 3.0)

    alone = dict(measure_indices(TIMES_S, {"mouthSmile": 0.3 * late}, span_s=span))["mouthSmile"]
    dated = dict(measure_indices(TIMES_S, measures, span_s=span))["mouthSmile"]

    assert moving_units(TIMES_S, measures, span_s=span) == {"mouthSmile"}
    assert alone.onset_s == pytest.approx(0.7, abs=0.03)
    assert dated.onset_s == pytest.approx(0.4, abs=0.03)
    assert dated.peak == alone.peak == pytest.approx(0.3)
    assert dated.peak_s == pytest.approx(0.4 + 0.5 * 0.75, abs=0.04)
