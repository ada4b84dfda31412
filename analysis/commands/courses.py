"""``courses``: the faces of trials over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.options import (
    Composites,
    DataSet,
    Jobs,
    Model,
    PrivateKey,
    Scheduler,
    finish_results,
    print_record_warnings,
    print_strays,
)

if TYPE_CHECKING:
    from analysis.courses.filmed_trials import LeftOutTrial


def courses(
    dataset: DataSet,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Output folder; default: DATASET/derivatives/mimicry/courses.")
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="Also write tables with one row per frame and measure.")] = False,
    bins: Annotated[
        int | None,
        typer.Option(
            metavar="MS",
            min=10,
            max=60_000,
            help="Also write tables with the mean of the used frames in bins of this width, such as 100.",
        ),
    ] = None,
    all_measures: Annotated[
        bool,
        typer.Option("--all-measures", help="Also write indices of movements whose indices cannot be trusted."),
    ] = False,
    max_lag: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.2, max=10.0, help="Largest lag that is searched for, in both directions."
        ),
    ] = 2.0,
    composite: Composites = None,
    model: Model = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    key: PrivateKey = None,
) -> None:
    """Measure the faces of all trials frame by frame.

    Writes for each session the strength of every facial movement in each frame, indices of each trial such as onset and
    peak, the lag behind a moving target or a partner, and what was left out and why. Trials without film have the
    frames kept around the key press, training also has what was measured live. A session that was measured before is
    measured again only if something changed.
    """
    from analysis.courses.composite_option import parse_composites
    from analysis.courses.course_files import CourseOptions, earlier_files
    from analysis.courses.derived_tables import DerivedTables
    from analysis.courses.lag.dataset_lags import write_dataset_lags
    from analysis.courses.measured_courses import filmed_sessions, measure_sessions
    from analysis.errors import DataSetError
    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.tables.measurement_provenance import write_description
    from analysis.tables.output_files import derivatives, prepare_folder
    from analysis.tables.output_place import require_output_place
    from analysis.tables.output_sums import add_sums, owner_of
    from analysis.tables.parallel import require_jobs
    from analysis.terminal import many
    from experiment.record.encryption import use_private_key
    from experiment.record.sessions import read_sessions

    composites = parse_composites(composite or [])
    require_jobs(jobs)
    require_output_place(out, dataset=dataset)
    print_strays(dataset)
    use_private_key(key)
    name = model or DEFAULT_MODEL
    face_model = load_model(name)
    records = read_sessions(dataset)
    print_record_warnings(records)
    sessions = filmed_sessions(records, dataset, face_model)
    if not any(session.has_courses for session in sessions):
        raise DataSetError(_nothing(dataset, [one for session in sessions for one in session.left_out]))
    folder = out or derivatives(dataset) / "courses"
    prepare_folder(folder)
    owner = owner_of("courses", dataset, folder)
    written: list[Path] = []
    options = CourseOptions(DerivedTables(long, bins), all_measures, max_lag, composites)
    for result in measure_sessions(sessions, name, folder=folder, options=options, jobs=jobs, scheduler=scheduler):
        written += result.files
        add_sums(folder, result.files, owner=owner)  # so that `verify` knows them also after an interruption
        done = f"{result.used} of {result.frames} frames used" if result.is_new else "unchanged, not measured again"
        typer.echo(f"{result.record.label}: {many(result.trials, 'trial')}, {done}")
        for note in result.notes:
            typer.echo(f"  {note}")
        for one in result.left_out:
            typer.echo(f"  left out: trial {one.trial.id} ({one.reason}): {one.message}")
    written += write_dataset_lags(folder, written)
    earlier = earlier_files(folder, records)
    finish_results(folder, written, command="courses", dataset=dataset, earlier=earlier)
    if out is None:
        write_description(derivatives(dataset), dataset=dataset)
    typer.echo(f"\n{many(sum(one.has_courses for one in sessions), 'session')} in {folder}")


def _nothing(dataset: Path, left_out: Sequence[LeftOutTrial]) -> str:
    """Return why nothing can be measured."""
    why = f" ({left_out[0].message})" if left_out else ""
    if any(one.reason in ("missing-file", "changed-file") for one in left_out):
        return f"no trial in {dataset} can be measured{why}"
    return (
        f"no trial in {dataset} is filmed or has frames of a key press{why}; films need `film: true` in the protocol, "
        "see docs/film.md"
    )
