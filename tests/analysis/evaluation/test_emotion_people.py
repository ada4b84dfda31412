"""Learning how emotions are measured: a known response comes back, and people show what their label says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.evaluation.emotion_people import (
    MeasuredEmotion,
    emotions_of_person,
    full_variants,
    responses_of,
    write_responses,
)
from analysis.evaluation.photographs import PhotographStore
from analysis.face.fitting.emotion_responses import MOVEMENTS, SHOWN, read_responses
from analysis.face.models.units import UNITS
from analysis.face.synthetic.generators import Generator


def known(rng: np.random.Generator, *, noise: float) -> tuple[list[MeasuredEmotion], np.ndarray]:
    """People of two face models with known responses, and the mean of both models."""
    responses = {one: rng.uniform(0.0, 1.0, (len(SHOWN), MOVEMENTS)) for one in ("one", "other")}
    found = [
        MeasuredEmotion(generator, variant, emotion, strength, strength * row + rng.normal(0.0, noise, MOVEMENTS))
        for generator, rows in responses.items()
        for (variant, emotion), row in zip(SHOWN, rows, strict=True)
        for strength in rng.uniform(0.5, 1.0, 30 if generator == "one" else 10)
    ]
    return found, (responses["one"] + responses["other"]) / 2.0


def test_the_response_is_the_mean_over_face_models_whatever_the_number_of_people(rng: np.random.Generator) -> None:
    measured, expected = known(rng, noise=0.0)

    assert_allclose(responses_of(measured).responses, expected, atol=1e-12)


def test_what_remains_is_the_covariance_of_the_noise(rng: np.random.Generator) -> None:
    measured, _ = known(rng, noise=0.1)
    one_model = [one for one in measured if one.generator == "one"]
    at_rest = [MeasuredEmotion("one", "rest", "", 0.0, rng.normal(0.0, 0.1, MOVEMENTS)) for _ in range(2000)]

    remainder = responses_of([*one_model, *at_rest]).remainder

    assert_allclose(remainder, 0.01 * np.eye(MOVEMENTS), atol=0.002)


def test_the_file_is_read_as_it_was_written(tmp_path: Path, rng: np.random.Generator) -> None:
    measured, _ = known(rng, noise=0.1)
    learned, file = responses_of(measured), tmp_path / "responses.txt"

    write_responses(learned, file, about="40 people")

    assert "40 people" in file.read_text("utf-8").splitlines()[0]
    assert_allclose(read_responses(file).responses, learned.responses, atol=1e-5)
    assert_allclose(read_responses(file).remainder, learned.remainder, atol=1e-5)


def test_anger_has_different_variants() -> None:
    full = full_variants(UNITS)

    assert tuple(full) == SHOWN
    bared, closed = full["target", "anger"], full["posed", "anger"]
    assert bared @ closed / np.sqrt((bared @ bared) * (closed @ closed)) < 0.8
    press = UNITS.index("mouthPressLeft")
    assert bared[press] == 0 < closed[press]


@pytest.mark.slow
def test_one_drawn_person_is_measured_with_every_variant(tmp_path: Path) -> None:
    found = emotions_of_person(PhotographStore(Generator(), tmp_path), 0)

    assert len(found) >= 15, "12 variants, 2 closed smiles and 2 pictures at rest, of which one may be excluded"
    smile = [name for name in UNITS if not name.endswith("Right")].index("mouthSmileLeft")
    (imitated,) = [one for one in found if (one.variant, one.emotion) == ("target", "happiness")]
    assert imitated.movements[smile] > 0.3
    assert imitated.movements[smile] > max(one.movements[smile] for one in found if one.emotion != "happiness")
    faint, clear = [one for one in found if one.variant == "closed"]
    assert 0.2 < faint.movements[smile] < clear.movements[smile]
    assert faint.strength < 0.7 * clear.strength
    assert all(0.3 < one.strength < 1.2 for one in found if one.emotion)
    assert {one.strength for one in found if not one.emotion} == {0.0}
