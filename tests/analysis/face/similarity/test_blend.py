"""The metric `blend`: mixtures of emotions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.face.similarity.blend import energy_similarity


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
