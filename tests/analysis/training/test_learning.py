from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import FitSettings, FittedFace, Identity
from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.parts import compare_faces
from analysis.training.learning import Attempt, Change, Curve, movement_changes, region_gaps_mm
from experiment.record.live import LiveFrames
from experiment.record.session_record import TrialRecord
from tests.analysis.face.toy import perfect_landmarks, toy_model, toy_pose

NO_LIVE = LiveFrames(np.zeros(0), np.zeros(0), np.zeros(0), (), (), np.zeros((0, 4)))


def test_the_change_over_four_attempts_matches_a_hand_calculation() -> None:
    change = Change.of([0.2, 0.5, 0.4, 0.8])

    assert (change.attempts, change.first, change.best, change.last) == (4, 0.2, 0.8, 0.8)
    assert change.gain == pytest.approx(0.6)
    # slopes: 0.3, 0.1, 0.2 | -0.1, 0.15 | 0.4; the median of six lies between 0.15 and 0.2
    assert change.slope == pytest.approx(0.175)


def test_one_attempt_has_no_slope() -> None:
    assert Change.of([0.3]) == Change(1, 0.3, 0.3, 0.3, 0.0)


@pytest.fixture
def model() -> FaceModel:
    return toy_model()


def fitted(model: FaceModel, rng: np.random.Generator, strengths: dict[str, float]) -> FittedFace:
    """A face of the toy model whose coefficients are exactly those given."""
    names = model.bases["units"].names
    expression = np.array([strengths.get(name, 0.0) for name in names])
    landmarks = perfect_landmarks(model, toy_pose(rng, yaw_deg=0.0), np.zeros(8), expression)
    return replace(
        fit_expression(landmarks, model, Identity.mean(model), settings=FitSettings()), expression=expression
    )


def attempt(model: FaceModel, rng: np.random.Generator, target: MeasuredFace, strengths: dict[str, float]) -> Attempt:
    face = fitted(model, rng, strengths)
    measured = MeasuredFace(Picture(Path("key.png"), "smile"), target.landmarks, face, face, None)
    parts = compare_faces(target, measured, metric("units"), model)
    return Attempt(1, None, trial(), measured, parts, NO_LIVE)


def trial(kind: str = "training") -> TrialRecord:
    return TrialRecord(
        id="t1",
        block="strong",
        kind=kind,  # type: ignore[arg-type]
        target="smile",
        condition={},
        outcome="response",
        onset_s=0.0,
        duration_s=2.0,
        response_time_s=2.0,
        frame=Path("key.png"),
        key_to_frame_ms=1.0,
        half_interval_ms=16.0,
        neighbours=(),
        late_flips=0,
        missed_frames=0,
        ratings={},
    )


def curve_of(model: FaceModel, rng: np.random.Generator, *attempts: dict[str, float]) -> Curve:
    face = fitted(model, rng, {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8})
    landmarks = perfect_landmarks(model, toy_pose(rng, yaw_deg=0.0), np.zeros(8), face.expression)
    target = MeasuredFace(Picture(Path("smile.png"), "smile"), landmarks, face, face, None)
    return Curve("smile", target, tuple(attempt(model, rng, target, one) for one in attempts))


def test_movement_changes_report_what_came_nearer_and_what_is_missing(
    model: FaceModel, rng: np.random.Generator
) -> None:
    curve = curve_of(
        model,
        rng,
        {"mouthSmileLeft": 0.2, "mouthSmileRight": 0.0, "jawOpen": 0.5},
        {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.5, "jawOpen": 0.5, "noseSneerLeft": 0.4},
    )

    changes = {one.movement: one for one in movement_changes(curve, model)}
    smile, jaw, sneer = changes["mouthSmile"], changes["jawOpen"], changes["noseSneer"]

    assert (smile.target, smile.first, smile.last) == pytest.approx((0.8, 0.1, 0.6))
    assert smile.size_mm == pytest.approx(np.linalg.norm((8, 5, -3)))
    assert smile.nearer_mm == pytest.approx(0.5 * smile.size_mm)
    assert smile.missing_mm == pytest.approx(0.2 * smile.size_mm)
    assert jaw.nearer_mm == 0.0
    assert jaw.missing_mm == pytest.approx(0.5 * 18)
    assert sneer.nearer_mm == pytest.approx(-0.2 * 3)
    assert not any(name.endswith(("Left", "Right")) for name in changes)
    assert smile.is_visible
    assert not changes["cheekPuff"].is_visible


def test_the_distance_in_a_region_is_the_root_mean_square_of_its_vertices(
    model: FaceModel, rng: np.random.Generator
) -> None:
    first = curve_of(model, rng, {}).attempts[0].parts
    moved = np.zeros((len(model.mean), 3))
    moved[:4, 1] = (3.0, 4.0, 0.0, 0.0)
    weights = np.zeros(len(model.mean))
    weights[:2] = 1.0
    half = np.zeros(len(model.mean))
    half[:4] = 0.5

    gaps = region_gaps_mm(
        replace(first, movements_mm=(np.zeros_like(moved), moved)),
        replace(model, regions={"brows": weights, "mouth": half}),
    )

    assert_allclose([gaps["brows"], gaps["mouth"]], [np.sqrt(12.5), np.sqrt(6.25)])


def test_tests_and_training_of_one_target_are_separate(model: FaceModel, rng: np.random.Generator) -> None:
    curve = curve_of(model, rng, {"jawOpen": 0.9}, {"mouthSmileLeft": 0.8}, {"mouthSmileLeft": 0.8, "jawOpen": 0.1})
    kinds = ("experiment", "training", "experiment")
    curve = replace(
        curve, attempts=tuple(replace(one, trial=trial(kind)) for one, kind in zip(curve.attempts, kinds, strict=True))
    )

    tested, trained = curve.change("experiment"), curve.change("training")

    assert tested is not None
    assert trained is not None
    assert (tested.attempts, trained.attempts) == (2, 1)
    assert tested.first == curve.attempts[0].score
    assert tested.last == curve.attempts[2].score
    assert curve.change("practice") is None
