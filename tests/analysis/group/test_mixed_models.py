"""Mixed models agree with statsmodels; `test_reproduction.py` compares them with lme4 in R."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from analysis.group.analyse import analyse
from analysis.group.factors import samples
from analysis.group.logistic_mixed import fit_logistic
from analysis.group.mixed_models import fixed_effects, random_effects
from analysis.group.variance_components import RandomEffect, fit_linear
from analysis.tables.statistics import icc_2_1
from tests.analysis.group.simulated import simulated_study


@pytest.fixture
def crossed(rng: np.random.Generator) -> pd.DataFrame:
    """Ten people who imitate six targets four times, with one two-level factor."""
    person, target = np.repeat(np.arange(10), 24), np.tile(np.repeat(np.arange(6), 4), 10)
    level = np.tile([-0.5, 0.5], 120)
    score = 0.7 + rng.normal(0, 0.1, 10)[person] + rng.normal(0, 0.08, 6)[target] + 0.05 * level
    score = score + rng.normal(0, 0.1, 240)
    return pd.DataFrame(
        {"person": person, "target": target, "level": level, "score": score, "hit": score > 0.66, "all": 1}
    )


def test_the_linear_model_agrees_with_statsmodels(crossed: pd.DataFrame) -> None:
    effects = [RandomEffect.of(name, crossed[name]) for name in ("person", "target")]
    ours = fit_linear(crossed["score"].to_numpy(), np.column_stack([np.ones(240), crossed["level"]]), effects)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = smf.mixedlm(
            "score ~ level", crossed, groups="all", vc_formula={"p": "0 + C(person)", "t": "0 + C(target)"}
        ).fit(reml=True)

    assert_allclose(ours.coefficients, theirs.fe_params, rtol=1e-5)
    assert_allclose(ours.errors, theirs.bse_fe, rtol=1e-3)
    assert_allclose(ours.deviations**2, theirs.vcomp, rtol=5e-3)
    assert_allclose(ours.residual**2, theirs.scale, rtol=1e-3)


def test_the_logistic_model_is_near_the_bayesian_one_of_statsmodels(crossed: pd.DataFrame) -> None:
    effects = [RandomEffect.of(name, crossed[name]) for name in ("person", "target")]
    fixed = np.column_stack([np.ones(240), crossed["level"]])
    ours = fit_logistic(crossed["hit"].to_numpy(dtype=float), fixed, effects)
    data = crossed.assign(hit=crossed["hit"].astype(int))
    random = {"p": "0 + C(person)", "t": "0 + C(target)"}
    theirs = BinomialBayesMixedGLM.from_formula("hit ~ level", random, data, vcp_p=2, fe_p=5).fit_vb()

    assert_allclose(ours.coefficients[1], theirs.fe_mean[1], atol=0.15)
    assert theirs.fe_sd[0] < ours.errors[0]  # why its intervals are not used


def test_without_random_variation_the_logistic_model_is_logistic_regression(rng: np.random.Generator) -> None:
    level = np.tile([-0.5, 0.5], 150)
    hit = (rng.random(300) < 1 / (1 + np.exp(-0.4 - level))).astype(float)
    effects = [RandomEffect.of("person", pd.Series(np.tile(np.arange(30), 10)))]
    ours = fit_logistic(hit, np.column_stack([np.ones(300), level]), effects)
    theirs = smf.logit("hit ~ level", pd.DataFrame({"hit": hit, "level": level})).fit(disp=False)

    assert_allclose(ours.coefficients, theirs.params, atol=0.02)


def test_icc_agrees_with_pingouin(rng: np.random.Generator) -> None:
    ratings = rng.normal(0, 1, (15, 1)) + rng.normal(0, 0.7, (15, 3))
    long = pd.DataFrame(ratings).melt(ignore_index=False, var_name="take", value_name="score").reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pingouin calls pandas in a way that will be removed
        theirs = pingouin.intraclass_corr(long, targets="index", raters="take", ratings="score").set_index("Type")
    row = theirs.loc[next(name for name in theirs.index if "A,1" in name or name == "ICC2")]

    assert_allclose(icc_2_1(ratings), row["ICC"])


def test_effects_of_two_levels_are_differences_of_means(rng: np.random.Generator) -> None:
    frames = simulated_study(rng, participants=6, levels=("fast", "slow"), effect=0.2)
    (sample,) = samples(frames.trials, frames.scores)
    design = fixed_effects(sample.trials, sample.factors)
    assert design is not None

    fit = fit_linear(sample.trials["score"].to_numpy(), design.matrix, random_effects(sample.trials, sample.factors))

    means = sample.trials.groupby("condition_pace")["score"].mean()
    assert design.names == ("intercept", "pace: slow minus fast")
    assert_allclose(fit.coefficients[1], means["slow"] - means["fast"])


def test_a_model_that_cannot_be_fitted_says_why(rng: np.random.Generator) -> None:
    found = analyse(simulated_study(rng, participants=2, takes=1, noise=0.0))

    methods = {row["analysis"]: row["method"] for row in found.rows(statistic="none").to_dict("records")}
    assert methods["lmm"] == "not fitted: a mixed model needs 3 participants"
    assert methods["learning"] == "not fitted: a mixed model needs 3 participants"
