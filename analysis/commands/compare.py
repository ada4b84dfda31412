"""``compare``: target x mimic tables for photographs on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.commands.options import Jobs, Model, OneMetric, chosen_metric, chosen_model

if TYPE_CHECKING:
    from analysis.tables.comparison import Comparison


def compare(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="CSV file with the columns person, expression, image; paths of images are relative to it.",
        ),
    ],
    targets: Annotated[
        str, typer.Option(metavar="PERSON", help="The target person, or 'each': every ordered pair of people.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for scores.csv and its dictionary, tables/*.csv and summary.json."),
    ],
    metric: OneMetric = None,
    model: Model = None,
    jobs: Jobs = 1,
) -> None:
    """Score photographs of people against those of target people.

    Rows with the expression 'neutral' calibrate that person. Pictures that cannot be measured are left out and listed
    in summary.json with their reason.
    """
    from analysis.tables.manifest import read_manifest
    from analysis.tables.output_files import prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.people import compare_people
    from analysis.terminal import progress

    if jobs == 0 or jobs < -1:
        raise typer.BadParameter("give a number of processes, or -1 for one per core", param_hint="--jobs")
    chosen = chosen_metric(metric)
    people = read_manifest(manifest)
    require_output_place(out, dataset=None)
    prepare_folder(out)
    comparison = compare_people(
        people,
        targets=targets,
        metric=chosen,
        model=chosen_model(model),
        jobs=jobs,
        progress=progress,
    )
    summary = comparison.write(out)
    unmeasured = [name for name in people.people if name not in comparison.people]
    typer.echo("\n".join(_lines(comparison, summary, out, unmeasured=unmeasured)))


def _lines(comparison: Comparison, summary: dict[str, Any], out: Path, *, unmeasured: Sequence[str]) -> Iterator[str]:
    from analysis.tables.statistics import d_prime_text
    from analysis.terminal import many

    found = f"{many(summary['pairs'], 'table')}, {many(summary['mimics'], 'mimic')}, metric {summary['metric']}"
    if summary["rank1"] is not None:
        chance = "" if summary["rank1_chance"] is None else f" (chance {summary['rank1_chance']:.3f})"
        d_prime = d_prime_text(summary["d_prime"])
        auc = "not defined" if summary["auc"] is None else f"{summary['auc']:.3f}"
        found += f": rank-1 {summary['rank1']:.3f}{chance}, AUC {auc}, d' {d_prime}"
    yield found
    yield from (f"  {name}: {text}" for name, text in (summary["methods"] or {}).items())
    if comparison.statistics_note:
        yield comparison.statistics_note
    if comparison.interval_note:
        yield comparison.interval_note
    if unmeasured:
        yield f"in no table, as none of their pictures can be measured: {', '.join(unmeasured)}"
    if comparison.without_neutral:
        yield f"without a neutral picture, so measured less well: {comparison.without_neutral}"
    if comparison.floor_note:
        yield comparison.floor_note
    if comparison.exclusion_note:
        yield f"{comparison.exclusion_note}; all reasons in {out / 'summary.json'}"
    older = {file.name for file in (out / "tables").glob("*_table.csv")} - set(comparison.files.values())
    if older:
        yield f"{len(older)} older tables in {out / 'tables'} are not of this run, such as {min(older)}"
    yield f"written to {out}"
