from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.appearance.gradients import SHAPE
from analysis.face.errors import AnalysisError, FaceModelError
from analysis.face.measurement import MeasuredFace
from analysis.face.models.registry import load_model
from analysis.face.similarity.displacement import displacement_correlation, displacement_weights
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric, metric_names
from analysis.face.similarity.points import point_correlation, point_mask
from tests.analysis.face.similarity.measured import measured
from tests.analysis.face.toy import toy_model

MODEL = load_model()
POINTS = ("points:all:mean", "points:mobile", "points:mouth:y")


def person(seed: int, **units: float) -> MeasuredFace:
    rng = np.random.default_rng(seed)
    emotions = {name: float(rng.uniform()) for name in MODEL.bases["emotions"].names}
    face = measured(MODEL, units, emotions=emotions, identity=rng.normal(size=len(MODEL.identity)) * 0.8)
    return dataclasses.replace(face, appearance=rng.normal(size=SHAPE))


SMILE = person(1, mouthSmileLeft=0.8, mouthSmileRight=0.7, cheekSquintLeft=0.3)
FROWN = person(2, browDownLeft=0.9, browDownRight=0.9, mouthFrownLeft=0.4, mouthFrownRight=0.5)


def test_the_default_metric_comes_first_and_is_not_the_published_one() -> None:
    assert metric_names()[0] == DEFAULT_METRIC == metric().name
    assert DEFAULT_METRIC != "points"
    assert "points" in metric_names()


@pytest.mark.parametrize("name", [*metric_names(), *POINTS])
def test_a_metric_gives_the_same_number_both_ways(name: str) -> None:
    chosen = metric(name)

    assert chosen.score(SMILE, FROWN, MODEL) == chosen.score(FROWN, SMILE, MODEL)
    assert chosen.name == name
    assert chosen.formula
    assert 0 < len(chosen.caption) <= 120


@pytest.mark.parametrize("name", [*metric_names(), *POINTS])
def test_a_face_resembles_itself_more_than_another(name: str) -> None:
    score = metric(name).score

    assert_allclose(score(SMILE, SMILE, MODEL), 1, atol=1e-9)
    assert score(SMILE, FROWN, MODEL) < score(SMILE, SMILE, MODEL)


@pytest.mark.parametrize("name", [*metric_names(), *POINTS])
def test_the_same_faces_give_the_same_bits_again(name: str) -> None:
    again = dataclasses.replace(
        SMILE, score_fit=dataclasses.replace(SMILE.score_fit), intensity_fit=dataclasses.replace(SMILE.score_fit)
    )

    assert metric(name).score(SMILE, FROWN, MODEL) == metric(name).score(again, FROWN, MODEL)


def test_points_correlate_the_fitted_faces_with_their_identities() -> None:
    a, b = SMILE.intensity_fit.vertices_mm(MODEL), FROWN.intensity_fit.vertices_mm(MODEL)

    assert metric("points").score(SMILE, FROWN, MODEL) == point_correlation(a, b)
    assert metric("points:mobile:mean").score(SMILE, FROWN, MODEL) == point_correlation(
        a, b, mask=point_mask(MODEL, "mobile"), axes="mean"
    )


def test_displacement_leaves_the_identities_out() -> None:
    a, b = SMILE.score_fit.displacement_mm(MODEL), FROWN.score_fit.displacement_mm(MODEL)
    other = measured(MODEL, {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.7, "cheekSquintLeft": 0.3})

    score = metric("displacement").score
    assert score(SMILE, FROWN, MODEL) == displacement_correlation(a, b, displacement_weights(MODEL))
    assert_allclose(score(other, FROWN, MODEL), score(SMILE, FROWN, MODEL))


def test_emotions_are_compared_in_their_own_basis() -> None:
    sad = measured(MODEL, {}, emotions={"sadness": 0.6, "fear": 0.8})
    afraid = measured(MODEL, {}, emotions={"sadness": 0.8, "fear": 0.6})

    assert_allclose(metric("emotions").score(sad, afraid, MODEL), 0.96)


def test_a_name_with_options_makes_a_name_for_files() -> None:
    assert metric("points:mobile:mean").label == "pointsMobileMean"
    assert metric("units").label == "units"


@pytest.mark.parametrize("name", ["", "point", "units:mouth", "points:all:xyz:more"])
def test_an_unknown_metric_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(AnalysisError, match=r"unknown metric .*; choose one of .*units.*, or points\[:MASK"):
        metric(name)


@pytest.mark.parametrize("name", ["points:ears", "points:all:w"])
def test_an_unknown_option_of_points_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(AnalysisError, match=r"points takes a mask of all, mobile, brows.* and axes of xyz, mean, x"):
        metric(name)


def test_a_model_without_regions_has_no_points_of_one() -> None:
    toy = toy_model()
    face = measured(toy, {"jawOpen": 0.5})

    with pytest.raises(
        FaceModelError, match="the face model toy has no region 'mouth'; use points:all or points:mobile"
    ):
        metric("points:mouth").score(face, face, toy)


def test_a_model_without_emotions_has_no_metric_of_them() -> None:
    face = dataclasses.replace(SMILE, emotion_fit=None)

    with pytest.raises(FaceModelError, match="has no basis of emotions; use the metric units"):
        metric("emotions").score(face, face, MODEL)
