"""The interval and the likelihood ratio of a single score."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

from analysis.face.errors import AnalysisError
from analysis.face.measurement import MeasuredFace
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric
from analysis.face.similarity.uncertainty import (
    FEATURES,
    FILE,
    LearnedUncertainty,
    Uncertainty,
    learned_uncertainty,
    pair_features,
    read_uncertainty,
    retake_scatter,
    score_uncertainty,
)
from tests.analysis.face.similarity.measured import measured

MODEL = load_model()
NOTHING = (0.0,) * len(FEATURES)
NEAR, FAR = ([0.4 + sign * sd * math.sqrt(3) / 2 for sign in (-1, -1, 1, 1)] for sd in (0.06, 0.2))
"""Scores with this standard deviation."""
STILL = (0.0,) * (len(FEATURES) - 3)


def smile(strength: float = 0.8, *, turned_deg: float = 0.0) -> MeasuredFace:
    face = measured(MODEL, {"mouthSmileLeft": strength, "mouthSmileRight": strength})
    return dataclasses.replace(face, turn_deg=(turned_deg, 0.0))


def learned(**changed: object) -> LearnedUncertainty:
    """Numbers with a spread of 0.1 and no shift of the centre."""
    spread = (math.log(0.1), *NOTHING[1:])
    ranges = ((-9.0, 9.0),) * len(FEATURES)
    known = LearnedUncertainty("", NOTHING, spread, (-2.0, 1.0), (0.0, 0.0, 0.0, 0.0), ranges, 16.0)
    return dataclasses.replace(known, **changed)  # type: ignore[arg-type]


def test_the_interval_is_score_plus_centre_plus_quantiles_of_the_spread() -> None:
    centre = (0.05, 0.0, -0.2, *NOTHING[3:])  # 0.05 - 0.2 * 0.25 = 0

    one = learned(centre=centre).uncertainty(0.5, STILL)

    assert one.low == pytest.approx(0.3)
    assert one.high == pytest.approx(0.6)


def test_the_interval_contains_the_score_and_stays_within_minus_one_and_one() -> None:
    far = learned(centre=(0.5, *NOTHING[1:])).uncertainty(0.2, STILL)
    top = learned().uncertainty(0.97, STILL)

    assert far.low == 0.2
    assert top.high == 1.0


def test_values_beyond_the_usual_ones_count_as_the_usual_ones() -> None:
    ranges = ((1.0, 1.0), (-1.0, 1.0), (0.0, 1.0), (0.0, 2.0), *((-9.0, 9.0),) * (len(FEATURES) - 4))
    known = learned(log_spread=(math.log(0.1), 0.0, 0.0, -1.0, *NOTHING[4:]), ranges=ranges)

    def width(strength: float) -> float:
        one = known.uncertainty(0.0, (strength, *STILL[1:]))
        return one.high - one.low

    assert width(5.0) == width(2.0) == pytest.approx(0.3 * math.exp(-2.0))
    assert width(1.0) == pytest.approx(0.3 * math.exp(-1.0))


def test_the_likelihood_ratio_is_logistic_in_score_and_spread_and_limited_by_the_number_of_people() -> None:
    spread = math.log(0.1)
    known = learned(evidence=(1.0, 2.0, 0.5, 0.25))

    assert known.uncertainty(0.4, STILL).likelihood_ratio == pytest.approx(
        math.exp(1.0 + 0.8 + 0.5 * spread + 0.1 * spread)
    )
    large, small = (learned(evidence=(one, 0.0, 0.0, 0.0)).uncertainty(0.4, STILL) for one in (9.0, -9.0))
    assert (large.likelihood_ratio, small.likelihood_ratio) == (16.0, 1 / 16)
    assert large.ratio_text.startswith("at least 16 times")
    assert small.ratio_text.startswith("at least 16 times as probable if another target")
    assert (large.ratio_limit, small.ratio_limit) == ("at least", "at most")
    assert known.uncertainty(0.4, STILL).ratio_limit == ""


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (1.5, "about 1.5 times as probable if this target is imitated as if another one is (no support)"),
        (25.0, "about 25 times as probable if this target is imitated as if another one is (moderate support)"),
        (0.2, "about 5 times as probable if another target is imitated as if this one is (weak support)"),
    ],
)
def test_a_ratio_is_said_in_words(ratio: float, expected: str) -> None:
    assert Uncertainty(0.1, 0.2, ratio).ratio_text == expected


def test_frames_that_scatter_more_than_the_learned_spread_replace_it() -> None:
    plain, calm, restless = (learned().uncertainty(0.4, STILL, retake_sd=sd) for sd in (None, 0.05, 0.2))

    assert (calm.low, calm.high) == (plain.low, plain.high)
    assert [plain.low, plain.high, restless.low, restless.high] == pytest.approx([0.2, 0.5, 0.0, 0.6])
    assert restless.likelihood_ratio == plain.likelihood_ratio
    assert restless.retake_sd == 0.2


def test_the_mean_of_pictures_loses_only_their_own_scatter_from_the_spread() -> None:
    equal, scattered, wild = (learned().of_mean(scores, [STILL] * 4) for scores in ([0.4] * 4, NEAR, FAR))

    assert [equal.low, equal.high] == pytest.approx([0.2, 0.5])  # as a single score with a spread of 0.1
    assert [scattered.mean, scattered.sd] == pytest.approx([0.4, 0.06])
    spread = math.sqrt(0.1**2 - 0.06**2 * 3 / 4)
    assert [scattered.low, scattered.high] == pytest.approx([0.4 - 2 * spread, 0.4 + spread])
    spread = math.sqrt(0.2**2 - 0.1**2 * 3 / 4)  # more than learned
    assert [wild.low, wild.high] == pytest.approx([0.4 - 2 * spread, 0.4 + spread])


def test_the_scatter_of_frames_is_that_of_successive_differences() -> None:
    assert retake_scatter([0.5, 0.6, 0.4]) == pytest.approx(math.sqrt((0.01 + 0.04) / 2 / 2))
    assert retake_scatter([0.5, 0.6]) is None
    rising, sd = [0.5, 0.55, 0.6, 0.65, 0.7], 0.079
    scatter = retake_scatter(rising)
    assert scatter is not None
    assert scatter < sd / 2  # a slow change of the expression is not noise


def test_the_properties_of_a_pair_do_not_depend_on_which_face_is_the_target() -> None:
    weak, turned = smile(0.3), smile(turned_deg=15.0)

    assert pair_features(weak, turned, MODEL) == pytest.approx(pair_features(turned, weak, MODEL))
    assert pair_features(smile(), turned, MODEL)[2] == pytest.approx(1.0)  # 15 degrees of one face
    assert pair_features(smile(), turned, MODEL)[-1] == pytest.approx(2.0)  # one neutral picture of each


def test_nothing_is_said_about_faces_without_neutral_pictures_and_metrics_that_were_not_learned() -> None:
    face = smile()
    identity = dataclasses.replace(face.score_fit.identity, how="joint")
    alone = dataclasses.replace(face, score_fit=dataclasses.replace(face.score_fit, identity=identity))

    assert score_uncertainty(0.5, face, smile(), metric="units", model=MODEL) is not None
    assert score_uncertainty(0.5, face, alone, metric="units", model=MODEL) is None
    assert score_uncertainty(0.5, face, smile(), metric="eos", model=MODEL) is None
    assert score_uncertainty(0.5, face, smile(), metric="units", model=dataclasses.replace(MODEL, name="x")) is None


def test_the_numbers_that_ship_were_learned_for_the_metrics_of_this_version() -> None:
    """If this fails, a metric has changed: run scripts/evaluate uncertainty."""
    known = learned_uncertainty()

    assert known.model == MODEL.name
    assert {name: one.formula for name, one in known.metrics.items()} == {
        name: metric(name).formula for name in known.metrics
    }


def test_a_weaker_expression_and_a_turned_head_have_wider_intervals_with_the_numbers_that_ship() -> None:
    def width(mimic: MeasuredFace) -> float:
        one = score_uncertainty(0.5, smile(), mimic, metric="combined", model=MODEL)
        assert one is not None
        return one.high - one.low

    assert width(smile(0.3)) > width(smile())
    assert width(smile(turned_deg=15.0)) > width(smile())


@pytest.mark.parametrize(
    "name", [name for name, one in learned_uncertainty().metrics.items() if one.quality or name == DEFAULT_METRIC]
)
def test_a_higher_score_is_never_less_evidence_with_the_numbers_that_ship(name: str) -> None:
    known = learned_uncertainty().metrics[name]
    for seed in range(50):
        rng = np.random.default_rng(seed)
        pair = [rng.uniform(low, high) for low, high in known.ranges[3:]]
        ratios = [known.uncertainty(score, pair).likelihood_ratio for score in np.linspace(-0.5, 1.0, 31).tolist()]
        assert (np.diff(ratios) >= -1e-12).all()


def test_a_file_of_another_version_is_refused_with_its_name(tmp_path: Path) -> None:
    content = json.loads(FILE.read_text("utf-8"))
    file = tmp_path / "uncertainty.json"
    file.write_text(json.dumps(content | {"features": ["one"]}), encoding="utf-8")

    for broken in (file, tmp_path / "missing.json"):
        with pytest.raises(AnalysisError, match=rf"{broken.name}: a part of the program is missing"):
            read_uncertainty(broken)
