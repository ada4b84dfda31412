"""``scripts/evaluate designs``: false alarms and coverage of designs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.evaluation.options import EXPECTED, Jobs
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

SEED, PART = 2026, 10
SIZES = (5, 10, 20)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def designs(
    rounds: Annotated[int, typer.Option(help="Simulated studies of each size.", min=1)] = 500,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PROJECT / "docs" / "results" / "designs.md",
    jobs: Jobs = 1,
) -> None:
    """Simulate studies with known effects; count false alarms and covered truths."""
    from analysis.evaluation.designs.design_page import design_page
    from analysis.evaluation.designs.design_rounds import Counted, DesignTask, judge_designs
    from analysis.tables.output_files import put
    from analysis.tables.parallel import require_jobs, results

    require_jobs(jobs)
    tasks = [
        DesignTask(size, min(PART, rounds - start), SEED + start) for start in range(0, rounds, PART) for size in SIZES
    ]
    sums: dict[tuple[str, str, int], tuple[int, int]] = {}
    for counts in progress(results(judge_designs, tasks, jobs=jobs), total=len(tasks), title="studies"):
        for one in counts:
            times, total = sums.get((one.kind, one.statistic, one.participants), (0, 0))
            sums[one.kind, one.statistic, one.participants] = times + one.times, total + one.rounds
    counted = [Counted(*key, *value) for key, value in sums.items()]
    put(out, design_page(counted, command=f"scripts/evaluate designs --rounds {rounds}"))
    typer.echo(f"written to {out}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate designs", expected=EXPECTED)
