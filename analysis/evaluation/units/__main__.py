"""``scripts/evaluate units``: validity of single movements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.face.errors import AnalysisError
from analysis.face.models.movements import VALIDITY_FILE
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def units(
    people: Annotated[int, typer.Option(min=2, help="People of each face model.")] = 20,
    ict: Annotated[Path | None, typer.Option(help="ICT-FaceKit: people of another face model.")] = None,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PROJECT / "docs" / "results" / "units.md",
    table: Annotated[Path, typer.Option(help="The table to write.")] = VALIDITY_FILE,
    cache: Annotated[Path | None, typer.Option(help="Folder of pictures and landmarks kept between runs.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one per core.")] = 1,
) -> None:
    """Measure drawn people who make known movements; write how valid each unit is.

    Without --ict, models/ict-facekit in $MIMICRY_SHARED is used if there is one.
    """
    from analysis.evaluation.__main__ import CACHE, shared_folder
    from analysis.evaluation.members import Measuring
    from analysis.evaluation.photographs import PhotographStore
    from analysis.evaluation.units.unit_page import unit_page, validity_rows
    from analysis.evaluation.units.unit_people import measure_units
    from analysis.evaluation.units.unit_validity import unit_figures
    from analysis.face.models.registry import DEFAULT_MODEL
    from analysis.face.synthetic.generators import Generator, ict_generator
    from analysis.tables.output_files import put, rows_csv
    from analysis.tables.parallel import require_jobs

    require_jobs(jobs)
    ict = ict or shared_folder("models/ict-facekit")
    generators = [Generator(DEFAULT_MODEL), *([ict_generator(ict)] if ict is not None else [])]
    measuring = Measuring(DEFAULT_MODEL, jobs, progress)
    samples = [measure_units(PhotographStore(one, cache or CACHE), measuring, people=people) for one in generators]
    figures = list(unit_figures(samples))
    put(table, rows_csv(validity_rows(figures)))
    put(out, unit_page(samples, figures, command=f"scripts/evaluate units --people {people}"))
    typer.echo(f"written to {table} and {out}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate units", expected=(AnalysisError,))
