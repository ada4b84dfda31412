"""Following the hints improves the similarity of a drawn face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.feedback.live_measurer import FaceMeasurer, TargetPictures
from experiment.lab.rendered_targets import locate_drawn
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.target_units import target_units
from experiment.simulation.trainee import NOVICE, STEP, PracticeResult, Trainee, practice_pairs
from tests.conftest import PROJECT

TARGETS = ("sadness", "surprise")


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def plan() -> SessionPlan:
    """The training that ships, with two targets that novices do not match at once."""
    whole = design(
        load_protocol(PROJECT / "protocols" / "facial_training.yaml"),
        participant="01",
        session=None,
        seed=1,
        language="en",
        render=locate_drawn,
    )
    steps = tuple(step for step in whole.steps if isinstance(step, Trial) and step.target.name in TARGETS)
    return replace(whole, steps=steps)


@pytest.fixture(scope="module")
def pairs(plan: SessionPlan, model: FaceModel) -> list[tuple[PracticeResult, PracticeResult]]:
    targets = [target for target in plan.targets if target.name in TARGETS]
    measurer = FaceMeasurer(model, [TargetPictures(one.name, one.image, one.neutral) for one in targets])
    return list(practice_pairs(plan, measurer, model, runs=2, seed=20))


@pytest.mark.slow
@pytest.mark.timeout(1200)
class TestPractice:
    def test_a_trainee_who_follows_the_hints_improves(self, pairs: list[tuple[PracticeResult, PracticeResult]]) -> None:
        gains = [follows.gain for follows, _ in pairs]

        assert min(gains) > 0, gains
        assert np.mean(gains) > 0.05

    def test_a_trainee_who_ignores_the_hints_does_not_improve(
        self, pairs: list[tuple[PracticeResult, PracticeResult]]
    ) -> None:
        gains = [ignores.gain for _, ignores in pairs]

        assert np.mean(gains) < 0.05, gains
        assert all(follows.gain > ignores.gain for follows, ignores in pairs)

    def test_both_trainees_start_with_the_same_face(self, pairs: list[tuple[PracticeResult, PracticeResult]]) -> None:
        for follows, ignores in pairs:
            assert (follows.seed, follows.target) == (ignores.seed, ignores.target)
            assert follows.first == pytest.approx(ignores.first, abs=1e-9)


@pytest.fixture
def trainee(plan: SessionPlan, model: FaceModel) -> Trainee:
    person = replace(draw_simulated_person(3, model), skill=NOVICE)
    return Trainee(person, model, target_units(plan.targets[0], model), attitude="follows")


def test_a_hint_changes_only_its_units_by_one_step(trainee: Trainee, model: FaceModel) -> None:
    names = model.bases["units"].names
    trainee.expression = np.full(len(names), 0.5)

    trainee.change((("jawOpen", 0.9), ("browInnerUp", -0.1)))

    moved = trainee.expression - 0.5
    assert moved[names.index("jawOpen")] == pytest.approx(STEP, abs=STEP)
    assert moved[names.index("jawOpen")] > 0
    assert moved[names.index("browInnerUp")] < 0
    assert np.count_nonzero(moved) == 2
