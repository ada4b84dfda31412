"""``python -m analysis.evaluation``: judge every metric anew."""

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
def evaluation(
    ict: Annotated[
        Path | None, typer.Option(help="ICT-FaceKit: a folder of OBJ files or an .npz; people no model of ours made.")
    ] = None,
    london: Annotated[
        Path | None, typer.Option(help="Photographs of the Face Research Lab London Set, NNN_neutral.jpg and so on.")
    ] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Only this metric; may be given several times.")] = None,
    model: Annotated[str | None, typer.Option(help="Face model that fits; see: python -m analysis models.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for results/similarity.md and figures/.")] = PROJECT / "docs",
    cache: Annotated[Path, typer.Option(help="Folder to keep pictures and landmarks in between runs.")] = CACHE,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one per core.")] = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few people only: tries the evaluation, not the metrics.")
    ] = False,
) -> None:
    """Judge every metric on synthetic people and photographs, and write the results into the documentation.

    Without --ict and --london, $MIMICRY_SHARED is searched for models/ict-facekit and faces/london; what is not there
    is left out, and the results say so.
    """
    from analysis.evaluation.cast import Means
    from analysis.evaluation.generators import Generator, ict_generator
    from analysis.evaluation.run import Sources, evaluate
    from analysis.evaluation.sizes import FULL, QUICK
    from analysis.evaluation.write_results import write
    from analysis.face.models.registry import DEFAULT_MODEL

    if jobs == 0 or jobs < -1:
        raise typer.BadParameter("give a number of processes, or -1 for one per core", param_hint="--jobs")
    ict, london = ict or _shared("models/ict-facekit"), london or _shared("faces/london")
    fits = model or DEFAULT_MODEL
    generators = [Generator(fits)]
    if ict is not None:
        generators.append(ict_generator(ict))
    found = evaluate(
        Sources(generators, london, cache),
        QUICK if quick else FULL,
        Means(fits, jobs, progress),
        metrics=metric or (),
    )
    command = "scripts/evaluate --quick" if quick else "scripts/evaluate"
    file = write(found, out, command=command)
    typer.echo(f"written to {file} and {out / 'figures'}")


def _shared(relative: str) -> Path | None:
    folder = os.environ.get("MIMICRY_SHARED")
    return Path(folder) / relative if folder and (Path(folder) / relative).exists() else None


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate", expected=(AnalysisError,))
