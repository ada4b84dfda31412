"""Groups in a later session, with the first session as covariate (ANCOVA)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.group.contrasts import participant_means
from analysis.group.factors import SESSION, Cell, Factor, Sample
from analysis.group.results import Result, Test
from analysis.inference.estimate import CONFIDENCE, Estimate

METHOD = "t interval of the least-squares model: later session ~ group + first session"
FEWEST = 2
"""Smallest number of participants of a group."""


def ancova(sample: Sample) -> Iterator[Result]:
    """Yield adjusted differences of groups for every later session.

    The covariate is each participant's mean of the first session, minus the mean over participants.
    """
    sessions = next((one for one in sample.factors if one.name == SESSION), None)
    if sessions is None:
        return
    groups = [one for one in sample.factors if one.is_between and one.name != SESSION]
    first, *later = sessions.levels
    for group in groups:
        pooled = tuple(one.name for one in sample.factors if one.name not in (group.name, SESSION))
        for session in later:
            rows = session_means(sample.trials, group, (first, session))
            counts = rows["group"].value_counts()
            if len(counts) < 2 or counts.min() < FEWEST or len(rows) <= len(counts) + 1:
                continue
            cell = Cell({SESSION: session}, pooled)
            trials = int(sample.trials["session"].isin((first, session)).sum())
            yield from _model(rows, group, cell, baseline=first, trials=trials)


def session_means(trials: pd.DataFrame, group: Factor, sessions: tuple[str, str]) -> pd.DataFrame:
    """Return first and later mean and group of each participant with both.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed.
    group : Factor
        The groups.
    sessions : (first, later)
        Two levels of the session.
    """
    means = [participant_means(trials[trials[SESSION] == one]) for one in sessions]
    rows = pd.concat(means, axis=1, join="inner", keys=["first", "later"])
    rows["group"] = trials.groupby("participant")[group.name].first()
    rows["first"] -= rows["first"].mean()
    return rows


def _model(rows: pd.DataFrame, group: Factor, cell: Cell, *, baseline: str, trials: int) -> Iterator[Result]:
    import statsmodels.formula.api as smf

    fit = smf.ols("later ~ C(group) + first", rows).fit()
    levels = sorted(rows["group"].unique())
    names = list(fit.params.index)
    slope = fit.conf_int(1 - CONFIDENCE).loc["first"]
    df = float(fit.df_resid)
    result = partial(Result, "ancova", "score", trials=trials, cell=cell, factor=group.name)
    for low, high in combinations(levels, 2):
        weights = np.zeros(len(names))
        for level, sign in ((high, 1.0), (low, -1.0)):
            if level != levels[0]:
                weights[names.index(f"C(group)[T.{level}]")] = sign
        found = fit.t_test(weights)
        ends = found.conf_int(1 - CONFIDENCE)[0]
        estimate = Estimate(float(found.effect[0]), float(ends[0]), float(ends[1]), len(rows), METHOD)
        yield result(
            f"{group.label}: {high} minus {low}, adjusted for session {baseline}",
            "adjusted mean difference",
            estimate,
            test=Test("t", float(found.tvalue.item()), df, float(found.pvalue.item())),
            level=high,
            baseline=low,
        )
    yield result(
        f"slope of session {baseline}",
        "slope",
        Estimate(float(fit.params["first"]), float(slope.iloc[0]), float(slope.iloc[1]), len(rows), METHOD),
    )
    with_slopes = smf.ols("later ~ C(group) * first", rows).fit()
    if with_slopes.df_resid >= 1:
        f, p, df_effect = with_slopes.compare_f_test(fit)
        yield result(
            f"homogeneity of the slopes of session {baseline}",
            "F",
            Estimate(float(f), None, None, len(rows), "comparison of models with one slope and with one per group"),
            note=f"p = {p:.3f} with {df_effect:.0f} and {with_slopes.df_resid:.0f} degrees of freedom; a small p means "
            "that the adjusted difference depends on the first session",
        )
