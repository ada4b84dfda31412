"""``scripts/evaluate lag``: judge lag, congruency and contrast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.errors import DataSetError
from analysis.evaluation.options import CACHE, EXPECTED, Jobs, drawn_models
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

SEED = 2027
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def lag(
    people: Annotated[int, typer.Option(help="Number of drawn people, of all face models together.", min=1)] = 6,
    ict: Annotated[
        Path | None, typer.Option(help="ICT-FaceKit, a folder of OBJ files or an .npz: every second person is of it.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Face model to fit; see: python -m analysis models.")] = None,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PROJECT / "docs" / "results" / "lag.md",
    cache: Annotated[Path, typer.Option(help="Folder of landmarks kept between runs.")] = CACHE,
    jobs: Jobs = 1,
) -> None:
    """Measure films of drawn people who follow a target, or do not; write the errors.

    Without --ict, models/ict-facekit in $MIMICRY_SHARED is used. Films that were drawn before are not drawn again, so
    the command can be stopped and started again.
    """
    from analysis.evaluation.lags.lag_measuring import LagTask, measure_lag_person
    from analysis.evaluation.lags.lag_page import LagEvaluation, lag_page
    from analysis.face.models.registry import DEFAULT_MODEL
    from analysis.tables.parallel import require_jobs, results
    from experiment.record.files import remedy

    require_jobs(jobs)
    fitted = model or DEFAULT_MODEL
    generators = drawn_models(ict)
    tasks = [
        LagTask(number // len(generators), generators[number % len(generators)], fitted, SEED, cache)
        for number in range(people)
    ]
    judged = tuple(progress(results(measure_lag_person, tasks, jobs=jobs), total=people, title="people"))
    names = tuple(one.name for one in generators[:people])
    page = lag_page(LagEvaluation(judged, fitted, names, f"scripts/evaluate lag --people {people}"))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise DataSetError(f"{out}: cannot be written: {remedy(error, new=True)}") from None
    typer.echo(f"written to {out}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate lag", expected=EXPECTED)
