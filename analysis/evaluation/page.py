"""The results as Markdown: written by the command, never by hand."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.evaluation.judge import Verdict
from analysis.evaluation.run import Evaluation
from analysis.face.similarity.metrics import DEFAULT_METRIC


def page(evaluation: Evaluation, *, command: str) -> str:
    """All tables, one section a panel."""
    parts = [
        "# The metrics judged",
        f"Written by `{command}`; changes by hand are lost. What the words mean: [similarity.md](../similarity.md).",
    ]
    for panel in evaluation.panels:
        verdicts = [evaluation.verdict(panel.name, name) for name in evaluation.metrics]
        first = verdicts[0]
        left_out = f", {len(panel.excluded)} of them left out" if panel.excluded else ""
        parts.append(f"## {panel.name[0].upper()}{panel.name[1:]}")
        parts.append(
            f"{len(panel.pairs)} pairs of people, {first.mimics} mimics, {panel.pictures} pictures{left_out}; "
            f"chance of rank-1 {first.chance:.2f}."
        )
        parts.append(verdict_table(verdicts))
    return "\n\n".join(parts) + "\n"


def verdict_table(verdicts: Sequence[Verdict]) -> str:
    """One row a metric; columns nobody has a value for are left out."""
    columns = {
        "metric": [f"**{one.metric}**" if one.metric == DEFAULT_METRIC else one.metric for one in verdicts],
        "rank-1": [f"{one.rank1:.3f}" for one in verdicts],
        "95 %": [f"{one.rank1_interval.low:.2f}-{one.rank1_interval.high:.2f}" for one in verdicts],
        "p": [f"{one.p_value:.3f}" for one in verdicts],
        "AUC": [f"{one.auc:.3f}" for one in verdicts],
        "95 % of AUC": [f"{one.auc_interval.low:.2f}-{one.auc_interval.high:.2f}" for one in verdicts],
        "d'": [f"{one.d_prime:.2f}" for one in verdicts],
        "centred rank-1": [f"{one.centred_rank1:.3f}" for one in verdicts],
        "centred AUC": [f"{one.centred_auc:.3f}" for one in verdicts],
        "matching (10, 50, 90 %)": [_three(one.matching) for one in verdicts],
        "others (10, 50, 90 %)": [_three(one.others) for one in verdicts],
        "ICC(2,1)": [_optional(one.icc) for one in verdicts],
        "ICC, matching": [_optional(one.icc_matching) for one in verdicts],
        "variance ratio": [_optional(one.variance_ratio) for one in verdicts],
    }
    return markdown({title: cells for title, cells in columns.items() if any(cells)})


def markdown(columns: dict[str, list[str]]) -> str:
    """A table, numbers to the right."""
    rows = [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    ruler = "|" + "|".join("---" if k == 0 else "---:" for k in range(len(columns))) + "|"
    return "\n".join([lines[0], ruler, *lines[1:]])


def _three(values: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _optional(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
