"""``python -m analysis.evaluation``: judge every metric."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from analysis.face.errors import AnalysisError
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

CACHE = PROJECT / "out" / "evaluation"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def evaluation(  # noqa: PLR0913 (every option of a command is a parameter)
    ict: Annotated[
        Path | None, typer.Option(help="ICT-FaceKit, a folder of OBJ files or an .npz: people of another face model.")
    ] = None,
    london: Annotated[
        Path | None, typer.Option(help="Face Research Lab London Set: NNN_neutral.jpg and NNN_smiling.jpg.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Judge only this metric; may be given several times.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Face model to fit; see: python -m analysis models.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for results/similarity.md and figures/.")] = PROJECT / "docs",
    cache: Annotated[Path, typer.Option(help="Folder of pictures and landmarks kept between runs.")] = CACHE,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one per core.")] = 1,
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
    from analysis.face.synthetic.generators import Generator, ict_generator

    if jobs == 0 or jobs < -1:
        raise typer.BadParameter("give a number of processes, or -1 for one per core", param_hint="--jobs")
    ict, london = ict or shared_folder("models/ict-facekit"), london or shared_folder("faces/london")
    fitted = model or DEFAULT_MODEL
    generators = [Generator(fitted)]
    if ict is not None:
        generators.append(ict_generator(ict))
    found = evaluate(
        Sources(generators, london, cache),
        QUICK if quick else REDUCED if reduced else FULL,
        Measuring(fitted, jobs, progress),
        metrics=metric or (),
    )
    command = "scripts/evaluate" + (" --quick" if quick else " --reduced" if reduced else "")
    file = write(found, out, command=command)
    typer.echo(f"written to {file} and {out / 'figures'}")


def shared_folder(relative: str) -> Path | None:
    """Return a folder in $MIMICRY_SHARED; None if it does not exist."""
    folder = os.environ.get("MIMICRY_SHARED")
    return Path(folder) / relative if folder and (Path(folder) / relative).exists() else None


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate", expected=(AnalysisError,))
