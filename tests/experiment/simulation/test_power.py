"""Power of designs by resampling; the pools here are drawn from known distributions, one is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from analysis.paths import PROTOCOLS
from experiment.lab.clip_stills import clip_stills
from experiment.protocol.load import load_protocol
from experiment.protocol.planner import design
from experiment.simulation.study.power import (
    StudyDesign,
    covariance_p,
    imitated_targets,
    mean_scores,
    paired_p,
    simulate_power,
    study_design,
    welch_p,
)
from experiment.simulation.study.power_files import PowerCurve, draw_power, power_sentence, write_power
from experiment.simulation.study.power_study import PowerOptions, simulated_power
from experiment.simulation.study.score_pool import PoolRecipe, ScorePool, read_pool, write_pool
from tests.experiment.running import run

TARGETS = ("anger", "fear")


def pool(rng: np.random.Generator, *, people: int = 400, takes: int = 4, noise: float = 0.05) -> ScorePool:
    skill = rng.normal(0.8, 0.1, (people, 1, 1))
    hard = np.array([0.1, -0.1])[None, :, None]
    return ScorePool(TARGETS, skill + hard + rng.normal(0, noise, (people, 2, takes)), "units")


def shipped_design(name: str) -> StudyDesign:
    loaded = load_protocol(PROTOCOLS / name)
    sessions = [*(loaded.content.sessions or ())] or [None]
    plans = [
        design(
            loaded,
            participant="01",
            session=session,
            language=None,
            render=lambda faces: [Path("drawn.png") for _ in faces],
            stills=clip_stills,
        )
        for session in sessions
    ]
    assert imitated_targets(plans)
    return study_design(plans)


@pytest.mark.parametrize(
    ("name", "comparison", "words"),
    [
        ("training_study.yaml", "covariance", "two levels of the groups feedback"),
        ("mimicry_intensity.yaml", "paired", "the levels happiness and anger of emotion"),
        ("facial_mimicry.yaml", "groups", "two groups that both do this protocol"),
    ],
)
def test_the_protocol_decides_what_is_compared(name: str, comparison: str, words: str) -> None:
    found = shipped_design(name)

    assert (found.comparison, found.words) == (comparison, words)
    assert sum(found.second.values()) == {"covariance": 12, "paired": 16, "groups": 6}[comparison]


@pytest.mark.parametrize("comparison", ["paired", "groups", "covariance"])
def test_without_an_effect_five_percent_of_the_samples_are_significant(
    comparison: str, rng: np.random.Generator
) -> None:
    made = StudyDesign(comparison, "", {"anger": 2, "fear": 2}, {"anger": 2, "fear": 2})  # type: ignore[arg-type]

    found = simulate_power(pool(rng), made, 12, effect=0.0, rounds=2000, rng=rng)

    assert 0.035 <= found.power <= 0.067


def test_levels_with_other_targets_do_not_differ_without_an_effect(rng: np.random.Generator) -> None:
    of_target = StudyDesign("paired", "", {"anger": 2}, {"fear": 2})
    raw = pool(rng)

    found = simulate_power(raw.levelled(), of_target, 12, effect=0.0, rounds=1000, rng=rng)
    unlevelled = simulate_power(raw, of_target, 12, effect=0.0, rounds=50, rng=rng)

    assert found.power < 0.08
    assert unlevelled.power > 0.9


def test_power_of_two_groups_agrees_with_the_formula(rng: np.random.Generator) -> None:
    """With many trials a participant's mean is exact, so D is Cohen's d."""
    many = StudyDesign("groups", "", {"anger": 40, "fear": 40}, {"anger": 40, "fear": 40})

    found = simulate_power(pool(rng, noise=0.01), many, 40, effect=0.8, rounds=2000, rng=rng)

    assert_allclose(found.power, TTestIndPower().power(0.8, 20, 0.05), atol=0.04)


def test_covariance_agrees_with_statsmodels(rng: np.random.Generator) -> None:
    first, later = rng.normal(size=(3, 14)), rng.normal(size=(3, 14))
    group = (np.arange(14) >= 6) * 1.0

    p = covariance_p(later, first, 6)

    for row in range(3):
        data = pd.DataFrame({"later": later[row], "first": first[row], "g": group})
        assert_allclose(p[row], smf.ols("later ~ g + first", data).fit().pvalues["g"])


def test_t_tests_agree_with_scipy(rng: np.random.Generator) -> None:
    one, other = rng.normal(size=(3, 9)), rng.normal(0.5, 2, size=(3, 9))

    assert_allclose(welch_p(one, other), stats.ttest_ind(one, other, axis=1, equal_var=False).pvalue)
    assert_allclose(paired_p(one - other), stats.ttest_rel(one, other, axis=1).pvalue)
    assert_allclose(paired_p(np.full((1, 5), 0.3)), 1.0)


def test_a_take_that_was_not_measured_is_a_missing_trial(rng: np.random.Generator) -> None:
    scores = np.array([[[0.5, np.nan], [0.9, 0.9]]])
    people = np.zeros((300, 1), int)

    means = mean_scores(ScorePool(TARGETS, scores, "units"), people, {"anger": 1, "fear": 1}, rng=rng)

    assert set(np.round(means.ravel(), 6)) == {0.7, 0.9}


def test_few_takes_keep_the_variance_of_trials(rng: np.random.Generator) -> None:
    drawn = ScorePool(("anger",), rng.normal(0, 0.1, (2000, 1, 2)), "units")
    people = np.arange(2000)[None, :]

    values = mean_scores(drawn, people, {"anger": 1}, rng=rng)

    assert_allclose(values.std(), 0.1 * np.sqrt(1.5), rtol=0.06)  # of means of 2 takes, and of trials around them


def test_a_kept_pool_is_read_again_and_another_one_is_not(rng: np.random.Generator, tmp_path: Path) -> None:
    made = pool(rng, people=3)
    made.scores[0, 1, 2] = np.nan
    write_pool(made, tmp_path / "pool.csv", key="abc")

    again = read_pool(tmp_path / "pool.csv", key="abc")

    assert again is not None
    assert again.targets == TARGETS
    assert_allclose(again.scores, made.scores)
    assert read_pool(tmp_path / "pool.csv", key="abd") is None
    assert read_pool(tmp_path / "none.csv", key="abc") is None


def test_the_sentence_names_sizes_effect_test_and_false_alarms(rng: np.random.Generator, tmp_path: Path) -> None:
    made = shipped_design("facial_mimicry.yaml")
    some = replace(made, first={"anger": 1, "fear": 1}, second={"anger": 1, "fear": 1})
    points, null = (
        tuple(simulate_power(pool(rng), some, n, effect=effect, rounds=200, rng=rng) for n in (10, 80))
        for effect in (1.0, 0.0)
    )
    curve = PowerCurve("facial-mimicry", pool(rng), some, points, null)

    sentence = power_sentence(curve)
    files = write_power(curve, tmp_path)

    assert curve.enough == points[1]
    for words in ("With 80 participants in all", "Welch's t test", "1 standard deviations", "alpha = 0.05"):
        assert words in sentence
    assert {file.name for file in files} == {"power.csv", "power.md", "power.pdf", "power.png"}
    assert (tmp_path / "power.csv").read_text().count("\n") == 3
    few = (points[0], replace(points[1], participants=11))
    ticks = draw_power(replace(curve, points=few, null=few)).axes[0].get_xticks()
    assert all(float(tick).is_integer() for tick in ticks)


@pytest.mark.slow  # draws and measures twelve pictures
def test_drawn_people_pass_through_the_detector_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = PowerOptions(0.8, 4, 6, "units", people=2, takes=1, rounds=50)

    curve = simulated_power(PROTOCOLS / "minimal.yaml", tmp_path, options)
    monkeypatch.setattr("experiment.simulation.study.power_study.measure_pool", None)
    again = simulated_power(PROTOCOLS / "minimal.yaml", tmp_path, options)

    assert curve.pool.missing == 0
    assert 0.4 < curve.pool.scores.min() <= curve.pool.scores.max() <= 1
    assert [one.power for one in again.points] == [one.power for one in curve.points]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--participants", "0"), "'0' is not a number of participants from 1 on"),
        (("--participants", "20..10"), "the first number is the smaller one"),
        (("--participants", "5..9", "--dataset", "data"), "add --effect D"),
        (("--participants", "5"), "name the folder of the data set"),
        (("--participants", "5", "--effect", "0.5"), "name a folder for the power curve"),
        (("--participants", "5", "--effect", "0.5", "--out", "o", "--dataset", "d"), "no data set is recorded"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: tuple[str, ...], message: str) -> None:
    done = run("simulate", PROTOCOLS / "minimal.yaml", *options)

    assert done.status == 2
    assert message in " ".join(done.err.replace("│", " ").split())


def test_a_design_needs_enough_participants_and_a_known_metric(tmp_path: Path) -> None:
    power = ("simulate", PROTOCOLS / "facial_mimicry.yaml", "--effect", "0.5", "--out", tmp_path)

    few, unknown = run(*power, "--participants", "2..9"), run(*power, "--participants", "9", "--metric", "x")

    assert (few.status, unknown.status) == (1, 1)
    assert "Welch's t test of participants' mean scores needs at least 4 participants" in few.err
    assert "unknown metric 'x'" in unknown.err


def test_the_key_of_a_pool_depends_on_the_pictures(tmp_path: Path) -> None:
    loaded = load_protocol(PROTOCOLS / "facial_mimicry.yaml")
    plan = design(loaded, participant="01", session=None, language=None, render=None, stills=clip_stills)
    targets = imitated_targets([plan])
    changed = tmp_path / "other.png"
    changed.write_bytes(b"another picture")

    class Model:
        name = "toy"

    keys = {
        PoolRecipe(shown, Model(), "units", people=2, takes=1, seed=1).key()  # type: ignore[arg-type]
        for shown in (targets, [replace(targets[0], image=changed), *targets[1:]])
    }
    assert len(keys) == 2
