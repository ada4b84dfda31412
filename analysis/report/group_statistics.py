"""All participants together under one metric.

How well the scores identify the imitated target. The measures and their intervals are those of
`analysis.tables.statistics`. All cells are drawn, since a threshold alone says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from analysis.face.arrays import FloatArray
from analysis.face.similarity.metrics import Metric
from analysis.report.face_pictures import data_uri
from analysis.report.session_view import is_published
from analysis.tables.score_tables import SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import (
    Interval,
    Pooled,
    bootstrap,
    d_prime_text,
    double_centred,
    expression_hits,
    icc_2_1,
    p_value,
    permutation_null,
    rank1,
)
from analysis.tables.table_figure import figure_bytes

SEED = 0
ROUNDS = 1000
FEWEST_FOR_INTERVAL = 3
"""Bootstrap intervals over fewer participants say more about the number than about people."""
FEWEST_FOR_ICC = 3
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


def metric_statistics(made: Sequence[SessionTables], metric: Metric) -> MetricStatistics:
    """Summarize sessions under one metric.

    Parameters
    ----------
    made : sequence of SessionTables
        Sessions with tables.
    metric : Metric
        One of their metrics.
    """
    tables: list[SimilarityTable] = []
    sessions = []
    for one in made:
        table = {own.name: table for own, table in one.trial_tables}[metric.name].with_own_target()
        if table.scores.size:
            tables.append(table)
            sessions.append(one.session)
    people = [(session.record.participant,) for session in sessions]
    pooled = Pooled.of(tables)
    imitations = sum(table.scores.shape[1] for table in tables)
    matching, others = pooled.matching, pooled.others
    caption = "Filled: matching cells; open: all other cells. "
    caption += "One line a session." if len(tables) <= MOST_LINES else f"Share of the cells of {len(tables)} sessions."
    return MetricStatistics(
        metric=metric.name,
        formula=metric.formula,
        pooled=f"{imitations} imitations of {len(set(people))} participants in {len(tables)} sessions, pilot sessions "
        "left out. Sessions, groups and conditions are pooled here.",
        rows=tuple(_rows(tables, people, pooled, metric=metric)),
        figure=data_uri(
            figure_bytes(cells_figure([session.label for session in sessions], tables, metric), "svg"), "image/svg+xml"
        ),
        figure_text=f"All cells under the metric {metric.name}. Matching cells lie between {_span(matching)}, other "
        f"cells between {_span(others)}.",
        figure_caption=caption,
    )


def _rows(
    tables: Sequence[SimilarityTable], people: Sequence[tuple[str]], pooled: Pooled, *, metric: Metric
) -> Iterator[StatisticRow]:
    rng = np.random.default_rng(SEED)
    observed = pooled.rank1()
    null = permutation_null(tables, rng, rounds=ROUNDS)
    participants = len(set(people))
    interval = bootstrap(tables, people, Pooled.rank1, rng=rng) if participants >= FEWEST_FOR_INTERVAL else None
    imitations = f"{len(pooled.hits)} imitations"
    over = f"bootstrap over {participants} participants" if interval else "too few participants for an interval"
    shuffled = f"{ROUNDS} permutations of targets within a session"
    yield StatisticRow(
        "Rank-1 accuracy",
        _percent(observed),
        _interval(interval),
        imitations,
        over,
        "Share of imitations that are most similar to the target that was imitated.",
    )
    yield StatisticRow(
        "Chance level of rank-1",
        _percent(float(null.mean())),
        "",
        imitations,
        shuffled,
        "Rank-1 without imitation.",
    )
    yield StatisticRow(
        "p (permutation test)",
        f"{p_value(null, observed):.3f}",
        "",
        imitations,
        shuffled,
        "How often shuffled targets reach this rank-1 accuracy.",
    )
    yield StatisticRow(
        "Rank-1 accuracy, double-centred",
        _percent(rank1([double_centred(table) for table in tables])),
        "",
        imitations,
        "row and column means subtracted",
        "The same when no target has an advantage because all faces resemble it.",
    )
    if any(table.expressions_shared for table in tables):
        own = float(np.concatenate([expression_hits(table) for table in tables]).mean())
        yield StatisticRow(
            "Rank-1 accuracy by expression",
            _percent(own),
            "",
            imitations,
            "targets of one expression count alike",
            "Share of imitations that are most similar to a target of the imitated expression.",
        )
    cells = f"{len(pooled.matching)} matching, {len(pooled.others)} other cells"
    yield StatisticRow(
        "AUC",
        f"{pooled.auc():.3f}",
        "",
        cells,
        "area under the ROC curve",
        "How often a matching cell is larger.",
    )
    yield StatisticRow(
        "d′",
        d_prime_text(pooled.d_prime()),
        "",
        cells,
        "difference of means in pooled SD",
        "Distance between matching and other cells.",
    )
    for name, values in (("Matching cells", pooled.matching), ("Other cells", pooled.others)):
        if len(values):
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
            yield StatisticRow(
                f"{name}, median",
                f"{middle:.3f}",
                "",
                f"{len(values)} cells",
                f"middle half {low:.3f} to {high:.3f}, all {_span(values)}",
                "Scores with the imitated target." if name.startswith("M") else "Scores with all other targets.",
            )
    yield from _published(tables, pooled, metric)
    repeated = _repeated(tables)
    if len(repeated) >= FEWEST_FOR_ICC:
        yield StatisticRow(
            "ICC(2,1)",
            f"{icc_2_1(repeated):.2f}",
            "",
            f"{len(repeated)} repeated targets",
            "first and last take, absolute agreement",
            "Agreement of repeated imitations of a target.",
        )


def _published(tables: Sequence[SimilarityTable], pooled: Pooled, metric: Metric) -> Iterator[StatisticRow]:
    """Yield the published pattern, only for the metric it was published for."""
    if not is_published(metric.name) or not len(pooled.matching) or not len(pooled.others):
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


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _interval(interval: Interval | None) -> str:
    return f"{_percent(interval.low)} to {_percent(interval.high)}" if interval else ""


def _span(values: FloatArray) -> str:
    return f"{values.min():.3f} to {values.max():.3f}" if len(values) else "nothing"


def _repeated(tables: Sequence[SimilarityTable]) -> FloatArray:
    """Return the (items, 2) matching scores of first and last takes."""
    takes = [
        table.scores[table.targets.index(target), [own == target for own in table.imitated]]
        for table in tables
        for target in dict.fromkeys(table.imitated)
    ]
    return np.array([(scores[0], scores[-1]) for scores in takes if len(scores) > 1]).reshape(-1, 2)


def cells_figure(labels: Sequence[str], tables: Sequence[SimilarityTable], metric: Metric) -> Figure:
    """Draw all cells: a line a session, or distributions of many sessions.

    Parameters
    ----------
    labels : sequence of str
        Names of the sessions.
    tables : sequence of SimilarityTable
        Their tables.
    metric : Metric
        The metric of the tables.
    """
    few = len(tables) <= MOST_LINES
    figure = Figure(figsize=(7.2, 0.55 + 0.42 * max(len(tables), 1) if few else 2.6), layout="constrained")
    axes: Any = figure.add_subplot()
    if few:
        _lines(axes, labels, tables)
    else:
        _distributions(axes, tables)
    axes.set_xlabel(f"score, metric {metric.name}")
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
