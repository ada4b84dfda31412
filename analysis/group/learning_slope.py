"""Learning: the slope of the score over all trials of a participant.

All trials count, of the experiment and of the training and of all sessions, with their number in the order they were
made. Random effects: participants, their slopes, targets.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.face.arrays import FloatArray
from analysis.group.factors import Cell, Factor, Sample
from analysis.group.mixed_models import FEWEST, coded, fit_notes, not_fitted, wald
from analysis.group.results import Result
from analysis.group.variance_components import RandomEffect, fit_linear
from analysis.inference.estimate import Estimate

METHOD = "REML, random slopes, Wald interval with t"
FEWEST_TRIALS = 3
"""Smallest mean number of trials of a participant."""


def numbered(trials: pd.DataFrame) -> pd.DataFrame:
    """Return trials with their number among all trials of the participant, from 0.

    Numbers are those of the record, so trials that were left out count.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed, of all kinds.
    """
    longest = trials.groupby("session_number")["order"].max().astype(int)
    start = {number: int(longest[longest.index < number].sum()) for number in longest.index}
    made = trials.copy()
    made["number"] = made["session_number"].map(start).astype(float) + made["order"].astype(float) - 1.0
    return made


def learning(sample: Sample) -> Iterator[Result]:
    """Yield the slope per trial, and its differences between groups."""
    trials = numbered(sample.all_trials)
    people = int(trials["participant"].nunique())
    groups = [one for one in sample.factors if one.is_between and one.name.startswith("group_")]
    why = ""
    if people < FEWEST:
        why = f"a mixed model needs {FEWEST} participants"
    elif len(trials) < FEWEST_TRIALS * people:
        why = f"a slope needs {FEWEST_TRIALS} trials of each participant"
    elif float(trials["score"].std()) < 1e-12:
        why = "all values are equal"
    if why:
        yield not_fitted("learning", "score", why, people=people, trials=len(trials))
        return
    pooled = tuple(one.name for one in sample.factors if one not in groups)
    yield from _slopes(trials, groups, people, pools_over=pooled)


def _slopes(
    trials: pd.DataFrame, groups: list[Factor], people: int, *, pools_over: tuple[str, ...]
) -> Iterator[Result]:
    number = trials["number"].to_numpy(dtype=float)
    number = number - number.mean()
    columns: list[tuple[str, FloatArray, tuple[Factor, ...]]] = [
        ("intercept", np.ones(len(trials)), ()),
        ("change of the score per trial", number, ()),
    ]
    kinds = sorted(trials["kind"].unique())
    if len(kinds) == 2:
        columns.append(
            ("training trials minus test trials", (trials["kind"] == kinds[1]).to_numpy(dtype=float) - 0.5, ())
        )
    for group in groups:
        for name, column in coded(trials[group.name], group):
            columns.append((name, column, (group,)))
            columns.append((f"{name}, change per trial", column * number, (group,)))
    fixed = np.column_stack([column for _, column, _ in columns])
    if np.linalg.matrix_rank(fixed) < fixed.shape[1]:
        why = "the effects cannot be separated in this design"
        yield not_fitted("learning", "score", why, people=people, trials=len(trials))
        return
    effects = [
        RandomEffect.of("participant", trials["participant"]),
        RandomEffect.of("slope of participant", trials["participant"], number),
        RandomEffect.of("target", trials["target"]),
    ]
    effects = [one for one in effects if 1 < one.levels < len(trials)]
    fit = fit_linear(trials["score"].to_numpy(dtype=float), fixed, effects)
    note = "; ".join(fit_notes(fit, effects))
    for (name, _, owners), value, error in zip(columns, fit.coefficients, fit.errors, strict=True):
        if "per trial" not in name:
            continue
        df = max(people - max([1, *(len(one.levels) for one in owners)]), 1)
        ends, test = wald(value, error, df)
        yield Result(
            "learning",
            "score",
            name,
            "slope",
            Estimate(float(value), *ends, people, METHOD),
            len(trials),
            cell=Cell({}, pools_over),
            test=test,
            factor="; ".join(one.name for one in owners),
            note=note,
        )
