"""Studies of simulated people, smaller than those of the documentation."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import DEFAULT_METRIC
from analysis.tables.similarity_table import SimilarityTable
from experiment.simulation.study.detection import detect_frames
from experiment.simulation.study.measuring import emotion_targets, measure_people, measure_targets
from experiment.simulation.study.pattern import Pattern, find_pattern
from experiment.simulation.study.recovery import graded_targets, recover, strength_of


def test_a_pattern_lists_the_cells_that_violate_it() -> None:
    good = np.full((6, 6), 0.5) + 0.49 * np.eye(6)
    bad = good.copy()
    fear, surprise = EMOTIONS.index("fear"), EMOTIONS.index("surprise")
    bad[fear, fear], bad[surprise, fear] = 0.97, 0.95

    found = Pattern("units", tuple(SimilarityTable(EMOTIONS, EMOTIONS, scores) for scores in (good, bad)))

    assert found.holds.tolist() == [True, False]
    assert found.smallest_matching.tolist() == pytest.approx([0.99, 0.97])
    assert found.largest_other.tolist() == pytest.approx([0.5, 0.95])
    assert dict(found.violations) == {"fear below 0.98": 1, "fear taken for surprise": 1}
    assert found.rank1 == 1.0


def test_the_strength_of_an_imitation_is_its_factor_on_the_target() -> None:
    target = np.array([1.0, 0.5, 0.0])

    assert strength_of(0.7 * target, target) == pytest.approx(0.7)


@pytest.mark.slow
def test_imitations_of_simulated_people_match_their_targets() -> None:
    model = load_model()
    people = measure_people(range(500, 504), [emotion_targets(model)] * 4)

    targets = measure_targets()

    assert [person.exclusions for person in people] == [()] * 4
    assert find_pattern(people, targets, DEFAULT_METRIC, model=model).rank1 >= 22 / 24
    blend = find_pattern(people, targets, "blend", model=model)
    assert blend.rank1 >= 22 / 24
    assert np.median(blend.smallest_matching) > 0.98
    assert np.median(blend.largest_other) < 0.94


@pytest.mark.slow
def test_measured_intensity_grows_with_true_intensity() -> None:
    model = load_model()
    targets = graded_targets(4, model, np.random.default_rng(5))

    found = recover(measure_people(range(600, 604), targets), model)

    true = np.concatenate([one.true for one in found])
    measured = np.concatenate([one.measured for one in found])
    assert np.corrcoef(true, measured)[0, 1] > 0.8
    assert 0.7 < float(measured @ true / (true @ true)) < 1.1


@pytest.mark.slow
def test_the_detector_finds_drawn_faces() -> None:
    detected = detect_frames(range(48), seed=1)

    assert [frame for frame in detected if frame.reason] == []
