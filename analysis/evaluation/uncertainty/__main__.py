"""``scripts/evaluate uncertainty``: learn and judge intervals and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.evaluation.options import CACHE, EXPECTED, Cache, Ict, Jobs, London, drawn_models, london_photographs
from analysis.face.similarity.uncertainty import FILE
from analysis.paths import PROJECT
from analysis.terminal import progress, run_app

if TYPE_CHECKING:
    from analysis.evaluation.uncertainty.neighbour_frames import FilmedScore
    from analysis.evaluation.uncertainty.repeated_people import GroupTask
    from analysis.evaluation.uncertainty.repeated_scores import MeasuredGroup

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
    ict: Ict = None,
    london: London = None,
    groups: Annotated[int, typer.Option(help="Groups of four people to learn from, of each face model.", min=1)] = 3,
    judged: Annotated[int, typer.Option(help="Groups of four other people to judge, of each face model.", min=1)] = 2,
    judged_from: Annotated[
        int,
        typer.Option(
            help="Number of the first judged group; with another one, people are judged who influenced no choice.",
            min=0,
        ),
    ] = 0,
    filmed: Annotated[
        int, typer.Option(help="Judged groups that are also filmed for a moment, of each face model.", min=0)
    ] = 1,
    learned: Annotated[Path, typer.Option(help="The file of learned numbers to write.")] = FILE,
    out: Annotated[Path, typer.Option(help="The page to write.")] = PAGE,
    cache: Cache = CACHE,
    jobs: Jobs = 1,
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
    from analysis.tables.output_files import put
    from analysis.tables.parallel import require_jobs, results

    require_jobs(jobs)
    generators = drawn_models(ict)
    if len(generators) == 1 and groups < 2:
        raise typer.BadParameter("two groups at least are needed without --ict", param_hint="--groups")
    tasks = [
        GroupTask(PhotographStore(generator, cache), part, first + number)
        for part, first, count in (("learn", 0, groups), ("judge", judged_from, judged))
        for generator in generators
        for number in range(count)
    ]
    work = results(partial(measured_group, METRICS), tasks, jobs=jobs)
    measured = list(progress(work, total=len(tasks), title="groups of people"))

    def groups_of(part: str, name: str | None = None) -> list[MeasuredGroup]:
        return [
            group
            for task, group in zip(tasks, measured, strict=True)
            if task.part == part and name in (None, task.store.generator.name)
        ]

    model, metrics = load_model(), [metric(name) for name in METRICS]
    crossed = {
        part: crossed_scores([one.sets for one in groups_of(part)], metrics, model) for part in ("learn", "judge")
    }
    to_learn = joined([one.scores for one in groups_of("learn")]), crossed["learn"]
    names = [one.name for one in generators]
    write_learned(learned, to_learn, METRICS, sources=names)
    known = read_uncertainty(learned)
    smiles = None
    if (photographs := london_photographs(london)) is not None:
        targets = next(task for task in tasks if task.part == "judge")
        smiles = smile_ratios(photographs, cache, targets, known=known, jobs=jobs)
    of_models = {name: joined([one.scores for one in groups_of("judge", name)]) for name in names}
    results_of = Judged(
        of_models, crossed["judge"], to_learn, known, smiles, _filmed(tasks, measured, judged_from + filmed, jobs)
    )
    chosen = {"groups": groups, "judged": judged, "judged-from": judged_from, "filmed": filmed}
    command = " ".join(["scripts/evaluate uncertainty", *(f"--{name} {number}" for name, number in chosen.items())])
    put(out, uncertainty_page(results_of, command=command))
    typer.echo(f"written to {learned} and {out}")


def _filmed(
    tasks: Sequence[GroupTask], measured: Sequence[MeasuredGroup], before: int, jobs: int
) -> dict[str, list[FilmedScore]]:
    """Film the judged groups and return the scores of the frames by metric."""
    from analysis.evaluation.uncertainty.neighbour_frames import FILMED_METRICS, filmed_group
    from analysis.tables.parallel import results

    groups = zip(tasks, measured, strict=True)
    films = [(task, one.sets) for task, one in groups if task.part == "judge" and task.number < before]
    work = results(partial(filmed_group, FILMED_METRICS), films, jobs=jobs)
    found = list(progress(work, total=len(films), title="films"))
    return {name: [row for one in found for row in one[name]] for name in FILMED_METRICS} if found else {}


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate uncertainty", expected=EXPECTED)
