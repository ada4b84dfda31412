"""``compare``: target x mimic tables for photographs on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compare(
    manifest: Annotated[
        Path,
        typer.Argument(help="CSV file with the columns person, expression, image; paths of images are relative to it."),
    ],
    targets: Annotated[str, typer.Option(help="The target person, or 'each': every ordered pair of people.")],
    out: Annotated[Path, typer.Option(help="Folder to write scores.csv, tables/*.csv and summary.json into.")],
    metric: Annotated[str | None, typer.Option(help="How to score; see the documentation of the metrics.")] = None,
    model: Annotated[str | None, typer.Option(help="Face model; see: python -m analysis models.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes to measure in; -1: one per core.")] = 1,
) -> None:
    """Score every person's pictures against those of one target person, or of each.

    Rows with the expression 'neutral' calibrate that person. Pictures that cannot be measured are left out and listed
    in summary.json with their reason.
    """
    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from analysis.face.similarity.metrics import metric as find_metric
    from analysis.tables.manifest import read_manifest
    from analysis.tables.people import compare_people, prepare
    from analysis.terminal import many, progress

    if jobs == 0 or jobs < -1:
        raise typer.BadParameter("give a number of processes, or -1 for one per core", param_hint="--jobs")
    chosen = find_metric(metric or DEFAULT_METRIC)
    people = read_manifest(manifest).people
    prepare(out)
    comparison = compare_people(
        people,
        folder=manifest.parent,
        targets=targets,
        metric=chosen,
        model=load_model(model or DEFAULT_MODEL),
        jobs=jobs,
        progress=progress,
    )
    summary = comparison.write(out)
    found = f"{many(summary['pairs'], 'table')}, {many(summary['mimics'], 'mimic')}, metric {chosen.name}"
    if summary["rank1"] is not None:
        chance = "" if summary["rank1_chance"] is None else f" (chance {summary['rank1_chance']:.3f})"
        found += f": rank-1 {summary['rank1']:.3f}{chance}, AUC {summary['auc']:.3f}, d' {summary['d_prime']:.2f}"
    typer.echo(found)
    if comparison.says_nothing:
        typer.echo(comparison.says_nothing)
    gone = [name for name in people if name not in comparison.people]
    if gone:
        typer.echo(f"in no table, as none of their pictures can be measured: {', '.join(gone)}")
    if comparison.without_neutral:
        typer.echo(f"without a neutral picture, so measured less well: {comparison.without_neutral}")
    if comparison.left_out:
        typer.echo(f"{comparison.left_out}; all reasons in {out / 'summary.json'}")
    older = {file.name for file in (out / "tables").glob("*_table.csv")} - set(comparison.files.values())
    if older:
        typer.echo(f"{len(older)} older tables in {out / 'tables'} are not of this run, such as {min(older)}")
    typer.echo(f"written to {out}")
