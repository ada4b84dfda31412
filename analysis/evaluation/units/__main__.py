"""``scripts/evaluate units``: validity of single movements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.evaluation.options import CACHE, EXPECTED, Cache, Ict, Jobs, drawn_models
from analysis.face.models.movements import VALIDITY_FILE
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def units(
    people: Annotated[int, typer.Option(min=2, help="People of each face model.")] = 20,
    ict: Ict = None,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PROJECT / "docs" / "results" / "units.md",
    table: Annotated[Path, typer.Option(help="The table to write.")] = VALIDITY_FILE,
    cache: Cache = CACHE,
    jobs: Jobs = 1,
) -> None:
    """Measure drawn people who make known movements; write how valid each unit is.

    Without --ict, models/ict-facekit in $MIMICRY_SHARED is used if there is one.
    """
    from analysis.evaluation.members import Measuring
    from analysis.evaluation.photographs import PhotographStore
    from analysis.evaluation.units.unit_page import unit_page, validity_rows
    from analysis.evaluation.units.unit_people import measure_units
    from analysis.evaluation.units.unit_validity import unit_figures
    from analysis.face.models.registry import DEFAULT_MODEL
    from analysis.tables.output_files import put, rows_csv
    from analysis.tables.parallel import require_jobs

    require_jobs(jobs)
    measuring = Measuring(DEFAULT_MODEL, jobs, progress)
    samples = [measure_units(PhotographStore(one, cache), measuring, people=people) for one in drawn_models(ict)]
    figures = list(unit_figures(samples))
    put(table, rows_csv(validity_rows(figures)))
    put(out, unit_page(samples, figures, command=f"scripts/evaluate units --people {people}"))
    typer.echo(f"written to {table} and {out}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate units", expected=EXPECTED)
