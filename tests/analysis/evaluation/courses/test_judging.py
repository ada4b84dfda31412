"""Figures of merit: hand calculations and recovered truth."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.courses.indices import CourseIndices
from analysis.evaluation.courses.conditions import ACTIONS, USUAL, DrawnFilm
from analysis.evaluation.courses.judging import crosstalk, false_alarms, share, smallest_detected, summarise
from analysis.evaluation.courses.known_course import Movement, Sway
from analysis.evaluation.courses.measuring import MeasuredFilm, movement_errors
from analysis.evaluation.courses.results_page import CourseEvaluation, results_page
from analysis.face.render.scene import Scene


def film(unit: str | None, onset_s: float | None, *, condition: str = USUAL, late_s: float = 0.0) -> MeasuredFilm:
    """A film in which one unit moves by 0.5, and mouthSmile is found to move at `onset_s`."""
    moved = () if unit is None else (Movement(unit, 0.5, 0.4, 0.5, 0.3),)
    drawn = DrawnFilm(condition, moved, (), Sway(1), Scene(), 0.0, 1)
    rest = CourseIndices(0.0, 0.01, None, None, 0.0, 0.0, 0.0)
    smile = CourseIndices(0.0, 0.01, onset_s, 0.77 + late_s, 0.4, 0.3, 0.5)
    indices = {name: smile if name == "mouthSmile" else rest for name in ACTIONS}
    return MeasuredFilm("a-person-0", drawn, np.zeros(90), {}, indices, 0)


def test_the_summary_of_errors_is_that_computed_by_hand() -> None:
    found = summarise([-10.0, 20.0, None, 30.0, 100.0])

    assert found is not None
    assert (found.count, found.bias, found.median) == (4, 25.0, 25.0)
    assert found.spread == pytest.approx(1.4826 * 20.0)
    assert found.worst == pytest.approx(30 + 0.85 * 70)
    assert summarise([None]) is None


def test_the_interval_of_a_share_is_wilsons() -> None:
    found = share([True] * 2 + [False] * 38)

    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.05, 0.0138, 0.1650), abs=1e-4)
    assert share([]) is None


def test_the_smallest_movement_detected_is_recovered() -> None:
    rng = np.random.default_rng(4)
    strengths = rng.uniform(0.05, 1.0, 4000)
    chance = 1.0 / (1.0 + (strengths / 0.2) ** -4.0)
    found = smallest_detected(strengths, (rng.uniform(size=4000) < chance).astype(float))

    assert found == pytest.approx(0.2 * 4.0**0.25, rel=0.05)
    assert smallest_detected(np.array([0.1, 0.5, 0.9]), np.array([1.0, 0.0, 0.0])) is None


def test_errors_are_measured_minus_true() -> None:
    (found,) = movement_errors([film("mouthSmile", 0.45, late_s=0.1)])

    assert found.onset_ms == pytest.approx(50.0)
    assert found.peak_ms == pytest.approx(100.0, abs=10.0)
    assert (found.peak, found.strength) == (0.4, 0.5)


def test_false_alarms_are_counted_at_rest_and_crosstalk_while_others_move() -> None:
    films = [film(None, None), film(None, 0.5), film("jawOpen", 0.5), film("mouthSmile", 0.5)]

    alarms, others = false_alarms(films, "mouthSmile"), crosstalk(films, "mouthSmile")
    assert alarms is not None
    assert others is not None
    assert (alarms.hits, alarms.of) == (1, 2)
    assert (others.hits, others.of) == (1, 1)


def test_the_page_has_a_row_for_each_measure_and_condition() -> None:
    films = (film("mouthSmile", 0.43), film("mouthSmile", 0.46, condition="glasses"), film(None, None))

    page = results_page(CourseEvaluation(films, "makehuman", ("a",), "scripts/evaluate courses"), figure="a.png")

    assert "| `mouthSmile` | lip corner puller | 100 % of 1 (21 to 100) | +30 (0) | 30 | 30 |" in page
    assert "| glasses | 1 | 100 % of 1 (21 to 100) | +60 (0) | 60 | 60 |" in page
    assert page.count("| `jawOpen` |") == 5
    assert all(len(line) <= 120 or line.startswith("|") for line in page.splitlines())
