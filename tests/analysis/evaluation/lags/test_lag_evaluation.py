"""Lags of drawn people: what they do, how it is judged, and the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.frames import CourseFrame
from analysis.courses.target_course import TargetCourse
from analysis.courses.trial_course import TrialCourse, unit_names
from analysis.evaluation.courses.known_course import Movement
from analysis.evaluation.lags import lag_filming
from analysis.evaluation.lags.lag_filming import LagCamera
from analysis.evaluation.lags.lag_measuring import JudgedPerson, filmed_trial, judge, true_congruency
from analysis.evaluation.lags.lag_page import LagEvaluation, lag_page
from analysis.evaluation.lags.lag_people import (
    ACTS,
    BASELINE_S,
    EXPRESSIONS,
    LAGS_S,
    RATE_HZ,
    SHOWN_S,
    STRENGTHS,
    ActedTrial,
    draw_lag_person,
    draw_target_person,
    draw_targets,
)
from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import without_side
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator

MODEL = load_model()
NAMES = unit_names(MODEL)
TARGETS = draw_targets(5)
PERSON = draw_lag_person(1, 10, TARGETS, seed=5)


def true_units(movements: tuple[Movement, ...], times_s: FloatArray) -> FloatArray:
    known = {one.unit: one for one in movements}
    return np.array(
        [
            [known[unit].at(time_s) if (unit := without_side(name)) in known else 0.0 for name in NAMES]
            for time_s in times_s.tolist()
        ]
    )


def judged(trials: tuple[ActedTrial, ...]) -> JudgedPerson:
    """Judge trials that were measured without error."""
    times, shown_s = np.arange(-BASELINE_S, SHOWN_S + 1.0, 1 / RATE_HZ), np.arange(0.0, SHOWN_S, 1 / RATE_HZ)
    courses = []
    for one in trials:
        rows = zip(times.tolist(), true_units(one.film.movements, times), strict=True)
        frames = [CourseFrame(k, time_s, "", units, np.zeros(6)) for k, (time_s, units) in enumerate(rows)]
        courses.append(TrialCourse(filmed_trial(one), tuple(frames), "calibration"))
    shown = {
        name: TargetCourse(true_units(one.movements(0.8), shown_s), is_moving=True) for name, one in TARGETS.items()
    }
    return judge("drawn-1", trials, courses, shown=shown, targets=TARGETS, model=MODEL)


def test_a_person_who_follows_makes_the_movement_of_the_target_later() -> None:
    acts = [one.act for one in PERSON.trials]
    assert {act: acts.count(act) for act in ACTS} == dict(ACTS)
    for one in PERSON.trials:
        if one.act == "follows":
            assert one.lag_s is not None
            assert LAGS_S[0] <= one.lag_s <= LAGS_S[1]
            assert STRENGTHS[0] <= one.strength <= STRENGTHS[1]
            assert one.film.movements == TARGETS[one.target].movements(one.strength, lag_s=one.lag_s)
            assert one.film.movements[0].onset_s == pytest.approx(TARGETS[one.target].onset_s + one.lag_s)
        elif one.act == "rests":
            assert (one.film.movements, one.lag_s) == ((), None)
        else:
            assert one.moved not in ("", one.target)
            assert one.lag_s is None
    again = draw_lag_person(1, 10, TARGETS, seed=5)
    assert again.trials == PERSON.trials


def test_each_target_is_shown_once_by_one_person() -> None:
    shown = draw_target_person(10, TARGETS, seed=5)

    assert [one.target for one in shown.trials] == list(EXPRESSIONS)
    assert all(one.film.movements == TARGETS[one.target].movements(0.8) for one in shown.trials)


def test_a_measurement_without_error_is_judged_right() -> None:
    """The kinds of trials have their true lag, congruency and contrast; the page says so."""
    follows = [one for one in PERSON.trials if one.act == "follows" and one.target in ("happiness", "anger", "fear")]
    rests = next(one for one in PERSON.trials if one.act == "rests")
    other = next(one for one in PERSON.trials if one.act == "moves otherwise")
    person = judged((*follows, rests, other))

    for one in person.trials[: len(follows)]:
        assert one.error_s == pytest.approx(0.0, abs=0.02)
        assert one.congruency == pytest.approx(1.0, abs=1e-6)
        assert one.true_congruency == pytest.approx(1.0)
    for one in (*person.trials[: len(follows)], person.trials[-1]):
        assert one.contrast == pytest.approx(one.true_contrast, abs=0.02)
        assert one.true_congruent is None or one.congruent == pytest.approx(one.true_congruent, abs=0.02)
    still = person.trials[-2]
    assert (still.found.lag.reason, still.congruency, still.largest_mm) == ("no-movement", None, 0.0)

    page = lag_page(LagEvaluation((person,), "makehuman", ("drawn",), "scripts/evaluate lag --people 1"))

    assert f"| all | {len(follows)} | 100 % of {len(follows)} " in page
    assert "| rests | 1 | 0 % of 1 (0 to 79) | 0 % of 1 (0 to 79) |" in page
    assert f"| `contrast` | {len(follows) + 1} | 1.00 | 1.00 |" in page
    assert all(len(line) <= 120 or line.startswith("|") for line in page.splitlines())


def test_the_true_congruency_of_different_expressions_is_their_cosine() -> None:
    assert true_congruency("happiness", "happiness", MODEL) == pytest.approx(1.0)
    assert true_congruency("lowered brows", "raised brows", MODEL) < 0.0
    assert abs(true_congruency("happiness", "lowered brows", MODEL)) < 0.5


@pytest.mark.slow  # draws 10 pictures
def test_landmarks_of_drawn_frames_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = Generator()
    person = draw_lag_person(0, len(generator.model().identity), TARGETS, seed=5)
    camera = LagCamera(person, generator, tmp_path)

    first = camera.neutrals()
    monkeypatch.setattr(lag_filming, "FilmArtist", None)
    again = camera.neutrals()

    assert first[0].landmarks is not None
    assert again[0].landmarks is not None
    np.testing.assert_array_equal(again[0].landmarks.points_px, first[0].landmarks.points_px)
    with pytest.raises(TypeError):  # another film is drawn
        camera.trial(replace(person.neutral, seed=1))
