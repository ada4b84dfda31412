"""``scripts/evaluate faces``: judge the measurement by group of people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.errors import DataSetError
from analysis.evaluation.options import CACHE, EXPECTED, Cache, Jobs
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def faces(
    out: Annotated[Path, typer.Option(help="Folder for results/faces.md and figures/.")] = PROJECT / "docs",
    cache: Cache = CACHE,
    jobs: Jobs = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Use a few people, to test the evaluation.")] = False,  # noqa: FBT002 (an option)
) -> None:
    """Measure drawn people by skin, age, sex, beard, glasses, headscarf and palsy.

    Pictures that were drawn before are not drawn again, so the command can be stopped and started again.
    """
    from analysis.evaluation.faces.faces_figures import group_figure, write_group_picture
    from analysis.evaluation.faces.judging import FULL, QUICK, evaluate_faces
    from analysis.evaluation.faces.results_page import results_page
    from analysis.tables.parallel import require_jobs
    from analysis.tables.table_figure import figure_bytes
    from experiment.record.files import remedy

    require_jobs(jobs)
    size = QUICK if quick else FULL
    command = "scripts/evaluate faces --quick" if quick else "scripts/evaluate faces"
    found = evaluate_faces(cache, size, command=command, jobs=jobs, progress=progress)
    page = out / "results" / "faces.md"
    try:
        for part in ("results", "figures"):
            (out / part).mkdir(parents=True, exist_ok=True)
        page.write_text(results_page(found), encoding="utf-8", newline="\n")
        (out / "figures" / "faces.png").write_bytes(figure_bytes(group_figure(found), "png", dpi=110))
        write_group_picture(out / "figures" / "faces-groups.jpg", size)
    except OSError as error:
        raise DataSetError(f"{out}: cannot be written: {remedy(error, new=True)}") from None
    typer.echo(f"written to {page}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate faces", expected=EXPECTED)
