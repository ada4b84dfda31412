"""The movements of drawn people, and their true times."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from analysis.evaluation.courses.conditions import (
    CONDITIONS,
    LOWER,
    STRENGTHS,
    UPPER,
    USUAL,
    draw_filmed_person,
)
from analysis.evaluation.courses.known_course import Form, Movement, Sway, closure, draw_blinks
from analysis.face.synthetic.drawn_course import BLINK_STRENGTH


@pytest.mark.parametrize("form", get_args(Form))
def test_a_movement_leaves_rest_at_its_onset_reaches_its_apex_and_returns(form: Form) -> None:
    movement = Movement("browDown", 0.6, onset_s=0.4, rise_s=0.5, hold_s=0.3, form=form)

    assert movement.at(0.4) == 0.0
    assert movement.at(0.401) > 0.0
    assert movement.at(0.9) == movement.at(1.2) == pytest.approx(0.6)
    assert movement.at(1.71) == pytest.approx(0.0, abs=1e-9)
    assert movement.at(movement.reaches_s(0.9)) == pytest.approx(0.54, abs=2e-3)
    rise = [movement.at(time_s) for time_s in np.linspace(0.4, 0.9, 50).tolist()]
    assert rise == sorted(rise)


def test_a_blink_closes_the_eyes_and_opens_them() -> None:
    assert [closure((1.0,), time_s) for time_s in (0.99, 1.11, 1.3)] == pytest.approx([0.0, BLINK_STRENGTH, 0.0])
    blinks = draw_blinks(0.0, 600.0, np.random.default_rng(1))
    assert 130 < len(blinks) < 175  # 15 a minute


def test_a_head_that_is_kept_still_sways_a_little_and_a_restless_one_more() -> None:
    times = np.linspace(0.0, 60.0, 400).tolist()
    still, restless = (np.array([Sway(3, factor).at(time_s) for time_s in times]) for factor in (1.0, 4.0))

    assert still[:, 0].std() == pytest.approx(0.6, rel=0.4)
    assert restless == pytest.approx(4.0 * still)


def test_a_person_moves_every_unit_once_and_repeats_films_under_conditions() -> None:
    person = draw_filmed_person(1, 20, seed=3, conditions=2)
    usual = [film for film in person.films if film.condition == USUAL]
    changed = [film for film in person.films if film.condition != USUAL]

    moved = [one for film in usual for one in film.movements]
    assert sorted(one.unit for one in moved) == sorted((*UPPER, *LOWER))
    assert all(STRENGTHS[0] <= one.strength <= STRENGTHS[1] for one in moved)
    assert sum(not film.movements for film in usual) == 3
    assert [film.condition for film in changed[::4]] == list(CONDITIONS)[2:4]
    assert [film.movements for film in changed[:3]] == [film.movements for film in usual[:3]]


def test_more_conditions_do_not_change_the_usual_films_and_all_conditions_are_shown() -> None:
    alone, more = (draw_filmed_person(0, 20, seed=3, conditions=count) for count in (0, 2))
    assert more.films[: len(alone.films)] == alone.films

    shown = {
        film.condition for number in range(9) for film in draw_filmed_person(number, 20, seed=3, conditions=2).films
    }
    assert shown == {USUAL, *CONDITIONS}
