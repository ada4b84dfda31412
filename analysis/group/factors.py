"""Factors of a study and the cells of its design.

A factor is the session, a between-participant condition (``group_NAME``) or a within-participant condition
(``condition_NAME``) with at least two levels among the trials that are analysed. A condition that has one level for
each target says the same as the target and is not a factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import pandas as pd

SESSION = "session"
ALL = "all"
MOST_CELLS = 60
"""Cells of all factors together are left out if there are more."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor with its levels in order."""

    name: str
    """Its column in the long table."""
    levels: tuple[str, ...]
    is_between: bool
    """Whether each participant has one level."""
    is_of_target: bool
    """Whether each target has one level, such as the intensity of its expression."""

    @property
    def label(self) -> str:
        """The name without its prefix."""
        return self.name.removeprefix("group_").removeprefix("condition_")


@dataclass(frozen=True, slots=True)
class Cell:
    """Trials with the same levels of some factors."""

    where: Mapping[str, str] = field(default_factory=dict)
    """Level by factor; empty for all trials."""
    pools_over: tuple[str, ...] = ()
    """Factors whose levels are pooled."""

    @property
    def name(self) -> str:
        """``all``, or ``session=pre; group_feedback=live``."""
        return "; ".join(f"{name}={level}" for name, level in self.where.items()) or ALL

    @property
    def pooled_text(self) -> str:
        """The factors that are pooled; empty if there are none."""
        return ", ".join(self.pools_over)

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the cell."""
        for name, level in self.where.items():
            frame = frame[frame[name] == level]
        return frame


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The trials that are analysed together: one task, set of targets and metric."""

    task: str
    target_set: int
    metric: str
    trials: pd.DataFrame
    """Trials without an exclusion, in the order they were made; kind ``experiment``."""
    all_trials: pd.DataFrame
    """The same with trials of the training."""
    scores: pd.DataFrame
    """Scores of these trials of kind ``experiment`` against every target, with the columns of the factors."""
    targets: int
    """Number of targets that trials are compared with."""
    excluded: Mapping[str, int]
    """Number of trials of kind ``experiment`` that were left out, by reason."""
    factors: tuple[Factor, ...]

    @property
    def participants(self) -> int:
        """Number of participants with an analysed trial."""
        return int(self.trials["participant"].nunique())


def samples(trials: pd.DataFrame, scores: pd.DataFrame) -> Iterator[Sample]:
    """Yield the samples of a study.

    Parameters
    ----------
    trials, scores : DataFrame
        The long tables (`analysis.group.long_table.StudyFrames`).
    """
    counted = trials[trials["pilot"] == "no"]
    keys = ["participant", "session", "trial_id", "attempt"]
    for (task, number, metric), rows in counted.groupby(["task", "target_set", "metric"], sort=False):
        used = rows[rows["excluded"] == ""]
        experiment = used[used["kind"] == "experiment"]
        everything = rows[rows["kind"] == "experiment"]
        same = (scores["task"] == task) & (scores["target_set"] == number) & (scores["metric"] == metric)
        factors = find_factors(experiment)
        own = scores.loc[same & (scores["kind"] == "experiment"), [*keys, "mimic", "target", "score"]]
        wanted = [one.name for one in factors if one.name not in keys]
        yield Sample(
            task=str(task),
            target_set=int(str(number)),
            metric=str(metric),
            trials=experiment,
            all_trials=used,
            scores=own.merge(experiment[[*keys, *wanted]], on=keys),
            targets=int(own["target"].nunique()),
            excluded={str(name): int(count) for name, count in everything["excluded"].value_counts().items() if name},
            factors=factors,
        )


def find_factors(trials: pd.DataFrame) -> tuple[Factor, ...]:
    """Return the factors of some trials: groups, session, conditions.

    Parameters
    ----------
    trials : DataFrame
        Rows of the long table.
    """
    groups = [name for name in trials.columns if name.startswith("group_")]
    conditions = [name for name in trials.columns if name.startswith("condition_")]
    found = []
    for name in (*groups, SESSION, *conditions):
        known = trials[trials[name] != ""]
        levels = ordered_levels(known, name)
        of_target = bool((known.groupby("target")[name].nunique() <= 1).all())
        if len(levels) < 2 or (of_target and bool((known.groupby(name)["target"].nunique() <= 1).all())):
            continue
        between = bool((known.groupby("participant")[name].nunique() <= 1).all())
        found.append(Factor(name, levels, is_between=between, is_of_target=of_target))
    return tuple(found)


def ordered_levels(trials: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Return levels: sessions by their number, others by name.

    Parameters
    ----------
    trials : pandas.DataFrame
        Rows of a long table.
    name : str
        The column of the levels.
    """
    if name == SESSION:
        order = trials.groupby(name)["session_number"].mean().sort_values(kind="stable")
        return tuple(str(level) for level in order.index)
    return tuple(sorted(str(level) for level in trials[name].unique()))


def cells(factors: Sequence[Factor]) -> list[Cell]:
    """Return the cells: all trials, the levels of each factor, all factors crossed.

    Parameters
    ----------
    factors : sequence of Factor
        The factors.
    """
    names = [one.name for one in factors]
    made = [Cell({}, tuple(names))]
    for one in factors:
        rest = tuple(name for name in names if name != one.name)
        made += [Cell({one.name: level}, rest) for level in one.levels]
    if len(factors) > 1:
        crossed = list(product(*(one.levels for one in factors)))
        if len(crossed) <= MOST_CELLS:
            made += [Cell(dict(zip(names, levels, strict=True))) for levels in crossed]
    return made
