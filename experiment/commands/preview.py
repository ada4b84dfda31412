"""``run_experiment.py preview``: every screen of a protocol, and the orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiment.commands.options import Language, ProtocolFile, Seed

if TYPE_CHECKING:
    from experiment.protocol.load import Protocol


def preview(
    protocol: ProtocolFile,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the pictures.")] = None,
    orders: Annotated[
        int,
        typer.Option(
            "--orders", metavar="N", min=0, max=10000, help="Print the orders of trials of participants 01 to N."
        ),
    ] = 0,
    clips: Annotated[
        bool, typer.Option("--clips", help="Also write each drawn course as a clip (mp4), with its table.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the description as JSON, and nothing else.")] = False,
    seed: Seed = None,
    language: Language = None,
) -> None:
    """Describe the study, draw every screen of a protocol, and print orders of trials.

    The description has the duration, trials, camera frames and disk space of every session. The screens look as in a
    session.
    """
    from experiment.commands.validate import description_of, estimates_of
    from experiment.protocol.estimates.assumptions import ASSUMED
    from experiment.protocol.estimates.description import description_json
    from experiment.protocol.load import load_protocol

    if clips and out is None:
        raise typer.BadParameter("--clips needs --out DIR, the folder of the clips")
    if as_json and (orders or out is not None):
        raise typer.BadParameter("--json prints the description alone; leave --out and --orders out")
    loaded = load_protocol(protocol)
    if as_json:
        described = description_json(estimates_of(loaded, language=language))
        typer.echo(json.dumps(described, indent=2, ensure_ascii=False))
        return
    if orders:
        _print_orders(loaded, orders, seed)
    else:
        for line in (*description_of(loaded, language=language), *ASSUMED):
            typer.echo(line)
    if out is not None:
        _draw(loaded, out, clips=clips, seed=seed, language=language)


def _draw(loaded: Protocol, out: Path, *, clips: bool, seed: int | None, language: str | None) -> None:
    """Draw every screen of a protocol into a folder."""
    from analysis.terminal import progress
    from experiment.errors import ExperimentError
    from experiment.lab.clip_stills import clip_stills
    from experiment.lab.course_clips import write_course_clips
    from experiment.lab.rendered_targets import render_drawn
    from experiment.lab.training_example import TrainingExamples
    from experiment.preview import distinct_screens, plans_of, screens_by_group, write_preview
    from experiment.record.files import remedy
    from experiment.screens.text_fit import misfits

    plans = plans_of(loaded, seed=seed, language=language, render=render_drawn, stills=clip_stills)
    shown = distinct_screens(plans, training=TrainingExamples(render_drawn).screen)
    groups = screens_by_group(shown)
    try:
        files = write_preview(shown, plans[0].display.size_px, out)
        for _ in progress(files, total=len(shown) + len(groups) + 1, title="drawing"):
            pass
    except OSError as error:
        raise ExperimentError(f"{out}: the pictures cannot be written there: {remedy(error, new=True)}") from error
    for item in shown:
        for sentence in misfits(item.screen, plans[0].display.size_px):
            typer.echo(f"warning: {item.name}: {sentence}", err=True)
    if clips:
        written = write_course_clips(plans[0].targets, out / "clips")
        typer.echo(f"{len(written)} clips of drawn courses in {out / 'clips'}")
    for label, places in groups.items():
        typer.echo(f"{label}: {len(places)} screens")
    sheets = ", and those of each session and group in a sheet of their own" if groups else ""
    typer.echo(f"{len(shown)} screens in {out}, all of them in {out / 'contact_sheet.png'}{sheets}")


def _print_orders(loaded: Protocol, count: int, seed: int | None) -> None:
    from experiment.lab.assignments import rehearsed_assignments
    from experiment.lab.clip_stills import locate_stills
    from experiment.lab.rendered_targets import locate_drawn
    from experiment.preview import order_lines
    from experiment.protocol.planner import design

    width = max(2, len(str(count)))
    names = [f"{number:0{width}d}" for number in range(1, count + 1)]
    assignments = rehearsed_assignments(loaded, names, seed=seed)
    for session in loaded.content.sessions or (None,):
        for name, assignment in assignments.items():
            plan = design(
                loaded,
                participant=name,
                session=session,
                seed=seed,
                assignment=assignment,
                render=locate_drawn,
                stills=locate_stills,
            )
            strata = {} if assignment is None else assignment.strata
            groups = ", ".join(f"{factor} {level}" for factor, level in (*plan.groups.items(), *strata.items()))
            label = ", ".join(part for part in (f"session {session}" if session else "", groups) if part)
            typer.echo(f"{plan.participant}" + (f" ({label})" if label else ""))
            for line in order_lines(plan):
                typer.echo(f"    {line}")
