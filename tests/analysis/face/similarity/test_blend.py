"""The metric `blend`: mixtures, corrected for the response of the landmarks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.emotions import EMOTIONS
from analysis.face.similarity.blend import blend_response, energy_similarity, invert_response


def test_by_hand_a_second_emotion_of_nearly_half_the_strength_costs_two_hundredths() -> None:
    pure, mixed = np.array([1.0, 0, 0, 0, 0, 0]), np.array([1.0, 0.45, 0, 0, 0, 0])

    # energies 1 and (1, 0.2025): 1 / sqrt(1 + 0.2025^2)
    assert energy_similarity(pure, mixed) == pytest.approx(1 / math.sqrt(1 + 0.2025**2))
    assert energy_similarity(pure, mixed) == pytest.approx(0.980, abs=5e-4)


def test_strength_does_not_count_and_different_emotions_have_nothing_in_common() -> None:
    weak, strong = np.array([0.2, 0.1, 0, 0, 0, 0]), np.array([0.8, 0.4, 0, 0, 0, 0])

    assert energy_similarity(weak, strong) == pytest.approx(1.0)
    assert energy_similarity(weak, np.array([0, 0, 0, 0.5, 0, 0])) == 0.0
    assert energy_similarity(weak, np.zeros(6)) == 0.0


def test_a_known_mixture_is_recovered_from_its_response() -> None:
    true = np.array([0.0, 0.0, 0.7, 0.0, 0.3, 0.0])

    assert_allclose(invert_response(blend_response() @ true, blend_response()), true, atol=1e-9)


def test_corrected_intensities_are_never_negative(rng: np.random.Generator) -> None:
    for measured in rng.uniform(0, 0.6, size=(50, len(EMOTIONS))):
        found = invert_response(measured, blend_response())
        assert found.min() >= 0
        # and no small change of a blend explains it better
        left = np.linalg.norm(blend_response() @ found - measured)
        for changed in np.clip(found + rng.normal(0, 0.02, size=(20, len(EMOTIONS))), 0, None):
            assert np.linalg.norm(blend_response() @ changed - measured) >= left - 1e-9


def test_the_shipped_response_is_largest_for_the_shown_emotion() -> None:
    assert blend_response().shape == (len(EMOTIONS), len(EMOTIONS))
    assert list(blend_response().argmax(axis=0)) == list(range(len(EMOTIONS)))
