"""The share of a target's movement that each side of the face makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.face.fitting.fit import fit_expression
from analysis.face.fitting.fitted_face import FitSettings, Identity
from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.parts import compare_faces
from analysis.training.learning import Attempt, Curve
from analysis.training.sides import side_changes, side_results
from tests.analysis.face.toy import perfect_landmarks, toy_pose
from tests.analysis.training.test_learning import NO_LIVE, trial


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def face(model: FaceModel, **strengths: float) -> MeasuredFace:
    """A face of the model that ships, with exactly these strengths."""
    expression = np.array([strengths.get(name, 0.0) for name in model.bases["units"].names])
    landmarks = perfect_landmarks(
        model, toy_pose(np.random.default_rng(1), yaw_deg=0.0), np.zeros(len(model.identity)), expression
    )
    fit = replace(fit_expression(landmarks, model, Identity.mean(model), settings=FitSettings()), expression=expression)
    return MeasuredFace(Picture(Path("key.png"), "smile"), landmarks, fit, fit, None)


def test_a_weak_side_has_the_smaller_share_and_is_that_of_the_person(model: FaceModel) -> None:
    target = face(model, mouthSmileLeft=0.8, mouthSmileRight=0.8)
    same = side_results(target, target, model)
    weak = side_results(target, face(model, mouthSmileLeft=0.8, mouthSmileRight=0.2), model)

    assert [one.share for one in same.values()] == pytest.approx([1.0, 1.0])
    # the two units overlap in the middle of the mouth, so the shares are not exactly 1 and a quarter
    assert weak["left"].share == pytest.approx(1.0, abs=0.1)
    assert weak["right"].share == pytest.approx(0.25, abs=0.1)
    assert weak["left"].moved_mm > 2 * weak["right"].moved_mm


def test_a_side_that_the_target_does_not_move_has_no_share_but_its_movement(model: FaceModel) -> None:
    target = face(model, mouthSmileLeft=0.8)
    both = side_results(target, face(model, mouthSmileLeft=0.8, mouthSmileRight=0.8), model)

    assert both["right"].share is None
    assert both["left"].share is not None
    assert both["right"].moved_mm == pytest.approx(both["left"].moved_mm, rel=0.1)


def test_a_target_at_rest_has_no_share(model: FaceModel) -> None:
    results = side_results(face(model), face(model, mouthSmileLeft=0.8), model)
    assert [one.share for one in results.values()] == [None, None]


def test_shares_are_in_the_order_of_the_attempts_of_a_kind(model: FaceModel) -> None:
    target = face(model, mouthSmileLeft=0.8, mouthSmileRight=0.8)
    attempts = []
    for number, (right, kind) in enumerate([(0.2, "training"), (0.4, "experiment"), (0.8, "training")], start=1):
        mimic = face(model, mouthSmileLeft=0.8, mouthSmileRight=right)
        parts = compare_faces(target, mimic, metric("units"), model)
        attempts.append(Attempt(number, None, trial(kind), mimic, parts, NO_LIVE))
    left, right_side = side_changes(Curve("smile", target, tuple(attempts)), model, kind="training")

    assert (left.side, right_side.side) == ("left", "right")
    assert right_side.shares == pytest.approx((0.25, 1.0), abs=0.1)
    assert right_side.mean == pytest.approx(sum(right_side.shares) / 2)
