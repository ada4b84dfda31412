"""``timing``: how well the sessions of a data set kept time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.options import DataSet, finish_results, print_record_warnings, print_strays


def timing(
    dataset: DataSet,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/timing.")
    ] = None,
) -> None:
    """Draw the timing of every session and judge each of its trials."""
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.output_files import derivatives, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.terminal import many, progress
    from analysis.timing.timing_files import timings, write_timing
    from experiment.record.sessions import read_sessions

    require_output_place(out, dataset=dataset)
    if out is not None:
        prepare_folder(out)
    print_strays(dataset)
    print_record_warnings(read_sessions(dataset))
    found = list(timings(dataset))
    folder = out or derivatives(dataset) / "timing"
    written = []
    for one in progress(found, total=len(found), title="Drawing"):
        written += write_timing(one, folder)
    finish_results(folder, written, command="timing", dataset=dataset)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    for one in found:
        typer.echo("\n".join([f"{one.place.label} {one.sentences()[0]}", *one.sentences()[1:]]))
    typer.echo(f"{many(len(found), 'figure')} in {folder}")
