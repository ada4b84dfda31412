"""All participants together under one metric.

How well the scores identify the imitated target. The measures are those of `analysis.tables.identification`. All cells
are drawn, since a threshold alone says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from analysis.face.arrays import FloatArray
from analysis.inference.estimate import NOT_DEFINED, Estimate
from analysis.report.face_pictures import data_uri
from analysis.report.session_view import is_published
from analysis.rounding import decimals_for
from analysis.tables.identification import ROUNDS, auc_estimate, d_prime_estimate, rank1_estimate, shuffled_trials
from analysis.tables.score_tables import SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import Pooled, double_centred, p_value
from analysis.tables.table_figure import figure_bytes

SEED = 0
MOST_LINES = 20
"""Sessions that have a line each in the figure; more sessions are drawn as distributions."""
MATCHING_COLOUR, OTHER_COLOUR = "#1f4e79", "#777777"
_BINS = 60


@dataclass(frozen=True, slots=True)
class StatisticRow:
    """One number with everything that a reader needs to use it."""

    name: str
    value: str
    interval: str
    """95 % interval; empty without one."""
    n: str
    method: str
    meaning: str
    """One sentence for readers who do not know the statistic."""


@dataclass(frozen=True, slots=True)
class MetricStatistics:
    """One metric over all participants, pilot sessions left out."""

    metric: str
    formula: str
    pooled: str
    """One sentence: what is pooled."""
    rows: tuple[StatisticRow, ...]
    figure: str
    """All cells, as the ``data:`` address of an SVG."""
    figure_text: str
    """Alternative text."""
    figure_caption: str


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSession:
    """The scores of a session that are counted."""

    participant: str
    label: str
    pilot: bool
    tables: Mapping[str, SimilarityTable]
    """By name of the metric; imitations below the noise floor are left out. Empty without a table."""


def scored_session(one: SessionTables) -> ScoredSession:
    """Return the scores of a session that are counted."""
    record = one.session.record
    tables = {metric.name: table.counted for metric, table in one.trial_tables} if one.tables else {}
    return ScoredSession(record.participant, one.session.label, record.pilot, tables)


def metric_statistics(sessions: Sequence[ScoredSession], metric: str, formula: str) -> MetricStatistics:
    """Summarize sessions under one metric.

    Parameters
    ----------
    sessions : sequence of ScoredSession
        The sessions; those without a score are left out.
    metric, formula : str
        The metric.
    """
    counted = [one for one in sessions if metric in one.tables and one.tables[metric].scores.size]
    tables, people = [one.tables[metric] for one in counted], [one.participant for one in counted]
    pooled = Pooled.of(tables)
    imitations = sum(table.scores.shape[1] for table in tables)
    decimals = _decimals(pooled)
    matching, others = pooled.matching, pooled.others
    caption = "Filled: matching cells; open: all other cells. "
    caption += "One line a session." if len(tables) <= MOST_LINES else f"Share of the cells of {len(tables)} sessions."
    return MetricStatistics(
        metric=metric,
        formula=formula,
        pooled=f"{imitations} imitations of {len(set(people))} participants in {len(tables)} sessions, pilot sessions "
        "and trials below the noise floor left out. Sessions, groups and conditions are pooled here.",
        rows=tuple(_rows(tables, people, pooled, metric=metric)),
        figure=data_uri(
            figure_bytes(cells_figure([one.label for one in counted], tables, metric), "svg"), "image/svg+xml"
        ),
        figure_text=f"All cells under the metric {metric}. Matching cells lie between {_span(matching, decimals)}, "
        f"other cells between {_span(others, decimals)}.",
        figure_caption=caption,
    )


def _rows(
    tables: Sequence[SimilarityTable], people: Sequence[str], pooled: Pooled, *, metric: str
) -> Iterator[StatisticRow]:
    null = shuffled_trials(tables, people, np.random.default_rng(SEED))
    yield StatisticRow(
        "p of rank-1",
        f"{p_value(null, rank1_estimate(tables, people).value or 0.0):.3f}",
        "",
        f"{len(pooled.hits)} imitations",
        f"{ROUNDS} permutations of targets within a session",
        "How often shuffled targets are identified as often as the imitated ones.",
    )
    yield _estimated(
        "Rank-1, double-centred",
        rank1_estimate([double_centred(table) for table in tables], people),
        "Share of imitations whose own target scores highest after row and column means are subtracted: a target that "
        "all faces resemble has no advantage.",
        extra="row and column means subtracted",
    )
    yield _estimated(
        "AUC",
        auc_estimate(tables, people),
        "How often a matching cell of a participant is larger than another cell; 0.5 by chance.",
        extra="area under the ROC curve, mean over participants",
    )
    yield _estimated(
        "d′",
        d_prime_estimate(tables, people),
        "Distance between the means of matching and other cells of a participant.",
        extra="in pooled standard deviations, mean over participants",
    )
    decimals = _decimals(pooled)
    for name, values in (("Matching cells", pooled.matching), ("Other cells", pooled.others)):
        if len(values):
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
            yield StatisticRow(
                f"{name}, median",
                f"{middle:.{decimals}f}",
                "",
                f"{len(values)} cells",
                f"middle half {low:.{decimals}f} to {high:.{decimals}f}, all {_span(values, decimals)}",
                "Scores with the imitated target." if name.startswith("M") else "Scores with all other targets.",
            )
    yield from _published(tables, pooled, metric)


def _estimated(name: str, found: Estimate, meaning: str, *, extra: str) -> StatisticRow:
    ends = found.interval
    return StatisticRow(
        name,
        NOT_DEFINED if found.value is None else f"{found.value:.3f}",
        f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else "",
        f"{found.n} {found.unit}",
        f"{extra}; {found.method}",
        meaning,
    )


def _published(tables: Sequence[SimilarityTable], pooled: Pooled, metric: str) -> Iterator[StatisticRow]:
    """Yield the published pattern, only for the metric it was published for."""
    if not is_published(metric) or not len(pooled.matching) or not len(pooled.others):
        return
    above = sum(int(table.fits_published[table.matching].sum()) for table in tables)
    below = sum(int(table.fits_published[table.others].sum()) for table in tables)
    yield StatisticRow(
        "Published pattern, > 0.98 / < 0.94",
        f"{above} of {len(pooled.matching)} / {below} of {len(pooled.others)}",
        "",
        f"{len(pooled.matching)} matching, {len(pooled.others)} other cells",
        "count",
        "Matching cells above 0.98, and other cells below 0.94, as published for this metric.",
    )


def _decimals(pooled: Pooled) -> int:
    """Return the decimals of scores, more where all are close."""
    values = np.concatenate([pooled.matching, pooled.others])
    return decimals_for(float(np.ptp(values)) if len(values) else 0.0, fewest=3, digits=3)


def _span(values: FloatArray, decimals: int) -> str:
    return f"{values.min():.{decimals}f} to {values.max():.{decimals}f}" if len(values) else "nothing"


def cells_figure(labels: Sequence[str], tables: Sequence[SimilarityTable], metric: str) -> Figure:
    """Draw all cells: a line a session, or distributions of many sessions.

    Parameters
    ----------
    labels : sequence of str
        Names of the sessions.
    tables : sequence of SimilarityTable
        Their tables.
    metric : str
        The metric of the tables.
    """
    few = len(tables) <= MOST_LINES
    figure = Figure(figsize=(7.2, 0.55 + 0.42 * max(len(tables), 1) if few else 2.6), layout="constrained")
    axes: Any = figure.add_subplot()
    if few:
        _lines(axes, labels, tables)
    else:
        _distributions(axes, tables)
    axes.set_xlabel(f"score, metric {metric}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)
    return figure


def _lines(axes: Any, labels: Sequence[str], tables: Sequence[SimilarityTable]) -> None:
    rng = np.random.default_rng(SEED)
    for row, table in enumerate(tables):
        other, own = table.scores[table.others], table.scores[table.matching]
        axes.plot(other, row + 0.14 + rng.uniform(-0.1, 0.1, other.size), "o", mfc="none", mec=OTHER_COLOUR, ms=4.5)
        axes.plot(own, row - 0.2 + rng.uniform(-0.06, 0.06, own.size), "o", color=MATCHING_COLOUR, ms=5.5)
    axes.set_yticks(range(len(tables)), labels)
    axes.set_ylim(max(len(tables), 1) - 0.5, -0.5)


def _distributions(axes: Any, tables: Sequence[SimilarityTable]) -> None:
    matching = np.concatenate([table.scores[table.matching] for table in tables])
    others = np.concatenate([table.scores[table.others] for table in tables])
    edges = np.histogram_bin_edges(np.concatenate([matching, others]), bins=_BINS)
    for values, style in (
        (others, {"histtype": "step", "color": OTHER_COLOUR, "lw": 1.4, "label": "other cells"}),
        (matching, {"histtype": "stepfilled", "color": MATCHING_COLOUR, "alpha": 0.75, "label": "matching cells"}),
    ):
        if len(values):
            axes.hist(values, bins=edges, weights=np.full(len(values), 100 / len(values)), **style)
    axes.set_ylabel("share of the cells, %")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
