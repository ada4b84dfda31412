"""Contrasts of the levels of a factor: paired by participant, or between groups."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.face.arrays import FloatArray
from analysis.group.effect_sizes import independent, paired
from analysis.group.factors import SESSION, Cell, Factor, Sample
from analysis.group.results import Result


def participant_means(trials: pd.DataFrame, outcome: str = "score") -> pd.Series[float]:
    """Return the mean of each participant: over takes, then over targets.

    Every target has the same weight, also where some of its trials were left out.

    Parameters
    ----------
    trials : DataFrame
        Trials that are analysed.
    outcome : str
        Column to average.
    """
    by_target = trials.groupby(["participant", "target"])[outcome].mean()
    return by_target.groupby(level="participant").mean()


def contrasts(sample: Sample) -> Iterator[Result]:
    """Yield the contrasts of all pairs of levels of every factor.

    Within-participant factors are compared over all participants and in each group and session; groups are compared in
    each session. A participant counts with the targets that were measured at both levels, unless each target has one
    level.
    """
    for factor in sample.factors:
        for cell in _scopes(factor, sample.factors):
            trials = cell.of(sample.trials)
            for baseline, level in combinations(factor.levels, 2):
                compare = between_levels if factor.is_between else within_levels
                yield from compare(trials, factor, level, baseline, cell=cell)


def _scopes(factor: Factor, factors: tuple[Factor, ...]) -> Iterator[Cell]:
    """Yield the cells in which a factor is contrasted."""
    others = [one for one in factors if one.name != factor.name]
    split = [one for one in others if one.is_between or one.name == SESSION]
    if factor.is_between:
        split = [one for one in split if not one.is_between]
    yield Cell({}, tuple(one.name for one in others))
    for one in split:
        rest = tuple(other.name for other in others if other.name != one.name)
        for level in one.levels:
            yield Cell({one.name: level}, rest)
    if len(split) == 2:
        rest = tuple(other.name for other in others if other not in split)
        for first in split[0].levels:
            for second in split[1].levels:
                yield Cell({split[0].name: first, split[1].name: second}, rest)


def within_levels(trials: pd.DataFrame, factor: Factor, level: str, baseline: str, *, cell: Cell) -> Iterator[Result]:
    """Yield the numbers of a contrast that is paired by participant.

    Parameters
    ----------
    trials : DataFrame
        Trials of the cell.
    factor : Factor
        A factor within participants.
    level, baseline : str
        Its two levels; the baseline is subtracted.
    cell : Cell
        Where the contrast is computed.
    """
    both = trials[trials[factor.name].isin((level, baseline))]
    if not factor.is_of_target:
        measured = both.groupby(["participant", "target"])[factor.name].transform("nunique")
        both = both[measured == 2]
    means = [participant_means(both[both[factor.name] == one]) for one in (level, baseline)]
    joined = pd.concat(means, axis=1, join="inner")
    if joined.empty:
        return
    values = np.asarray(joined, np.float64)
    result = _result(factor, level, baseline, cell=cell, trials=int(both["participant"].isin(joined.index).sum()))
    for one in paired(values[:, 0], values[:, 1]):
        yield result(statistic=one.statistic, estimate=one.estimate, test=one.test)


def between_levels(trials: pd.DataFrame, factor: Factor, level: str, baseline: str, *, cell: Cell) -> Iterator[Result]:
    """Yield the numbers of a contrast between two groups of participants.

    Parameters
    ----------
    trials : DataFrame
        Trials of the cell.
    factor : Factor
        A factor between participants.
    level, baseline : str
        Its two levels; the baseline is subtracted.
    cell : Cell
        Where the contrast is computed.
    """
    groups = [trials[trials[factor.name] == one] for one in (level, baseline)]
    means: list[FloatArray] = [np.asarray(participant_means(one), np.float64) for one in groups]
    if not all(len(one) for one in means):
        return
    result = _result(factor, level, baseline, cell=cell, trials=sum(map(len, groups)))
    sizes = zip((level, baseline), means, strict=True)
    note = "; ".join(f"{name}: {len(values)} participants" for name, values in sizes)
    for one in independent(means[0], means[1]):
        yield result(statistic=one.statistic, estimate=one.estimate, test=one.test, note=note)


def _result(factor: Factor, level: str, baseline: str, *, cell: Cell, trials: int) -> partial[Result]:
    return partial(
        Result,
        analysis="contrast",
        outcome="score",
        effect=f"{factor.label}: {level} minus {baseline}",
        trials=trials,
        cell=cell,
        factor=factor.name,
        level=level,
        baseline=baseline,
    )
