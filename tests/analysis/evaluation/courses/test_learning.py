"""Directions of units: they are found again in movements whose responses and noise are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation.courses.conditions import (
    ACTIONS,
    UPPER,
    DrawnFilm,
    draw_person_to_learn_from,
)
from analysis.evaluation.courses.known_course import Movement, Sway
from analysis.evaluation.courses.learning import LearningFilm, learn_directions, write_directions
from analysis.face.fitting.covariance_refit import mirrored_movement
from analysis.face.render.scene import Scene

TIMES_S = np.arange(-30, 60) / 30.0
NOISE_MM = 0.2


def response(unit: str) -> np.ndarray:
    """The movement of the landmarks at full strength of a unit, mm."""
    rng = np.random.default_rng(sorted(ACTIONS).index(unit))
    moved = np.zeros((68, 2))
    chosen = slice(17, 27) if unit in UPPER else slice(48, 60)
    moved[chosen] = rng.normal(0.0, 3.0, moved[chosen].shape)
    if unit not in UPPER:  # the detector lets the brows move with the mouth
        moved[17:27] = rng.normal(0.0, 1.0, (10, 2))
    return (moved + mirrored_movement(moved)) / 2.0


def film(rng: np.random.Generator) -> LearningFilm:
    """One unit of each half moves; the landmarks have noise."""
    upper, lower = str(rng.choice(UPPER)), str(rng.choice(sorted({*ACTIONS} - {*UPPER})))
    movements = tuple(Movement(unit, rng.uniform(0.3, 1.0), rng.uniform(0.2, 0.6), 0.4, 0.4) for unit in (upper, lower))
    values = rng.normal(0.0, NOISE_MM, (len(TIMES_S), 68, 2))
    for one in movements:
        shape = response(one.unit) * rng.uniform(0.8, 1.2)  # people differ
        values += np.array([one.at(time_s) for time_s in TIMES_S])[:, None, None] * shape
    drawn = DrawnFilm("usual", movements, (), Sway(1), Scene(), 0.0, 1)
    return LearningFilm(drawn, TIMES_S, (values + mirrored_movement(values)) / 2.0)


def test_a_direction_is_1_for_its_unit_0_for_the_other_half_and_better_than_single_landmarks() -> None:
    rng = np.random.default_rng(3)

    found = learn_directions([film(rng) for _ in range(80)])

    assert found.units == tuple(ACTIONS)
    for unit, weights, across in zip(found.units, found.weights, found.responses, strict=True):
        size = {other: float((weights * response(other)).sum()) for other in ACTIONS}
        assert size[unit] == pytest.approx(1.0, abs=0.15)
        assert max(abs(size[other]) for other in ACTIONS if (other in UPPER) != (unit in UPPER)) < 0.1
        assert list(size.values()) == pytest.approx(across.tolist(), abs=0.15)
        noise = NOISE_MM * float(np.sqrt((weights**2).sum()))
        assert noise < 1.3 * NOISE_MM / np.linalg.norm(response(unit))  # that of the best direction is 1.0 times this


def test_the_directions_are_written_with_their_origin(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    found = learn_directions([film(rng) for _ in range(40)])

    write_directions(found, "a run", tmp_path / "directions.json")

    kept = json.loads((tmp_path / "directions.json").read_text("utf-8"))
    assert kept["origin"] == "a run"
    assert list(kept["units"]) == list(ACTIONS)
    assert np.array(kept["units"]["jawOpen"]["weights"]) == pytest.approx(found.weights[4], abs=1e-5)
    assert kept["units"]["jawOpen"]["responses"]["mouthFrown"] == pytest.approx(found.responses[4, 5], abs=1e-4)


def test_people_to_learn_from_move_other_units_too_with_a_turned_and_restless_head() -> None:
    units = ("browDown", "cheekPuff", "eyeBlink", "mouthPucker", "noseSneer", *ACTIONS)
    films = [film for number in range(4) for film in draw_person_to_learn_from(number, 20, units, seed=1).films]

    usual = [one for one in films if one.condition == "usual"]
    varied = [one for one in films if one.condition == "varied"]
    assert {one.unit for film in usual for one in film.movements} == {*ACTIONS}
    others = {one.unit for film in varied for one in film.movements} - {*ACTIONS}
    assert others == {"cheekPuff", "mouthPucker", "noseSneer"}
    assert max(one.sway.factor for one in varied) > 2.0
    assert {one.glasses for one in varied} == {True, False}
