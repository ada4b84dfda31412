"""The true faces of simulated watchers against targets and against measured film."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.simulation.person import SimulatedPerson, draw_simulated_person
from experiment.simulation.study.watching import congruence, film_smiles
from experiment.simulation.visitor import person_seed


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def people(model: FaceModel) -> list[SimulatedPerson]:
    return [draw_simulated_person(person_seed(1, f"{number:02d}"), model) for number in range(1, 9)]


def test_people_with_mimicry_move_like_their_targets(people: list[SimulatedPerson], model: FaceModel) -> None:
    found = congruence(people, model, trials=6, gain=1.0)

    assert found.mean > 0.05
    assert found.p < 0.01


def test_people_without_mimicry_show_no_relation_to_their_targets(
    people: list[SimulatedPerson], model: FaceModel
) -> None:
    found = congruence(people, model, trials=6, gain=0.0)

    assert abs(found.mean) < 0.01
    assert 0.02 < found.p < 0.98


def test_the_measured_lip_corners_of_a_film_follow_the_truth() -> None:
    (film,) = film_smiles([person_seed(1, "02")], every=8)

    assert film.missed <= 1
    assert len(film.true) >= 25
    assert film.true.max() > 0.2
    assert film.correlation > 0.9
    assert np.abs(film.measured[film.true == 0.0]).max() < 0.25 * film.measured.max()
