"""The metrics on faces whose coefficients and looks are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from analysis.face.appearance.common_change import common_change
from analysis.face.appearance.gradients import SHAPE, mirrored_descriptor
from analysis.face.appearance.part_statistics import part_statistics
from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.measurement import MeasuredFace, facing_appearance
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.appearance import appearance_reliability
from analysis.face.similarity.combined import units_correlation, units_share
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric
from analysis.face.similarity.parts import compare_faces
from analysis.face.synthetic.expressions import imitated_expression, prototype
from tests.analysis.face.similarity.measured import measured

MODEL = load_model()


def looking(look: FloatArray, **units: float) -> MeasuredFace:
    return replace(measured(MODEL, units), appearance=look)


def terms(share: float) -> tuple[float, float]:
    """Terms of a picture whose noise is a share of a usual change."""
    known = part_statistics()
    return math.log(share * known.change / known.noise), 0.0


@pytest.fixture
def looks(rng: np.random.Generator) -> list[FloatArray]:
    return [rng.normal(size=SHAPE) for _ in range(3)]


def test_the_default_is_a_quarter_units_in_clear_pictures(looks: list[FloatArray]) -> None:
    a, b = looking(looks[0], mouthSmileLeft=0.5, mouthSmileRight=0.5), looking(looks[0], jawOpen=0.7)
    units = units_correlation(a, b)

    assert metric("appearance").score(a, b, MODEL) == pytest.approx(1.0)
    assert metric("units").score(a, b, MODEL) == 0.0
    assert metric(DEFAULT_METRIC).score(a, b, MODEL) == pytest.approx(0.75 + 0.25 * units)


def test_unrelated_units_correlate_about_zero(rng: np.random.Generator) -> None:
    """Their cosine is far above zero, because all expressions share some units."""
    names = MODEL.bases["units"].names
    shown = [
        measured(MODEL, dict(zip(names, imitated_expression(prototype(emotion, names), rng), strict=True)))
        for emotion in EMOTIONS
    ]
    pairs = [(a, b) for a in shown for b in shown if a is not b]

    assert np.mean([metric("units").score(a, b, MODEL) for a, b in pairs]) > 0.15
    assert abs(np.mean([units_correlation(a, b) for a, b in pairs])) < 0.15


def test_units_have_more_weight_where_appearance_is_less_reliable(looks: list[FloatArray]) -> None:
    a, b = looking(looks[0], jawOpen=0.5), looking(looks[1], jawOpen=0.5, browInnerUp=0.1)
    noisy = replace(b, noise_terms=terms(0.75))
    scores = {name: metric(name).score(a, b, MODEL) for name in ("appearance", "combined")}

    assert appearance_reliability(noisy) == pytest.approx(0.25)
    assert units_share(a, b) == pytest.approx(0.25)
    assert units_share(a, noisy) == pytest.approx(0.25 / (0.25 + 0.75 * 0.5))  # sqrt(1 x 0.25) = 0.5
    assert units_share(a, noisy) == units_share(noisy, a)
    assert scores["appearance"] < scores["combined"] < metric("combined").score(a, noisy, MODEL)


def test_appearance_is_never_left_out(looks: list[FloatArray]) -> None:
    hidden = replace(looking(looks[0], jawOpen=0.5), noise_terms=terms(1e9))

    assert appearance_reliability(hidden) == pytest.approx(0.1)
    assert units_share(hidden, hidden) == pytest.approx(0.25 / (0.25 + 0.075))


def test_what_all_expressions_of_a_person_share_is_left_out_of_pooled_parts(looks: list[FloatArray]) -> None:
    """Two people show two expressions; each adds the same to both."""
    own = [0.8 * looks[2], 0.8 * mirrored_descriptor(looks[2])]
    shown = [[looks[0] + one, looks[1] + one] for one in own]
    faces = []
    for changes in shown:
        common = common_change(["a", "b"], [np.zeros(43), np.zeros(43)], changes)
        faces.append([replace(looking(change, jawOpen=0.5), common=common) for change in changes])
    (first, other), (second, _) = faces
    alone = [replace(one, common=None) for one in (first, second, other)]
    score = metric("appearance").score

    assert score(first, second, MODEL) > score(alone[0], alone[1], MODEL)
    assert score(other, second, MODEL) < score(alone[2], alone[1], MODEL)


@pytest.mark.parametrize("name", ["combined", "appearance", "units", "displacement", "points"])
def test_a_metric_is_symmetric_and_one_for_the_same_face(looks: list[FloatArray], name: str) -> None:
    a = looking(looks[0], mouthSmileLeft=0.5, jawOpen=0.2)
    b = looking(looks[1], jawOpen=0.7, browInnerUp=0.4)
    score = metric(name).score

    assert score(a, b, MODEL) == pytest.approx(score(b, a, MODEL), abs=1e-12)
    assert score(a, a, MODEL) == pytest.approx(1.0)


def test_a_stronger_change_of_the_same_kind_is_the_same_appearance(looks: list[FloatArray]) -> None:
    score = metric("appearance").score

    assert score(looking(looks[0]), looking(3 * looks[0]), MODEL) == pytest.approx(1.0)
    assert score(looking(looks[0]), looking(3 * looks[1]), MODEL) == pytest.approx(
        score(looking(looks[0]), looking(looks[1]), MODEL)
    )


def test_a_mirrored_imitation_is_as_good(looks: list[FloatArray]) -> None:
    winks = looking(looks[0], eyeBlinkLeft=0.9), looking(mirrored_descriptor(looks[0]), eyeBlinkRight=0.9)

    assert metric("combined").score(*winks, MODEL) == pytest.approx(1.0)
    assert metric("units").score(*winks, MODEL) == 0.0


def test_cells_outside_the_face_do_not_count(looks: list[FloatArray]) -> None:
    hair = np.where(population().face < 0.06, 5.0, 0.0)

    assert hair.any()
    score = metric("appearance").score
    assert score(looking(looks[0] + hair), looking(looks[1]), MODEL) == pytest.approx(
        score(looking(looks[0]), looking(looks[1]), MODEL), abs=0.05
    )


def test_a_face_without_change_of_appearance_has_no_similarity(looks: list[FloatArray]) -> None:
    assert metric("appearance").score(looking(np.zeros(SHAPE)), looking(looks[0]), MODEL) == 0.0


def test_landmarks_alone_are_refused_with_a_remedy(looks: list[FloatArray]) -> None:
    with pytest.raises(AnalysisError, match=r"only the landmarks of this face were measured.*use the metric units"):
        metric("combined").score(measured(MODEL, {}), looking(looks[0]), MODEL)


def test_combined_and_appearance_are_corrected_for_head_rotation_and_units_are_not(
    looks: list[FloatArray],
) -> None:
    a, b = looking(looks[0], jawOpen=0.5, browInnerUp=0.2), looking(looks[0] + looks[1], jawOpen=0.5)
    turned = replace(b, turn_deg=(0.0, -15.0))

    def score(name: str, mimic: MeasuredFace) -> float:
        return metric(name).score(a, mimic, MODEL)

    facing = replace(b, appearance=facing_appearance(turned))
    assert score("appearance", facing) != pytest.approx(score("appearance", b), rel=0.01)
    assert score("appearance", turned) == pytest.approx(1.07 * score("appearance", facing))
    assert score("units", turned) == score("units", b)
    assert score("combined", facing) < score("combined", turned) < 1.07 * score("combined", facing)
    assert score("combined", turned) == metric("combined").score(turned, a, MODEL)


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AnalysisError, match="unknown metric 'smiles'; choose one of combined, appearance, units"):
        metric("smiles")


def test_the_score_is_the_weighted_mean_of_its_parts(looks: list[FloatArray]) -> None:
    a, b = looking(looks[0], mouthSmileLeft=0.5, jawOpen=0.2), looking(looks[1], jawOpen=0.7, browInnerUp=0.4)
    b = replace(b, noise_terms=terms(0.5))

    found = compare_faces(a, b, metric("combined"), MODEL)

    assert found.units_share is not None
    assert found.units_share > 0.25
    assert found.score == pytest.approx(
        found.units_share * found.parts["units"] + (1.0 - found.units_share) * found.parts["appearance"]
    )
    assert (
        compare_faces(a, b, metric("units"), MODEL).parts,
        compare_faces(a, b, metric("units"), MODEL).units_share,
    ) == (
        {},
        None,
    )
