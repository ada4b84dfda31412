"""The results as a Markdown page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from analysis.evaluation.curves import Curve
from analysis.evaluation.judge import Verdict
from analysis.evaluation.run import Evaluation
from analysis.face.arrays import FloatArray
from analysis.face.bench.document import markdown_table
from analysis.face.measurement import Exclusion
from analysis.face.similarity.metrics import DEFAULT_METRIC, POOLED_METRIC
from analysis.face.similarity.parts import NOISE_FLOOR_MM
from analysis.inference.estimate import Estimate
from analysis.tables.statistics import d_prime_text

_TURN_DEG = 15.0
WHOLES = {DEFAULT_METRIC: ("appearance", "units"), POOLED_METRIC: ("appearance-pooled", "units")}
"""Metrics made of parts, and the metrics that are their parts."""
_EQUAL = 0.005
"""AUCs and rank-1 that differ by less are called equal."""
_LARGEST_RATIO = 1000.0
"""Larger variance ratios are not distinguished."""


def results_page(evaluation: Evaluation, *, command: str, figures: Mapping[str, str]) -> str:
    """Return the page with all tables and figures.

    Parameters
    ----------
    evaluation : Evaluation
        The results.
    command : str
        The command that is named on the page.
    figures : mapping
        Paths of the figures by name, relative to the page.
    """
    parts = [
        "# The metrics judged",
        f"Written by `{command}`; changes by hand are lost. [similarity.md](../similarity.md) "
        "describes metrics and panels and defines the terms.",
        _sources(evaluation),
        "## Summary",
        _table(_overview(evaluation)),
        f"Rank-1 of every metric on every panel; **{DEFAULT_METRIC}** is the default metric.",
        _figure(figures, "rank1", "Rank-1 of every metric on every panel"),
        *_whole_and_parts(evaluation),
        _figure(figures, "cells", "Matching and other cells of the default metric and of the published one"),
        "## Effect of the picture",
        f"People of {evaluation.curves_of} who all show the same expressions as the target person.",
        _figure(figures, "curves", "Rank-1 and scores as the picture gets worse"),
        _table(_turned(evaluation.curves)),
        f"Mean change of the score of a matching mimic when only the head turns by {_TURN_DEG:.0f} degrees.",
        "## Noise floor",
        _table(_floors(evaluation)),
        "Strength in mm of faces at rest that do not calibrate, and of faces with an expression. The noise floor is "
        f"{NOISE_FLOOR_MM:g} mm and grows as the head turns.",
        _figure(figures, "floor", "Strength of faces at rest and of faces with an expression"),
        "## Panel by panel",
    ]
    for panel in evaluation.panels:
        verdicts = [evaluation.verdict(panel.name, name) for name in evaluation.metrics]
        first = verdicts[0]
        parts.append(f"### {_capital(panel.name)}")
        parts.append(
            f"{len(panel.pairs)} pairs of people, {first.mimics} mimics, {panel.pictures} pictures, "
            f"{len(panel.excluded)} of them left out{_reasons(panel.excluded)}; chance of rank-1 {first.chance:.2f}."
        )
        parts.append(verdict_table(verdicts))
    return "\n\n".join(part for part in parts if part) + "\n"


def verdict_table(verdicts: Sequence[Verdict]) -> str:
    """Return a table with one row a metric and without empty columns."""
    columns = {
        "metric": [_named(one.metric) for one in verdicts],
        "rank-1": [f"{_value(one.rank1):.3f}" for one in verdicts],
        "95 %": [_ends(one.rank1) for one in verdicts],
        "p": ["" if one.p_value is None else f"{one.p_value:.3f}" for one in verdicts],
        "AUC": [f"{_value(one.auc):.3f}" for one in verdicts],
        "95 % of AUC": [_ends(one.auc) for one in verdicts],
        "d'": [d_prime_text(one.d_prime) for one in verdicts],
        "centred rank-1": [f"{one.centred_rank1:.3f}" for one in verdicts],
        "centred AUC": [f"{one.centred_auc:.3f}" for one in verdicts],
        "matching": [_spread(one.matching) for one in verdicts],
        "others": [_spread(one.others) for one in verdicts],
        "ICC(2,1)": [_optional(one.icc) for one in verdicts],
        "ICC, matching": [_optional(one.icc_matching) for one in verdicts],
        "variance ratio": [_ratio(one.variance_ratio) for one in verdicts],
    }
    return _table({title: cells for title, cells in columns.items() if any(cells)})


def _table(columns: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(markdown_table(list(columns), list(zip(*columns.values(), strict=True))))


def _sources(evaluation: Evaluation) -> str:
    generators = [generator.name for generator in evaluation.sources.generators]
    lines = [f"Fitted with the model {evaluation.model}; drawn people of {' and of '.join(generators)}."]
    if len(generators) == 1:
        lines.append("**No people of another model: --ict was not given.**")
    if evaluation.sources.photographs is None:
        lines.append("**No photographs: --london was not given.**")
    return " ".join(lines)


def _overview(evaluation: Evaluation) -> dict[str, list[str]]:
    columns = {"metric": [_named(name) for name in evaluation.metrics]}
    for panel in evaluation.panels:
        columns[panel.name] = [
            f"{_value(evaluation.verdict(panel.name, name).rank1):.3f}" for name in evaluation.metrics
        ]
    for panel in evaluation.panels:
        ratios = [evaluation.verdict(panel.name, name).variance_ratio for name in evaluation.metrics]
        if any(ratio is not None for ratio in ratios):
            group = panel.name.rpartition(", ")[2]
            columns[f"variance ratio, {group}"] = [_ratio(ratio) for ratio in ratios]
    return columns


def _whole_and_parts(evaluation: Evaluation) -> list[str]:
    """Return heading, table and explanation of the wholes next to their parts."""
    judged = [name for name in WHOLES for name in (name, *WHOLES[name]) if name in evaluation.metrics]
    if DEFAULT_METRIC not in judged or len(judged) < 2:
        return []
    columns = {"panel": [panel.name for panel in evaluation.panels]}
    for name in dict.fromkeys(judged):
        verdicts = [evaluation.verdict(panel.name, name) for panel in evaluation.panels]
        columns[_named(name)] = [f"{_value(one.rank1):.3f}, {_value(one.auc):.3f}" for one in verdicts]
    return [
        "## The default metric next to its parts",
        _table(columns),
        "Rank-1 and AUC. The part `units` of `combined` is the correlation about the average expression, which is a "
        "little better than the metric `units`. The pooled form of `units` is the same as `units` where a neutral "
        "picture is given.",
        *(
            f"{statistic} below that of the best part by more than {_EQUAL:g}: "
            f"{'; '.join(_below_best_part(evaluation, value)) or 'nowhere'}."
            for statistic, value in (("AUC", lambda one: _value(one.auc)), ("Rank-1", lambda one: _value(one.rank1)))
        ),
    ]


def _below_best_part(evaluation: Evaluation, value: Callable[[Verdict], float]) -> list[str]:
    values = {
        panel.name: {name: value(evaluation.verdict(panel.name, name)) for name in evaluation.metrics}
        for panel in evaluation.panels
    }
    return [text for panel, by_metric in values.items() for text in below_best_part(panel, by_metric)]


def below_best_part(panel: str, values: Mapping[str, float]) -> list[str]:
    """Return a text for each whole that is below its best part on a panel.

    Parameters
    ----------
    panel
        Name of the panel.
    values
        AUC or rank-1 of each metric on this panel.
    """
    found = []
    for whole, parts in WHOLES.items():
        judged = [name for name in parts if name in values]
        if whole not in values or not judged:
            continue
        best = max(judged, key=lambda name: values[name])
        if values[whole] < values[best] - _EQUAL:
            found.append(f"{whole} on {panel} ({values[whole]:.3f}; {best} {values[best]:.3f})")
    return found


def _turned(curves: Sequence[Curve]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {"metric": [_named(name) for name in curves[0].points]}
    for one in curves:
        condition = one.condition
        if not condition.turns_head:
            continue
        for value in sorted({-_TURN_DEG, _TURN_DEG} & set(condition.values)):
            k = condition.values.index(value)
            columns[f"{condition.name}, {value:+.0f}"] = [
                f"{points[k].change:.3f} (at most {points[k].largest_change:.2f})" for points in one.points.values()
            ]
    return columns


def _floors(evaluation: Evaluation) -> dict[str, list[str]]:
    everyone = (*evaluation.floors, *evaluation.shown)
    return {
        "faces": [one.name for one in everyone],
        "number": [str(len(one.strengths_mm)) for one in everyone],
        **{f"{percent} %": [f"{one.percentile(percent):.2f}" for one in everyone] for percent in (5, 50, 95, 99)},
        "below their floor": [f"{100 * one.below:.0f} %" for one in everyone],
    }


def _reasons(excluded: Sequence[Exclusion]) -> str:
    reasons = Counter(one.reason for one in excluded)
    counted = [f"{reasons[reason]} {reason}" for reason in sorted(reasons)]
    return f" ({', '.join(counted)})" if counted else ""


def _figure(figures: Mapping[str, str], name: str, caption: str) -> str:
    return f"![{caption}]({figures[name]})" if name in figures else ""


def _named(metric: str) -> str:
    return f"**{metric}**" if metric == DEFAULT_METRIC else metric


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _spread(values: FloatArray) -> str:
    """10th, 50th and 90th percentile."""
    return ", ".join(f"{value:.3f}" for value in np.quantile(values, (0.1, 0.5, 0.9)))


def _value(estimate: Estimate) -> float:
    return float("nan") if estimate.value is None else estimate.value


def _ends(estimate: Estimate) -> str:
    ends = estimate.interval
    return "" if ends is None else f"{ends[0]:.2f}-{ends[1]:.2f}"


def _optional(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    """Return a variance ratio; a very large one is not exact."""
    return f"above {_LARGEST_RATIO:g}" if value is not None and value > _LARGEST_RATIO else _optional(value)
