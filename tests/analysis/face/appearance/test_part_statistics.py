from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from analysis.face.appearance.gradients import SHAPE
from analysis.face.appearance.part_statistics import (
    FILE,
    PartStatistics,
    Seen,
    noise_terms,
    part_statistics,
)
from analysis.face.fitting.learned_arrays import read_learned
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS

KNOWN = PartStatistics(np.zeros(len(UNITS)), noise=1000.0, contrast=2.0, change=100.0)


def seen(eyes_px: float, edges: float = 1.0) -> Seen:
    return Seen(np.full(SHAPE, edges), eyes_px)


def test_the_noise_is_the_sum_of_both_pictures() -> None:
    assert noise_terms(seen(10.0), [seen(10.0)]) == pytest.approx((math.log(0.01 + 0.01), 0.0))
    assert noise_terms(seen(10.0), [seen(5.0)]) == pytest.approx((math.log(0.01 + 0.04), 0.0))


def test_more_neutral_pictures_have_less_noise() -> None:
    assert noise_terms(seen(10.0), [seen(10.0)] * 4)[0] == pytest.approx(math.log(0.01 + 0.01 / 4))


def test_a_difference_in_sharpness_adds_noise() -> None:
    """Descriptors are square roots: a third of the value is a ninth of the edges."""
    assert noise_terms(seen(10.0, 1 / 3), [seen(10.0)])[1] == pytest.approx(math.log(9))
    assert noise_terms(seen(10.0, 3.0), [seen(10.0)])[1] == pytest.approx(math.log(9))


def test_without_a_neutral_picture_one_like_the_picture_is_assumed() -> None:
    assert noise_terms(seen(10.0), []) == noise_terms(seen(10.0), [seen(10.0)])


def test_by_hand_reliability_is_the_share_of_a_usual_change_that_is_not_noise() -> None:
    assert KNOWN.reliability((math.log(0.02), 0.0)) == pytest.approx(1 - 20 / 100)
    assert KNOWN.reliability((math.log(0.02), math.log(2))) == pytest.approx(1 - 20 * 4 / 100)
    assert KNOWN.reliability((math.log(0.02), math.log(9))) == 0.1


def test_the_measured_pictures_of_a_webcam_are_reliable_and_tiny_ones_are_not() -> None:
    known = part_statistics()
    shares = [known.reliability(noise_terms(seen(eyes), [seen(eyes)])) for eyes in (150.0, 80.0, 40.0, 25.0)]

    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.8
    assert shares[-1] < 0.3


def test_the_file_that_ships_has_every_unit_of_the_model(tmp_path: Path) -> None:
    known = part_statistics()
    names = load_model().bases["units"].names

    assert known.average_units(names).min() >= 0.0
    assert 0.3 < np.linalg.norm(known.average_units(names)) < 1.0
    assert (known.average_units(("tongueOut", "jawOpen"))[0], known.average_units(("jawOpen",))[0] > 0) == (0.0, True)
    known.save(tmp_path / "parts.npz")
    again = read_learned(tmp_path / "parts.npz", {"units": (len(UNITS),), "noise": (3,)})
    assert (again["units"] == read_learned(FILE, {"units": (len(UNITS),)})["units"]).all()
    assert again["noise"].tolist() == pytest.approx([known.noise, known.contrast, known.change])
