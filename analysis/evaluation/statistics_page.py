"""``python -m analysis.evaluation.statistics_page``: coverage and false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from analysis.evaluation.icc_coverage import KINDS, TAKES, TARGETS, icc_coverage
from analysis.evaluation.options import EXPECTED
from analysis.evaluation.statistics_coverage import (
    MEANS,
    PAIR_SPREADS,
    ROUNDS,
    SPREADS,
    TRIALS,
    Coverage,
    FalseAlarms,
    false_alarms,
    interval_coverage,
    pair_coverage,
)
from analysis.paths import PROJECT
from analysis.tables.output_files import put
from analysis.tables.table_text import markdown_rows
from analysis.terminal import run_app

FILE = PROJECT / "docs" / "results" / "statistics.md"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def statistics(
    studies: Annotated[
        int, typer.Option(min=1, help="Simulated studies of each kind; four times as many for tests.")
    ] = 1000,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")] = FILE,
) -> None:
    """Measure the coverage of intervals and the false alarms of tests.

    All studies are simulated.
    """
    coverage = [*interval_coverage(studies), *pair_coverage(studies), *icc_coverage(studies)]
    page = statistics_page(coverage, list(false_alarms(4 * studies)), studies=studies)
    put(out, page)
    typer.echo(f"written to {out}")


def statistics_page(coverage: Sequence[Coverage], alarms: Sequence[FalseAlarms], *, studies: int) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    coverage : sequence of Coverage
        The intervals.
    alarms : sequence of FalseAlarms
        The tests.
    studies : int
        Simulated studies of each kind.
    """
    right = "---:"
    intervals = markdown_rows(
        ("statistic", "method", "people", "mean coverage", "smallest coverage", "mean width"),
        [
            (
                one.what,
                one.method,
                str(one.participants),
                f"{100 * one.mean:.1f} %",
                f"{100 * one.smallest:.1f} %",
                f"{one.width:.2f}",
            )
            for one in coverage
        ],
        align=["---", "---", *[right] * 4],
    )
    tests = markdown_rows(
        ("design", "permutations", "people", "false alarms"),
        [(one.what, one.method, str(one.participants), f"{100 * one.share:.1f} %") for one in alarms],
        align=["---", "---", right, right],
    )
    means, spreads, pair_spreads = (
        ", ".join(f"{value:g}" for value in values) for values in (MEANS, SPREADS, PAIR_SPREADS)
    )
    error = 100 * (0.05 * 0.95 / (4 * studies)) ** 0.5
    return "\n".join(
        [
            "# Statistics by simulation",
            "",
            f"Written by `scripts/evaluate statistics --studies {studies}`; changes by hand are lost.",
            "[statistics.md](../statistics.md) defines the terms.",
            "",
            "## Coverage of 95 % intervals",
            "",
            f"Each participant has {TRIALS} trials. The true rank-1 is {means}. The correlation of two trials of one",
            f"participant is {spreads} (beta distribution). In comparisons of each with each, the standard deviation",
            f"of people is {pair_spreads} probits. Every combination is one kind; there are {studies} studies of each.",
            "The smallest coverage is that of the worst kind.",
            "",
            f"For ICC(2,1) each participant imitates {TARGETS} targets {TAKES} times. The true value is that of",
            "further participants with the same targets. The kinds, as standard deviations of participants, targets,",
            "participants x targets, and trials, are the following. Steadiness is the standard deviation over",
            "participants of the logarithm of the last one. Skewed scores have a skewness of -1.",
            "",
            *(f"- {kind.name}" for kind in KINDS),
            "",
            *intervals,
            "",
            "## False alarms at p of at most 5 %",
            "",
            f"Labels without meaning, six of each person; {ROUNDS} permutations; {4 * studies} studies. The standard",
            f"error of 5 % is {error:.1f} %. Scores of the same two pictures are the same in both directions.",
            "",
            *tests,
            "",
        ]
    )


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate statistics", expected=EXPECTED)
