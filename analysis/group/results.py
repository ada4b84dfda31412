"""One row per statistic: what was computed, where, over whom, with which interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analysis.face.arrays import FloatArray
from analysis.group.factors import Cell, Sample
from analysis.inference.estimate import Estimate
from analysis.tables.column import Column


@dataclass(frozen=True, slots=True)
class Test:
    """A test statistic with its p."""

    statistic: str
    """``t``, ``F`` or ``z``."""
    value: float
    df: float | None
    p: float
    df_error: float | None = None
    """Degrees of freedom of the denominator of F."""

    @staticmethod
    def of_t(t: float, df: float) -> Test:
        """Return the two-sided test of Student's t."""
        return Test("t", t, df, float(2 * stdtr(df, -abs(t))))


@dataclass(frozen=True, slots=True)
class Result:
    """One statistic of a sample."""

    analysis: str
    """The kind of analysis, a key of `ANALYSES`."""
    outcome: str
    """``score``, ``rank1`` or ``rank1_expression``."""
    effect: str
    """What is estimated, in words."""
    statistic: str
    """The name of the number, such as ``mean difference`` or ``dz``."""
    estimate: Estimate
    trials: int
    """Number of trials behind it."""
    cell: Cell = field(default_factory=Cell)
    test: Test | None = None
    factor: str = ""
    level: str = ""
    baseline: str = ""
    """Machine-readable effect: the level minus the baseline of the factor."""
    chance: float | None = None
    note: str = ""
    p_holm: float | None = None
    p_fdr: float | None = None


ANALYSES: Mapping[str, str] = {
    "mean": "mean over participants of each participant's mean",
    "rank1": "share of imitations whose own target scores highest, mean over participants",
    "rank1-by-expression": "the same for the targets of one expression",
    "contrast": "difference of two levels, paired by participant or between groups",
    "ancova": "difference of two groups in a later session, with the first session as covariate",
    "lmm": "linear mixed model of the scores of all trials",
    "glmm": "logistic mixed model of rank-1 of all trials",
    "learning": "slope of the score over the trials of a participant",
    "icc": "agreement of repeated imitations of a target",
}
STATISTICS: Mapping[str, Column] = {
    "metric": Column("Metric of the scores."),
    "task": Column("Name of the protocol."),
    "target_set": Column("Number of the set of targets within the task.", "integer"),
    "analysis": Column("Kind of analysis.", levels=ANALYSES),
    "outcome": Column("Column of trials.csv that is analysed."),
    "cell": Column("Trials that are analysed: all, or the levels of factors."),
    "pools_over": Column("Factors whose levels are pooled in this row; empty if there are none."),
    "effect": Column("What is estimated."),
    "factor": Column("Factor of the effect."),
    "level": Column("Level of the factor."),
    "baseline": Column("Level that is subtracted."),
    "statistic": Column("Name of the number."),
    "value": Column("The number.", "number"),
    "low": Column("Lower end of the 95 % interval.", "number"),
    "high": Column("Upper end of the 95 % interval.", "number"),
    "n": Column("Number of independent units.", "integer"),
    "unit": Column("What n counts."),
    "trials": Column("Number of trials.", "integer"),
    "method": Column("Method of the interval, or why there is none."),
    "test": Column("Test statistic: t, F or z."),
    "test_value": Column("Value of the test statistic.", "number"),
    "df": Column("Degrees of freedom.", "number"),
    "df_error": Column("Degrees of freedom of the denominator of F.", "number"),
    "p": Column("p of the two-sided test, without correction.", "number"),
    "p_holm": Column("p with Holm's correction over the tests of the same analysis, outcome and metric.", "number"),
    "p_fdr": Column("p with the correction of Benjamini and Hochberg over the same tests.", "number"),
    "chance": Column("Value expected by chance from the number of targets.", "number"),
    "note": Column("What to know about this number."),
}


def corrected(results: Iterable[Result]) -> list[Result]:
    """Return results with p corrected for multiple comparisons.

    A family has all tests of one analysis and outcome; the corrections are those of Holm and of Benjamini and Hochberg.
    """
    found = list(results)
    families: dict[tuple[str, str], list[int]] = {}
    for index, one in enumerate(found):
        if one.test is not None and one.test.p == one.test.p:
            families.setdefault((one.analysis, one.outcome), []).append(index)
    for members in families.values():
        p = np.array([test.p for index in members if (test := found[index].test) is not None])
        for index, by_holm, by_fdr in zip(members, holm(p).tolist(), benjamini_hochberg(p).tolist(), strict=True):
            found[index] = replace(found[index], p_holm=by_holm, p_fdr=by_fdr)
    return found


def holm(p: FloatArray) -> FloatArray:
    """Return p with Holm's correction for several tests (1979).

    `statsmodels` gives the same numbers; it takes half a second to load.

    Parameters
    ----------
    p : (N,) float array
        Values of p without correction.
    """
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """Return p corrected for false discoveries (Benjamini & Hochberg 1995).

    Parameters
    ----------
    p : (N,) float array
        Values of p without correction.
    """
    order = np.argsort(p)
    raw = p[order] / (np.arange(1, len(p) + 1) / len(p))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return adjusted


def result_row(sample: Sample, one: Result) -> dict[str, Any]:
    """Return the row of ``statistics.csv``."""
    test = one.test
    return {
        "metric": sample.metric,
        "task": sample.task,
        "target_set": sample.target_set,
        "analysis": one.analysis,
        "outcome": one.outcome,
        "cell": one.cell.name,
        "pools_over": one.cell.pooled_text,
        "effect": one.effect,
        "factor": one.factor,
        "level": one.level,
        "baseline": one.baseline,
        "statistic": one.statistic,
        **one.estimate.to_json(),
        "trials": one.trials,
        "test": test.statistic if test else "",
        "test_value": test.value if test else None,
        "df": test.df if test else None,
        "df_error": test.df_error if test else None,
        "p": test.p if test else None,
        "p_holm": one.p_holm,
        "p_fdr": one.p_fdr,
        "chance": one.chance,
        "note": one.note,
    }


def results_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with the columns of ``statistics.csv``."""
    return pd.DataFrame(list(rows), columns=list(STATISTICS))
