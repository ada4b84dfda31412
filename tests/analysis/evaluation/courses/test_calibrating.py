"""Learned limits: shares that explain what exceeds the limit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.detection import Limits
from analysis.courses.indices import CourseIndices
from analysis.evaluation.courses.calibrating import learned_gain, quantile_shares, write_limits
from analysis.evaluation.courses.conditions import USUAL, DrawnFilm
from analysis.evaluation.courses.known_course import Movement, Sway
from analysis.evaluation.courses.measuring import MeasuredFilm
from analysis.face.render.scene import Scene


def test_the_shares_are_those_of_a_quantile() -> None:
    rng = np.random.default_rng(3)
    rises = np.where(rng.uniform(size=(400, 2)) < 0.5, rng.uniform(0.1, 1.0, (400, 2)), 0.0)
    excess = rises @ [0.5, 0.0] * rng.uniform(0.0, 1.0, 400)

    shares = quantile_shares(rises, excess, 0.9)

    assert shares[0] == pytest.approx(0.45, abs=0.05)
    assert shares[1] == pytest.approx(0.0, abs=0.02)
    assert np.mean(excess > rises @ shares + 1e-9) < 0.11


def test_the_limits_are_written_with_their_origin(tmp_path: Path) -> None:
    write_limits({"a": Limits(0.07, {"b": 0.2}, 0.5)}, "a run", tmp_path / "limits.json")

    assert json.loads((tmp_path / "limits.json").read_text("utf-8")) == {
        "origin": "a run",
        "units": {"a": {"least_rise": 0.07, "crosstalk": {"b": 0.2}, "gain": 0.5}},
    }


def peaks(share: dict[str, float]) -> list[MeasuredFilm]:
    """Films of two people of each face model, in which a share of a movement of the jaw is measured."""
    films = []
    for model, measured in share.items():
        for number, strength in enumerate((0.4, 0.8, 0.1)):
            film = DrawnFilm(USUAL, (Movement("jawOpen", strength, 0.4, 0.5, 0.3),), (), Sway(1), Scene(), 0.0, 1)
            indices = {"jawOpen": CourseIndices(peak=measured * strength if strength >= 0.3 else 9.0)}
            films.append(MeasuredFilm(f"{model}-{number}", film, np.zeros(1), {}, indices, 0))
    return films


def test_the_gain_of_a_peak_is_given_only_if_the_face_models_agree() -> None:
    assert learned_gain("jawOpen", peaks({"a": 0.5, "b": 0.54})) == pytest.approx(0.52)
    assert learned_gain("jawOpen", peaks({"a": 0.5, "b": 0.6})) is None
    assert learned_gain("jawOpen", peaks({"a": 0.5})) is None
