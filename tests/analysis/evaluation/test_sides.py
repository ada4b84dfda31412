"""The evaluation of single movements: what is learned, the errors, the page. Nothing is drawn here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation.sides.judging import accuracy, synkinesis_found, unchanged_above, weaker_sides
from analysis.evaluation.sides.learning import learn, measured_mm, with_errors, write_learned
from analysis.evaluation.sides.measured_pictures import MeasuredPictures, joined, unit_sizes_mm
from analysis.evaluation.sides.palsy_people import PalsySession, draw_palsy_person, draw_retest
from analysis.evaluation.sides.real_smiles import RealSmiles
from analysis.evaluation.sides.results_page import JudgedPeople, sides_page
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import NAMES
from analysis.face.models.registry import load_model
from analysis.face.movements.measured import MEASURED, MEASURED_UNITS
from analysis.face.movements.strengths import learned_movements, movements_from

SMILE = NAMES["mouthSmile"]


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def pictures_of(
    sessions: list[tuple[int, int, PalsySession]], model: FaceModel, *, noise_mm: float = 0.0
) -> MeasuredPictures:
    """Return pictures whose landmarks move by the responses that the program has learned."""
    rng = np.random.default_rng(1)
    names, sizes, responses = model.bases["units"].names, unit_sizes_mm(model), learned_movements().responses
    rows = [
        (person, number, trial, photograph)
        for person, number, session in sessions
        for trial, photograph in session.trials
    ]
    truth = np.array([[one.expression[names.index(unit)] for unit in MEASURED_UNITS] for *_, one in rows])
    moved = np.tensordot(truth, responses, axes=1)
    return MeasuredPictures(
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        tuple(row[2] for row in rows),
        moved + rng.normal(size=moved.shape) * noise_mm,
        truth,
        truth * sizes,
        truth,
    )


@pytest.fixture(scope="module")
def learning(model: FaceModel) -> MeasuredPictures:
    people = [draw_palsy_person(f"p{k}", model, np.random.default_rng(k)) for k in range(14)]
    return pictures_of([(number, 0, one) for number, one in enumerate(people)], model)


@pytest.fixture(scope="module")
def retests(model: FaceModel) -> MeasuredPictures:
    sessions = [
        (number, session, one)
        for number in range(3)
        for session, one in enumerate(draw_retest(f"r{number}", model, np.random.default_rng(100 + number)))
    ]
    return pictures_of(sessions, model, noise_mm=0.2)


def test_both_sessions_of_a_person_show_the_same_movements_and_the_affected_side_less(model: FaceModel) -> None:
    first, second = draw_retest("r", model, np.random.default_rng(7))

    for (trial, one), (again, other) in zip(first.trials, second.trials, strict=True):
        assert trial == again
        assert (one.expression == other.expression).all()
    assert first.person.scene.light != second.person.scene.light
    assert first.person.scene.appearance == second.person.scene.appearance
    names = model.bases["units"].names
    for trial, photograph in first.trials:
        if trial.movement.has_sides:
            left, right = (photograph.expression[names.index(unit)] for unit in trial.movement.units)
            affected, healthy = (left, right) if trial.affected == "left" else (right, left)
            assert affected == pytest.approx(trial.remaining * healthy)


def test_responses_are_recovered_and_strengths_are_those_of_the_truth(learning: MeasuredPictures) -> None:
    learned = learn(learning, origin="exact landmarks")
    smile = accuracy(SMILE, learning, measured_mm(learned, learning))

    assert smile is not None
    assert smile.r > 0.98
    assert abs(smile.bias_mm) < 1.0
    known = learned_movements()
    number = known.number("mouthSmileLeft")
    assert learned.responses[number] == pytest.approx(known.responses[number], abs=1.0)


def test_noise_makes_errors_between_pictures_and_a_limit_of_detection(
    learning: MeasuredPictures, retests: MeasuredPictures
) -> None:
    learned = learn(learning, origin="")
    noisy = with_errors(learned, retests)
    louder = with_errors(learned, replace(retests, movements_mm=3 * retests.movements_mm - 2 * _exact(retests)))

    assert (noisy.picture_sd_mm > 0).any()
    assert louder.picture_sd_mm.mean() > 1.5 * noisy.picture_sd_mm.mean()
    assert louder.limit_mm.mean() > noisy.limit_mm.mean()


def _exact(pictures: MeasuredPictures) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(np.tensordot(pictures.truth, learned_movements().responses, axes=1))


def test_counts_are_those_of_hand_made_strengths(retests: MeasuredPictures) -> None:
    learned = learned_movements()
    exact = retests.truth_mm
    sided = [movement for movement in MEASURED if movement.has_sides]

    assert all(hit.found == hit.of for hit in weaker_sides(retests, exact, sided))
    assert all(hit.found == 0 for hit in weaker_sides(retests, -exact, sided))
    *made, not_made = synkinesis_found(retests, exact + 100 * (exact > 0), learned)
    assert all(hit.found == hit.of > 0 for hit in made)
    assert not_made.found == 0
    assert unchanged_above(retests, exact, learned).found == 0
    second = exact + 100 * (retests.sessions == 1)[:, None]
    assert unchanged_above(retests, second, learned).found == unchanged_above(retests, second, learned).of > 0


def test_the_file_is_read_as_it_was_written(
    learning: MeasuredPictures, retests: MeasuredPictures, tmp_path: Path
) -> None:
    learned = with_errors(learn(learning, origin="a test"), retests)
    content = json.loads(write_learned(learned, tmp_path / "strengths.json").read_text("utf-8"))
    again = movements_from(content["units"], content["origin"])

    assert again.units == learned.units
    assert again.limit_mm == pytest.approx(learned.limit_mm, abs=1e-3)
    assert again.responses == pytest.approx(learned.responses, abs=1e-4)


def test_the_page_has_every_part(retests: MeasuredPictures) -> None:
    both = joined([retests, retests])
    page = sides_page(learned_movements(), [JudgedPeople("drawn", both)], None, command="scripts/evaluate sides")

    assert len(np.unique(both.people)) == 6
    assert "6 of drawn" in page
    for title in ("Strength", "Smallest detectable change", "The weaker side", "Movements that were not asked for"):
        assert f"\n## {title}\n" in page
    assert "| drawn | lip corner puller |" in page
    assert "No photographs were given." in page


def test_a_real_smile_counts_if_both_sides_are_above_their_limits() -> None:
    learned = learned_movements()
    strengths = np.zeros((2, len(learned.units)))
    left, right = (learned.number(f"mouthSmile{side}") for side in ("Left", "Right"))
    strengths[:, left] = [4.0, 6.0]
    strengths[:, right] = [5.0, 0.5 * learned.limit_mm[right]]

    assert "above its limit on both sides in 1; its median is 5.0 mm on the left" in RealSmiles(strengths).text
