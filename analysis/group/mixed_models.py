"""Mixed models of scores and of rank-1 with the factors of the design.

Fixed effects: every factor, and the interactions of pairs. A factor with two levels is coded -0.5 and 0.5, so its
effect is the difference of the levels, averaged over the other factors; more levels have deviation coding. Random
effects: participants, targets, and the interactions of participants with targets and with each factor that varies
within them, where there are several trials.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.face.arrays import FloatArray
from analysis.group.factors import Factor, Sample
from analysis.group.logistic_mixed import fit_logistic
from analysis.group.results import Result, Test
from analysis.group.variance_components import MixedFit, RandomEffect, fit_linear
from analysis.inference.estimate import CONFIDENCE, Estimate

FEWEST = 3
"""Smallest number of participants for a mixed model."""
MOST_PAIRS = 6
"""Interactions are left out if there are more pairs of factors."""


@dataclass(frozen=True, slots=True, eq=False)
class FixedEffects:
    """The design of the fixed effects."""

    matrix: FloatArray
    """(N, P); the first column is the intercept."""
    names: tuple[str, ...]
    """(P,) names of the effects."""
    factors: tuple[tuple[Factor, ...], ...]
    """(P,) factors of each effect; empty for the intercept."""
    note: str = ""


def fixed_effects(trials: pd.DataFrame, factors: Sequence[Factor]) -> FixedEffects | None:
    """Return the design; without interactions if these are not estimable, else None.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed.
    factors : sequence of Factor
        The factors.
    """
    main = {one.name: coded(trials[one.name], one) for one in factors}
    pairs = list(combinations(factors, 2))
    for chosen in (pairs if len(pairs) <= MOST_PAIRS else [], []):
        columns, names = [np.ones(len(trials))], ["intercept"]
        owners: list[tuple[Factor, ...]] = [()]
        for one in factors:
            for name, column in main[one.name]:
                columns.append(column)
                names.append(name)
                owners.append((one,))
        for first, second in chosen:
            for (name, column), (other_name, other) in (
                (left, right) for left in main[first.name] for right in main[second.name]
            ):
                columns.append(column * other)
                names.append(f"{name} x {other_name}")
                owners.append((first, second))
        matrix = np.column_stack(columns)
        if np.linalg.matrix_rank(matrix) == matrix.shape[1]:
            note = "" if chosen or not pairs else "interactions are not estimable in this design"
            return FixedEffects(matrix, tuple(names), tuple(owners), note)
    return None


def coded(values: pd.Series[str], factor: Factor) -> list[tuple[str, FloatArray]]:
    """Return name and column of each contrast of a factor.

    Parameters
    ----------
    values : Series
        The level of each trial.
    factor : Factor
        The factor.
    """
    level = np.array([factor.levels.index(value) for value in values], np.float64)
    if len(factor.levels) == 2:
        return [(f"{factor.label}: {factor.levels[1]} minus {factor.levels[0]}", level - 0.5)]
    last = len(factor.levels) - 1
    return [
        (f"{factor.label}: {name} minus the mean of the levels", (level == k) * 1.0 - (level == last) * 1.0)
        for k, name in enumerate(factor.levels[:-1])
    ]


def random_effects(trials: pd.DataFrame, factors: Sequence[Factor]) -> list[RandomEffect]:
    """Return the random effects that the trials can separate.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed.
    factors : sequence of Factor
        The factors.
    """
    person, target = trials["participant"], trials["target"]
    made = [RandomEffect.of("participant", person)]
    if target.nunique() > 1:
        made += [RandomEffect.of("target", target), RandomEffect.of("participant:target", person + "\t" + target)]
    made += [
        RandomEffect.of(f"participant:{one.name}", person + "\t" + trials[one.name])
        for one in factors
        if not one.is_between
    ]
    return [one for one in made if 1 < one.levels < len(trials)]


def degrees_of_freedom(trials: pd.DataFrame, owners: Sequence[Factor]) -> int:
    """Return the degrees of freedom of a fixed effect: units that vary, minus levels.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed.
    owners : sequence of Factor
        Factors of the effect.
    """
    people, targets = int(trials["participant"].nunique()), int(trials["target"].nunique())
    found = [people - 1, *(people - len(one.levels) for one in owners if one.is_between)]
    found += [targets - len(one.levels) for one in owners if one.is_of_target]
    return max(min(found), 1)


def mixed_models(sample: Sample) -> Iterator[Result]:
    """Yield the fixed effects and deviations of both models, or why there is none."""
    trials, people = sample.trials, sample.participants
    design = fixed_effects(trials, sample.factors)
    effects = random_effects(trials, sample.factors)
    for analysis, outcome in (("lmm", "score"), ("glmm", "rank1")):
        values = trials[outcome].to_numpy(dtype=float)
        why = _refused(trials, values, design, people=people, factors=sample.factors, logistic=analysis == "glmm")
        if design is None or not effects or why:
            why = why or "the factors cannot be separated in this design"
            yield not_fitted(analysis, outcome, why, people=people, trials=len(trials))
            continue
        fit = (fit_logistic if analysis == "glmm" else fit_linear)(values, design.matrix, effects)
        yield from _rows(analysis, outcome, sample, design, (fit, effects))


def _refused(
    trials: pd.DataFrame,
    values: FloatArray,
    design: FixedEffects | None,
    *,
    people: int,
    factors: Sequence[Factor],
    logistic: bool,
) -> str:
    """Return why a model cannot be fitted; empty if it can."""
    if people < FEWEST:
        return f"a mixed model needs {FEWEST} participants"
    if design is not None and len(values) <= design.matrix.shape[1] + 2:
        return "there are too few trials for the number of effects"
    if float(values.std()) < 1e-12:
        return "all values are equal"
    if logistic:
        cells = trials.groupby([one.name for one in factors])["rank1"].mean() if factors else pd.Series(values.mean())
        if not ((cells > 0) & (cells < 1)).all():
            return "in some cell all imitations are right, or all are wrong, so odds ratios are not finite"
    return ""


def not_fitted(analysis: str, outcome: str, why: str, *, people: int, trials: int) -> Result:
    """Return the row of a model that is not fitted.

    Parameters
    ----------
    analysis, outcome : str
        As in `Result`.
    why : str
        Why it is not fitted.
    people, trials : int
        Numbers of participants and trials.
    """
    estimate = Estimate(None, None, None, people, f"not fitted: {why}")
    return Result(analysis, outcome, "no model", "none", estimate, trials)


def fit_notes(fit: MixedFit, effects: Sequence[RandomEffect]) -> list[str]:
    """Return what to know about a fit: no convergence, variances of zero."""
    notes = [] if fit.converged else ["the search did not converge; do not use these numbers"]
    if zero := [one.name for one, deviation in zip(effects, fit.deviations, strict=True) if deviation == 0]:
        notes.append(f"the variance of {', '.join(zero)} is estimated as 0 (singular fit)")
    return notes


def wald(value: float, error: float, df: int) -> tuple[tuple[float, float], Test]:
    """Return the 95 % interval of a coefficient and its test.

    Parameters
    ----------
    value, error : float
        Coefficient and standard error.
    df : int
        Degrees of freedom.
    """
    reach = float(stdtrit(df, (1 + CONFIDENCE) / 2)) * error
    return (float(value - reach), float(value + reach)), Test.of_t(float(value / error), df)


def _rows(
    analysis: str, outcome: str, sample: Sample, design: FixedEffects, fitted: tuple[MixedFit, Sequence[RandomEffect]]
) -> Iterator[Result]:
    fit, effects = fitted
    trials = sample.trials
    note = "; ".join(filter(None, [design.note, *fit_notes(fit, effects)]))
    is_logistic = analysis == "glmm"
    fitted_by = "Laplace approximation, Wald interval with t" if is_logistic else "REML, Wald interval with t"
    for name, owners, value, error in zip(design.names, design.factors, fit.coefficients, fit.errors, strict=True):
        ends, test = wald(value, error, degrees_of_freedom(trials, owners))
        number = [float(np.exp(one) if is_logistic else one) for one in (value, *ends)]
        yield Result(
            analysis,
            outcome,
            name,
            ("odds ratio" if owners else "odds") if is_logistic else "coefficient",
            Estimate(number[0], number[1], number[2], sample.participants, fitted_by),
            len(trials),
            test=test if owners else None,
            factor="; ".join(one.name for one in owners),
            note=note,
        )
    for one, deviation in zip(effects, fit.deviations, strict=True):
        estimate = Estimate(float(deviation), None, None, one.levels, "no interval", f"levels of {one.name}")
        yield Result(analysis, outcome, f"random effect of {one.name}", "SD", estimate, len(trials), note=note)
    if not is_logistic:
        estimate = Estimate(fit.residual, None, None, len(trials), "no interval", "trials")
        yield Result(analysis, outcome, "residual", "SD", estimate, len(trials), note=note)
