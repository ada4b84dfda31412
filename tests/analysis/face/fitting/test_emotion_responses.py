"""Strengths of emotions from units: known answers of the learned responses, then refusals."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import lsq_linear

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.fitting.emotion_responses import (
    MOVEMENTS,
    RIDGE,
    SHOWN,
    SPARSE,
    emotions_of,
    fit_emotions,
    has_responses,
    movements_of,
    read_responses,
)
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS
from tests.analysis.face.similarity.measured import fitted

MODEL = load_model()
SIDELESS = [name for name in UNITS if not name.endswith("Right")]


def fits_with(movements: FloatArray) -> tuple[FittedFace, FittedFace]:
    """The two fits of a face with (M,) movements, each the same on both sides."""
    of_scores, of_intensity = (fit_with(part) for part in np.split(movements, 2))
    return of_scores, of_intensity


def fit_with(movements: FloatArray) -> FittedFace:
    value = dict(zip(SIDELESS, movements, strict=True))
    units = [value[name] if name in value else value[f"{name.removesuffix('Right')}Left"] for name in UNITS]
    return fitted(MODEL, "units", np.array(units), np.zeros(len(MODEL.identity)))


def test_the_means_of_both_sides_are_taken_by_name_from_both_fits() -> None:
    units = np.zeros((2, len(UNITS)))
    units[0, UNITS.index("mouthSmileLeft")], units[0, UNITS.index("mouthSmileRight")] = 0.2, 0.6
    units[1, UNITS.index("jawOpen")] = 0.5
    score_fit, intensity_fit = (fitted(MODEL, "units", one, np.zeros(len(MODEL.identity))) for one in units)

    movements = movements_of(score_fit, intensity_fit)

    expected = np.zeros((2, len(SIDELESS)))
    expected[0, SIDELESS.index("mouthSmileLeft")], expected[1, SIDELESS.index("jawOpen")] = 0.4, 0.5
    assert_allclose(movements, expected.ravel())


@pytest.mark.parametrize(("variant", "emotion"), SHOWN)
def test_the_usual_response_to_a_variant_is_its_emotion(variant: str, emotion: str) -> None:
    response = read_responses().responses[SHOWN.index((variant, emotion))]

    found = emotions_of(*fits_with(response))

    # The ridge takes a little off, and another emotion may take a little over.
    assert found.names == EMOTIONS
    assert 0.65 < found.coefficient(emotion) <= 1.0
    assert np.delete(found.expression, EMOTIONS.index(emotion)).max() < 0.2


def test_of_a_mixture_both_emotions_are_the_strongest() -> None:
    """Mixtures of equal parts. The sparse term takes most from the emotion whose units are less certain."""
    shown = read_responses().responses
    weaker = []
    for one, other in itertools.combinations(range(len(EMOTIONS)), 2):
        found = emotions_of(*fits_with(0.5 * shown[one] + 0.5 * shown[other])).expression
        assert set(np.argsort(found)[-2:]) == {one, other}
        assert found[[one, other]].max() == pytest.approx(0.5, abs=0.15)
        weaker.append(min(found[one], found[other]))
    assert np.median(weaker) > 0.35
    assert min(weaker) > 0.2


def test_a_face_at_rest_has_no_emotion_and_no_emotion_exceeds_one() -> None:
    assert not emotions_of(*fits_with(np.zeros(MOVEMENTS))).expression.any()
    strongest = emotions_of(*fits_with(np.clip(3.0 * read_responses().responses[3], 0.0, 1.0)))
    assert strongest.expression.max() == 1.0


def test_the_strengths_are_those_of_a_bounded_least_squares_solver(rng: np.random.Generator) -> None:
    """Equation 1 with SciPy: rows of the whitened units, and rows of the ridge with the sparse term completed."""
    learned = read_responses()
    count = len(learned.responses)
    shared = 0.1 * np.trace(learned.remainder) / MOVEMENTS
    whiten = np.linalg.inv(np.linalg.cholesky(learned.remainder + shared * np.eye(MOVEMENTS)))
    explained = whiten @ learned.responses.T
    rows = np.concatenate([explained, np.sqrt(RIDGE) * np.eye(count)])
    for _ in range(20):
        movements = np.clip(rng.normal(0.1, 0.2, MOVEMENTS), 0.0, 1.0)
        scale = np.linalg.norm(rows, axis=0)
        penalty = SPARSE * (explained.T @ whiten @ movements / scale).max()
        wanted = np.concatenate([whiten @ movements, -penalty * scale / np.sqrt(RIDGE)])
        variants = lsq_linear(rows, wanted, (0.0, 1.0), tol=1e-12).x

        sums = [sum(x for x, (_, shown) in zip(variants, SHOWN, strict=True) if shown == one) for one in EMOTIONS]
        expected = np.minimum(np.array(sums) / (1.0 - SPARSE), 1.0)
        assert_allclose(emotions_of(*fits_with(movements)).expression, expected, atol=1e-4)


def test_half_the_movement_is_half_the_emotion() -> None:
    response = read_responses().responses[EMOTIONS.index("fear")]

    whole, half = (emotions_of(*fits_with(share * response)).expression for share in (0.9, 0.45))

    assert whole.max() < 1.0
    assert_allclose(half, whole / 2.0, atol=1e-9)


def test_other_models_have_their_emotions_fitted_to_the_landmarks() -> None:
    other = dataclasses.replace(MODEL, name="other")
    face, weak = fits_with(read_responses().responses[3])
    points = face.pose.project(face.vertices_mm(MODEL)[MODEL.landmark_vertices])
    landmarks = Landmarks(points, (640, 480))
    assert has_responses(MODEL)
    assert not has_responses(other)
    found = fit_emotions(face, weak, landmarks, other)
    assert found is not None
    assert found.expression.argmax() == EMOTIONS.index("happiness")
    assert found.reprojection_error_px > 0, "a fit of its own"
    without = dataclasses.replace(other, bases={"units": MODEL.bases["units"]})
    assert fit_emotions(face, weak, landmarks, without) is None


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "emotion_responses.txt"
    with pytest.raises(AnalysisError, match=r"missing or damaged: .*emotion_responses\.txt.*install the program again"):
        read_responses(file)
    np.savetxt(file, np.zeros((3, 4)))
    with pytest.raises(AnalysisError, match="comes from another version"):
        read_responses(file)


def test_the_responses_and_the_remainder_are_as_documented() -> None:
    learned = read_responses()

    assert learned.responses.shape == (len(SHOWN), MOVEMENTS)
    assert_allclose(learned.remainder, learned.remainder.T, atol=1e-5)
    assert np.linalg.eigvalsh(learned.remainder).min() > -1e-4
    smile = SIDELESS.index("mouthSmileLeft")
    strongest = learned.responses[:, smile].argsort()[-3:]
    assert {SHOWN[one] for one in strongest} == {one for one in SHOWN if one[1] == "happiness"}


def test_the_observability_is_the_part_of_the_prior_variance_that_the_units_remove() -> None:
    """The prior variance of an emotion is the sum over its variants, 1 / RIDGE each: happiness has three."""
    found = emotions_of(*fits_with(read_responses().responses[0]))

    prior = np.array([2.0, 2.0, 2.0, 3.0, 2.0, 2.0]) / RIDGE
    assert_allclose(found.observability, 1.0 - ((1.0 - SPARSE) * found.uncertainty) ** 2 / prior, atol=1e-9)
