"""Recovery of drawn expressions: exact landmarks first, then the real detector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.bench.recovery import HOW, DetectedActor, RecoveryFigures, detect_actors, exact_landmarks, recover
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.actors import LABELS, Actor, draw_actors
from analysis.face.synthetic.expressions import MIXTURE

IDENTITIES = 20


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def actors(model: FaceModel) -> list[Actor]:
    return draw_actors(model, actors=IDENTITIES, neutrals=3, rng=np.random.default_rng(1))


def test_every_actor_shows_seven_expressions_with_the_head_turned_by_up_to_twenty_degrees(actors: list[Actor]) -> None:
    assert len(actors) == IDENTITIES
    turns = [abs(take.pose.yaw_deg) for actor in actors for take in actor.takes]
    assert {tuple(take.label for take in actor.takes) for actor in actors} == {(*EMOTIONS, MIXTURE)}
    assert len(turns) == IDENTITIES * len(LABELS)
    assert 17 < max(turns) <= 20.5
    strengths = np.array([take.expression for actor in actors for take in actor.takes])
    assert strengths.min() == 0.0
    assert strengths.max() <= 1.0
    assert ((strengths > 0).sum(axis=0) >= 3).all(), "a unit that is never shown cannot be recovered"


def test_the_same_seed_gives_the_same_actors(model: FaceModel, actors: list[Actor]) -> None:
    again = draw_actors(model, actors=2, neutrals=3, rng=np.random.default_rng(1))
    assert_array_equal(again[1].takes[3].person.identity, actors[1].takes[3].person.identity)
    assert again[1].takes[3].scene == actors[1].takes[3].scene


def test_exact_landmarks_are_projected_by_the_camera_of_the_renderer(model: FaceModel, actors: list[Actor]) -> None:
    take = actors[0].takes[2]
    points = take.vertices_mm(model)[model.landmark_vertices]
    expected = take.scene.optics.project(points, take.scene.pose)
    assert_allclose(take.exact_landmarks(model).points_px, expected)


def test_with_exact_landmarks_the_mean_point_error_is_below_half_a_millimetre(
    model: FaceModel, actors: list[Actor]
) -> None:
    figures = recover(model, exact_landmarks(model, actors), how="calibrated")
    assert figures.cloud_mm < 0.5
    assert figures.motion_mm < 0.05
    assert figures.unit_correlation.min() > 0.99
    assert figures.strength == pytest.approx(1.0, abs=0.01)


def test_figures_of_a_known_error_agree_with_it(model: FaceModel, actors: list[Actor]) -> None:
    """All landmarks are neutral: the error is the whole motion."""
    still = [
        replace(one, takes=tuple((take, one.neutrals[0]) for take, _ in one.takes))
        for one in exact_landmarks(model, actors[:4])
    ]
    figures = recover(model, still, how="calibrated")
    assert figures.motion_mm == pytest.approx(figures.shown_mm, rel=0.05)
    assert abs(figures.correlation) < 0.1
    assert abs(figures.strength) < 0.05


@pytest.fixture(scope="module")
def detected(model: FaceModel, actors: list[Actor]) -> list[DetectedActor]:
    found = detect_actors(model, actors, samples=1)
    assert [reason for one in found for reason in one.missed] == []
    return found


@pytest.fixture(scope="module")
def through_the_detector(model: FaceModel, detected: list[DetectedActor]) -> dict[str, RecoveryFigures]:
    return {how: recover(model, detected, how=how) for how in HOW}


@pytest.mark.slow
def test_drawn_people_are_recovered_through_the_real_detector(
    through_the_detector: dict[str, RecoveryFigures],
) -> None:
    """20 identities x 7 expressions. These units are best visible in 68 landmarks."""
    figures = through_the_detector["calibrated"]
    unit = dict(zip(figures.names, figures.unit_correlation, strict=True))
    for name in ("browDownLeft", "browDownRight", "browInnerUp", "mouthSmileLeft", "mouthSmileRight", "jawOpen"):
        assert unit[name] > 0.65, name
    assert np.median(figures.unit_correlation) > 0.38
    assert figures.motion_correlation > 0.65
    assert figures.motion_mm < 0.8 * figures.shown_mm
    assert figures.cloud_mm < 3.0


@pytest.mark.slow
def test_emotions_are_named_although_people_pose_other_variants_than_the_targets(
    model: FaceModel, detected: list[DetectedActor], through_the_detector: dict[str, RecoveryFigures]
) -> None:
    """Drawn people pose anger with a closed mouth. Measured: 0.91 of all six emotions, all 20 angry people."""
    assert through_the_detector["calibrated"].emotions_named > 0.75
    angry = [replace(one, takes=tuple(take for take in one.takes if take[0].label == "anger")) for one in detected]
    assert recover(model, angry, how="calibrated").emotions_named > 0.75


@pytest.mark.slow
def test_a_neutral_picture_helps_and_without_one_more_pictures_help(
    through_the_detector: dict[str, RecoveryFigures],
) -> None:
    calibrated, joint, alone = (through_the_detector[how] for how in ("calibrated", "joint", "alone"))
    assert calibrated.motion_mm < joint.motion_mm < alone.motion_mm
    assert calibrated.motion_correlation > joint.motion_correlation > alone.motion_correlation
    assert calibrated.correlation > joint.correlation > alone.correlation
    assert calibrated.cloud_mm < joint.cloud_mm


@pytest.mark.slow
def test_the_refit_for_scores_keeps_the_correlations(through_the_detector: dict[str, RecoveryFigures]) -> None:
    fitted, refitted = through_the_detector["calibrated"], through_the_detector["refitted"]
    assert refitted.correlation > 0.9 * fitted.correlation
    assert refitted.motion_correlation > 0.9 * fitted.motion_correlation
    assert refitted.cloud_mm != fitted.cloud_mm
