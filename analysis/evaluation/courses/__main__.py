"""``scripts/evaluate courses``: judge the measurement of films."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.errors import DataSetError
from analysis.evaluation.options import CACHE, EXPECTED, Jobs, drawn_models
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

SEED = 2027
"""Seed of the people who are judged."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def courses(  # noqa: PLR0913 (every option of a command is a parameter)
    people: Annotated[int, typer.Option(help="Number of drawn people, of all face models together.", min=1)] = 60,
    conditions: Annotated[
        int, typer.Option(help="Conditions of each person; all people together show all of them.", min=0)
    ] = 1,
    condition_people: Annotated[
        int | None, typer.Option(help="Number of people that are filmed under changed conditions, too (default: all).")
    ] = None,
    learn: Annotated[
        int, typer.Option(help="Learn directions and limits from this number of other drawn people first.", min=0)
    ] = 0,
    ict: Annotated[
        Path | None, typer.Option(help="ICT-FaceKit, a folder of OBJ files or an .npz: every second person is of it.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Face model to fit; see: python -m analysis models.")] = None,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PROJECT / "docs" / "results" / "courses.md",
    cache: Annotated[Path, typer.Option(help="Folder of landmarks kept between runs.")] = CACHE,
    jobs: Jobs = 1,
) -> None:
    """Measure films of drawn people with known movements; write the errors.

    Without --ict, models/ict-facekit in $MIMICRY_SHARED is used. Films that were drawn before are not drawn again, so
    the command can be stopped and started again.
    """
    from analysis.evaluation.courses.error_figure import write_error_figure
    from analysis.evaluation.courses.learning import LEARNING_SEED, learn_from
    from analysis.evaluation.courses.measuring import PersonTask, measure_films
    from analysis.evaluation.courses.results_page import CourseEvaluation, results_page
    from analysis.face.models.registry import DEFAULT_MODEL
    from analysis.tables.parallel import require_jobs, results
    from experiment.record.files import remedy

    require_jobs(jobs)
    fitted = model or DEFAULT_MODEL
    generators = drawn_models(ict, model=fitted)

    def task(number: int, seed: int, changed: int) -> PersonTask:
        generator = generators[number % len(generators)]
        return PersonTask(number // len(generators), generator, fitted, seed, changed, cache)

    command = f"scripts/evaluate courses --people {people} --conditions {conditions}"
    if condition_people is not None:
        command += f" --condition-people {condition_people}"
    if learn:
        command += f" --learn {learn}"
        learn_from([task(number, LEARNING_SEED, 0) for number in range(learn)], command, jobs=jobs)
    tasks = [
        task(number, SEED, conditions if condition_people is None or number < condition_people else 0)
        for number in range(people)
    ]
    measured = progress(results(measure_films, tasks, jobs=jobs), total=people, title="people")
    films = tuple(film for person in measured for film in person)
    names = tuple(one.name for one in generators)
    found = CourseEvaluation(films, fitted, names, command)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(results_page(found, figure=out.with_suffix(".png").name), encoding="utf-8")
        write_error_figure(found.judged, out.with_suffix(".png"))
    except OSError as error:
        raise DataSetError(f"{out}: cannot be written: {remedy(error, new=True)}") from None
    typer.echo(f"written to {out}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate courses", expected=EXPECTED)
