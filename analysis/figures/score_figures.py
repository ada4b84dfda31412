"""Distributions of scores, and scores over repeated trials.

Both figures show participants, not trials: a point is the mean of a participant's trials. Intervals are those of the
mean over participants (Student's t, 95 %).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import DataSetError
from analysis.face.arrays import FloatArray
from analysis.figure_style import QUIET, WIDTH_MM, Sheet, figure_style, line_style
from analysis.group.factors import SESSION, ordered_levels
from analysis.group.study_files import Study
from analysis.inference.intervals import mean_by_t
from analysis.terminal import many

SERIES = {"score": "own target", "other_mean": "other targets, mean"}
"""Columns of the long table that the figure of distributions shows, and their names."""
OVER = ("take", "order", "session")
"""What scores can be drawn over."""
_BY = ("target", "expression", "session")
_HEIGHT_MM, _LEFT_MM, _TOP_MM, _BELOW_MM, _RIGHT_MM = 45.0, 12.0, 6.0, 9.0, 2.0
_TICKS = 12
_LINES_SHOWN = 40
_LONGEST_LEVEL_NAME = 9
_SPREAD = 0.13


class Mean(NamedTuple):
    """A mean over participants with its interval; NaN where there is none."""

    value: float
    low: float
    high: float
    n: int


def mean_of(values: Sequence[float] | FloatArray) -> Mean:
    """Return the mean of participants' means with its interval by Student's t.

    Parameters
    ----------
    values : sequence of float
        One value a participant; NaN are left out.
    """
    known = np.asarray(values, dtype=float)
    found = mean_by_t(known[np.isfinite(known)])
    value, low, high = (np.nan if one is None else one for one in (found.value, found.low, found.high))
    return Mean(value, low, high, found.n)


def used_trials(trials: pd.DataFrame, *, metric: str, kind: str) -> pd.DataFrame:
    """Return the scored trials of one metric and kind that are not excluded.

    Parameters
    ----------
    trials : pandas.DataFrame
        The long table of trials.
    metric, kind : str
        Values of these columns.

    Raises
    ------
    DataSetError
        If there is none; the message names what there is.
    """
    for column, value in (("metric", metric), ("kind", kind)):
        known = sorted(set(trials[column]) - {""})
        if value not in known:
            raise DataSetError(f"no trial has the {column} {value}; there is {', '.join(known) or 'none'}")
    chosen = trials[(trials["metric"] == metric) & (trials["kind"] == kind)]
    chosen = chosen[(chosen["excluded"] == "") & (chosen["pilot"] != "yes") & chosen["score"].notna()]
    if chosen.empty:
        raise DataSetError(f"all {kind} trials are excluded or of pilot sessions")
    return chosen


def used_scores(
    study: Study, *, metric: str, kind: str, only: Mapping[str, str | None], by: str | None = None
) -> pd.DataFrame:
    """Return the scores of the trials that are not excluded against every target.

    Parameters
    ----------
    study : Study
        The long tables.
    metric, kind : str
        As in `used_trials`.
    only : mapping
        Values of columns, such as the participant; None for any.
    by : str, optional
        A column of the trials that is added to the scores.

    Raises
    ------
    DataSetError
        If there is none, or no such column.
    """
    trials = used_trials(study.trials, metric=metric, kind=kind)
    for column, value in only.items():
        if value is not None:
            known = sorted(set(trials[column]))
            if value not in known:
                raise DataSetError(f"there is no {column} {value}; there is {', '.join(known)}")
            trials = trials[trials[column] == value]
    if by is not None and by not in trials:
        raise DataSetError(_no_column(trials, by, ["session"]))
    key = ["participant", "session", "task", "trial_id", "attempt"]
    added = [by] if by is not None and by not in study.scores else []
    scores = study.scores[(study.scores["metric"] == metric) & (study.scores["kind"] == kind)]
    return scores.merge(trials[[*key, *added]], on=key, how="inner")


def participant_means(trials: pd.DataFrame, column: str, *, by: str) -> pd.DataFrame:
    """Return the means of participants (rows) at each level (columns).

    Parameters
    ----------
    trials : pandas.DataFrame
        Trials of one metric and kind.
    column : str
        The score.
    by : str
        The column of the levels.

    Raises
    ------
    DataSetError
        If there is no such column, or it has more than 30 levels.
    """
    if by not in trials:
        raise DataSetError(_no_column(trials, by, _BY))
    table = trials.pivot_table(column, index="participant", columns=by, aggfunc="mean", observed=True, sort=False)
    if len(table.columns) > 30:
        raise DataSetError(f"{by} has {len(table.columns)} values; a figure shows 30 at most")
    if by == SESSION:
        return table[list(ordered_levels(trials, by))]
    return table if by in ("target", "expression") else table.sort_index(axis=1)


def draw_distributions(trials: pd.DataFrame, *, by: str = "target", columns: int = 2) -> Figure:
    """Draw a point per participant and level: own target, and mean of other targets.

    Parameters
    ----------
    trials : pandas.DataFrame
        Trials of one metric and kind (`used_trials`).
    by : str
        The column of the levels.
    columns : int
        Columns of the journal, 1 or 2.
    """
    tables = {name: participant_means(trials, column, by=by) for column, name in SERIES.items()}
    levels = [str(level) for level in next(iter(tables.values())).columns]
    with figure_style():
        sheet, axes = _panel(columns, levels)
        for number, (name, table) in enumerate(tables.items()):
            style = line_style(number)
            offset = (-0.17, 0.17)[number]
            for place, level in enumerate(table.columns):
                values = table[level].to_numpy(dtype=float)
                values = np.sort(values[np.isfinite(values)])
                shift = _SPREAD * _spread(len(values))
                axes.plot(
                    place + offset + shift,
                    values,
                    linestyle="none",
                    marker="oD"[number],
                    markersize=2.6,
                    markerfacecolor=style["color"] if number == 0 else "white",
                    markeredgecolor=style["color"],
                    markeredgewidth=0.6,
                    alpha=0.75,
                    label=name if place == 0 else None,
                )
                mean = mean_of(values)
                axes.plot(
                    [place + offset - 0.15, place + offset + 0.15], [mean.value] * 2, color="black", linewidth=1.4
                )
                axes.plot([place + offset] * 2, [mean.low, mean.high], color="black", linewidth=0.8)
        axes.set_xlim(-0.6, len(levels) - 0.4)
        axes.set_ylabel(f"similarity ({trials['metric'].iloc[0]})")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderaxespad=0.3)
    return sheet.figure


def draw_learning(trials: pd.DataFrame, *, over: str = "take", columns: int = 1) -> Figure:
    """Draw the score over repeated trials.

    Participants are thin lines, their mean is a thick one.

    Parameters
    ----------
    trials : pandas.DataFrame
        Trials of one metric and kind (`used_trials`).
    over : {"take", "order", "session"}
        The number of the repetition, of the trial in the session, or the session.
    columns : int
        Columns of the journal, 1 or 2.
    """
    table = participant_means(trials, "score", by=over)
    if len(table.columns) < 2:
        raise DataSetError(f"the trials have one {over} only, so there is no course of learning")
    places = np.arange(len(table.columns)) if over == "session" else table.columns.to_numpy(dtype=float)
    with figure_style():
        sheet, axes = _panel(columns, [])
        if len(table) <= _LINES_SHOWN:
            for _, row in table.iterrows():
                axes.plot(places, row.to_numpy(dtype=float), color="#999999", linewidth=0.5, marker=".", markersize=2)
        means = [mean_of(table[level].to_numpy(dtype=float)) for level in table.columns]
        axes.fill_between(
            places, [m.low for m in means], [m.high for m in means], color="#0072B2", alpha=0.2, linewidth=0
        )
        axes.plot(places, [m.value for m in means], color="#0072B2", marker="o", markersize=3, linewidth=1.6)
        step = int(np.ceil(len(places) / _TICKS))
        axes.set_xticks(places[::step], [str(level) for level in table.columns[::step]])
        axes.set_xlabel(_OVER_LABELS[over])
        axes.set_ylabel(f"similarity ({trials['metric'].iloc[0]})")
    return sheet.figure


_OVER_LABELS = {"take": "repetition of the target", "order": "trial of the session", "session": "session"}


def distribution_caption(trials: pd.DataFrame, *, by: str) -> str:
    """Return the caption of `draw_distributions`.

    Parameters
    ----------
    trials : pandas.DataFrame
        What was drawn.
    by : str
        The column of the levels.
    """
    metric, kind = trials["metric"].iloc[0], trials["kind"].iloc[0]
    return (
        f"Similarity ({metric}) of the imitations in the {kind} trials by {by}: to the own target (filled circles) and "
        "the mean over targets of other expressions (open diamonds). A point is the mean of a participant's trials "
        f"({_counts(trials)}). Horizontal bars are means over participants, vertical bars their 95 % interval by "
        "Student's t. Excluded trials and pilot sessions are left out."
    )


def learning_caption(trials: pd.DataFrame, *, over: str) -> str:
    """Return the caption of `draw_learning`.

    Parameters
    ----------
    trials : pandas.DataFrame
        What was drawn.
    over : str
        What it was drawn over.
    """
    table = participant_means(trials, "score", by=over)
    counts = table.notna().sum()
    metric = trials["metric"].iloc[0]
    return (
        f"Similarity ({metric}) to the own target over the {_OVER_LABELS[over]}. The thick line is the "
        "mean of the participants' means, the band its 95 % interval by Student's t"
        + ("; thin lines are participants. " if len(table) <= _LINES_SHOWN else ". ")
        + f"{_counts(trials)}; {_range_text(counts.min(), counts.max())} participants a point. "
        "Where their number changes, the mean compares different people."
    )


def _no_column(trials: pd.DataFrame, name: str, known: Sequence[str]) -> str:
    own = [column for column in map(str, trials) if column.startswith(("condition_", "group_"))]
    return f"the table of trials has no column {name}; there is {', '.join([*known, *own])}"


def _counts(trials: pd.DataFrame) -> str:
    return f"{many(trials['participant'].nunique(), 'participant')}, {many(len(trials), 'trial')}"


def _panel(columns: int, levels: Sequence[str]) -> tuple[Sheet, Axes]:
    """Return a sheet with one panel, whose horizontal axis has these levels."""
    turned = any(len(level) > _LONGEST_LEVEL_NAME for level in levels) or len(levels) > 8 * columns
    below_mm = _BELOW_MM + (1.3 * max(map(len, levels)) if turned else 0)
    sheet = Sheet.of(WIDTH_MM[columns], _TOP_MM + _HEIGHT_MM + below_mm)
    axes = sheet.axes(_LEFT_MM, _TOP_MM, WIDTH_MM[columns] - _LEFT_MM - _RIGHT_MM, _HEIGHT_MM)
    if levels:
        axes.set_xticks(range(len(levels)), levels, rotation=90 if turned else 0)
    axes.tick_params(axis="x", length=0 if levels else 2.5)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.yaxis.label.set_color(QUIET)
    return sheet, axes


def _spread(count: int) -> FloatArray:
    """Return places from -1 to 1 for sorted points, so that neighbours are apart."""
    places = 2.0 * ((np.arange(count) * 0.618034) % 1.0) - 1.0 if count > 1 else np.zeros(count)
    return np.asarray(places, dtype=float)


def _range_text(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
