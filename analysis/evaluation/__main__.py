"""``python -m analysis.evaluation``: judge every metric."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.evaluation.options import CACHE, EXPECTED, Cache, Ict, Jobs, London, drawn_models, london_photographs
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def evaluation(  # noqa: PLR0913 (every option of a command is a parameter)
    ict: Ict = None,
    london: London = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Judge only this metric; may be given several times.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Face model to fit; see: python -m analysis models.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for results/similarity.md and figures/.")] = PROJECT / "docs",
    cache: Cache = CACHE,
    jobs: Jobs = 1,
    reduced: Annotated[bool, typer.Option("--reduced", help="Use fewer people, on a slow machine.")] = False,  # noqa: FBT002 (an option)
    quick: Annotated[bool, typer.Option("--quick", help="Use a few people, to test the evaluation.")] = False,  # noqa: FBT002 (an option)
) -> None:
    """Judge every metric on drawn people and photographs, and write the results.

    Without --ict and --london, models/ict-facekit and faces/london in $MIMICRY_SHARED are used. The results list
    missing sources.
    """
    from analysis.evaluation.members import Measuring
    from analysis.evaluation.run import Sources, evaluate
    from analysis.evaluation.sizes import FULL, QUICK, REDUCED
    from analysis.evaluation.write_results import write
    from analysis.face.models.registry import DEFAULT_MODEL

    if jobs == 0 or jobs < -1:
        raise typer.BadParameter("give a number of processes, or -1 for one per core", param_hint="--jobs")
    fitted = model or DEFAULT_MODEL
    found = evaluate(
        Sources(drawn_models(ict, model=fitted), london_photographs(london), cache),
        QUICK if quick else REDUCED if reduced else FULL,
        Measuring(fitted, jobs, progress),
        metrics=metric or (),
    )
    command = "scripts/evaluate" + (" --quick" if quick else " --reduced" if reduced else "")
    file = write(found, out, command=command)
    typer.echo(f"written to {file} and {out / 'figures'}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate", expected=EXPECTED)
