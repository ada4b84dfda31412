"""``scripts/evaluate uncertainty``: learn and judge intervals and ratios."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from analysis.evaluation.__main__ import CACHE, shared_folder
from analysis.face.errors import AnalysisError
from analysis.face.similarity.uncertainty import FILE
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

PAGE = PROJECT / "docs" / "results" / "uncertainty.md"
METRICS = (
    "combined",
    "appearance",
    "units",
    "emotions",
    "blend",
    "displacement",
    "points",
    "points:mobile",
    "pooled",
    "appearance-pooled",
)
"""Metrics whose uncertainty is learned; `eos` fits each picture alone and is left out."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def uncertainty(  # noqa: PLR0913 (every option of a command is a parameter)
    ict: Annotated[
        Path | None, typer.Option(help="ICT-FaceKit, a folder of OBJ files or an .npz: people of another face model.")
    ] = None,
    london: Annotated[
        Path | None, typer.Option(help="Face Research Lab London Set: NNN_neutral.jpg and NNN_smiling.jpg.")
    ] = None,
    groups: Annotated[int, typer.Option(help="Groups of four people to learn from, of each face model.", min=1)] = 3,
    judged: Annotated[int, typer.Option(help="Groups of four other people to judge, of each face model.", min=1)] = 2,
    learned: Annotated[Path, typer.Option(help="The file of learned numbers to write.")] = FILE,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PAGE,
    cache: Annotated[Path, typer.Option(help="Folder of pictures and landmarks kept between runs.")] = CACHE,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one per core.")] = 1,
) -> None:
    """Learn intervals and likelihood ratios from drawn people and judge them.

    Without --ict and --london, models/ict-facekit and faces/london in
    $MIMICRY_SHARED are used.
    """
    from analysis.evaluation.photographs import PhotographStore
    from analysis.evaluation.uncertainty.crossed_scores import crossed_scores
    from analysis.evaluation.uncertainty.learned_file import write_learned
    from analysis.evaluation.uncertainty.repeated_people import GroupTask
    from analysis.evaluation.uncertainty.repeated_scores import joined, measured_group
    from analysis.evaluation.uncertainty.smile_evidence import smile_ratios
    from analysis.evaluation.uncertainty.uncertainty_page import Judged, uncertainty_page
    from analysis.face.models.registry import load_model
    from analysis.face.similarity.metrics import metric
    from analysis.face.similarity.uncertainty import read_uncertainty
    from analysis.face.synthetic.generators import Generator, ict_generator
    from analysis.tables.output_files import put
    from analysis.tables.parallel import require_jobs, results

    require_jobs(jobs)
    ict, london = ict or shared_folder("models/ict-facekit"), london or shared_folder("faces/london")
    if ict is None and groups < 2:
        raise typer.BadParameter("two groups at least are needed without --ict", param_hint="--groups")
    generators = [Generator()] + ([ict_generator(ict)] if ict is not None else [])
    tasks = {
        (part, generator.name): [GroupTask(PhotographStore(generator, cache), part, k) for k in range(number)]
        for part, number in (("learn", groups), ("judge", judged))
        for generator in generators
    }
    every = [task for some in tasks.values() for task in some]
    scored = iter(
        list(
            progress(
                results(partial(measured_group, METRICS), every, jobs=jobs), total=len(every), title="groups of people"
            )
        )
    )
    parts = {key: [next(scored) for _ in some] for key, some in tasks.items()}
    model, metrics = load_model(), [metric(name) for name in METRICS]
    crossed = {
        part: crossed_scores([one.sets for other in generators for one in parts[part, other.name]], metrics, model)
        for part in ("learn", "judge")
    }
    to_learn = joined([one.scores for other in generators for one in parts["learn", other.name]]), crossed["learn"]
    write_learned(learned, to_learn, METRICS, sources=[one.name for one in generators])
    known = read_uncertainty(learned)
    smiles = None
    if london is not None:
        smiles = smile_ratios(london, cache, tasks["judge", generators[0].name][0], known=known, jobs=jobs)
    of_models = {one.name: joined([group.scores for group in parts["judge", one.name]]) for one in generators}
    results_of = Judged(of_models, crossed["judge"], to_learn, known, smiles)
    command = f"scripts/evaluate uncertainty --groups {groups} --judged {judged}"
    put(out, uncertainty_page(results_of, command=command))
    typer.echo(f"written to {learned} and {out}")


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate uncertainty", expected=(AnalysisError,))
