"""The page of false alarms and coverage of designs."""

from __future__ import annotations

from collections.abc import Sequence

from scipy import stats

from analysis.evaluation.designs.design_rounds import EFFECT, NULL, Counted
from analysis.evaluation.designs.simulated_trials import TAKES, TARGETS, Truth
from analysis.tables.table_text import markdown_rows


def design_page(counted: Sequence[Counted], *, command: str) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    counted : sequence of Counted
        The counts of all sizes.
    command : str
        The command that writes the page.
    """
    truth = Truth()
    rounds = max(one.rounds for one in counted)
    lines = [
        "# False alarms and coverage of designs",
        "",
        f"Written by `{command}`. Simulated studies of scores with known effects; the statistics are those of `group`",
        "([../group.md](../group.md)).",
        "",
        f"Participants imitate {TARGETS} targets {TAKES} times at each of two levels of a condition; every second",
        "participant is in the second group. Standard deviations on the scale of the score: "
        f"participants {truth.person:g}, targets",
        f"{truth.target:g}, participants x targets {truth.person_target:g}, effects of participants {truth.slope:g}, "
        f"trials {truth.noise:g}. {rounds} studies of each size;",
        f"mixed models and learning are fitted to {min(one.rounds for one in counted)} of them.",
        "",
        "## False alarms at alpha = 5 %",
        "",
        "Mean effects are zero; participants differ in their effects.",
        "",
        *_table(counted, NULL),
        "",
        "## Coverage of 95 % intervals",
        "",
        f"Mean effects of condition and groups are {truth.effect:g}. True values: dz {truth.dz:.2f}, "
        f"Hedges' g {truth.g:.2f}. The true ICC(2,1) is that of the targets of each study.",
        "",
        *_table(counted, EFFECT),
    ]
    return "\n".join(lines) + "\n"


def _table(counted: Sequence[Counted], kind: str) -> list[str]:
    sizes = sorted({one.participants for one in counted})
    names = list(dict.fromkeys(one.statistic for one in counted if one.kind == kind))
    found = {(one.statistic, one.participants): one for one in counted if one.kind == kind}
    rows = [(name, *(_share(found.get((name, size))) for size in sizes)) for name in names]
    header = ("percent (95 % interval)", *(f"n = {size}" for size in sizes))
    return markdown_rows(header, rows, align=["---", *["---:"] * len(sizes)])


def _share(one: Counted | None) -> str:
    if one is None or not one.rounds:
        return "–"
    ends = stats.binomtest(one.times, one.rounds).proportion_ci(method="exact")
    return f"{100 * one.times / one.rounds:.1f} ({100 * ends.low:.1f}–{100 * ends.high:.1f})"
