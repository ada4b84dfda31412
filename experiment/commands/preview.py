"""``run_experiment.py preview``: every screen of a protocol, and the orders."""

from __future__ import annotations

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
    seed: Seed = None,
    language: Language = None,
) -> None:
    """Draw every screen of a protocol, and print orders of trials.

    The screens look as in a session. Give --out, --orders or both.
    """
    from analysis.terminal import progress
    from experiment.errors import ExperimentError
    from experiment.lab.clip_stills import clip_stills
    from experiment.lab.course_clips import write_course_clips
    from experiment.lab.rendered_targets import render_drawn
    from experiment.preview import distinct_screens, plans_of, write_preview
    from experiment.protocol.load import load_protocol
    from experiment.record.files import remedy
    from experiment.screens.text_fit import misfits

    if out is None and not orders:
        raise typer.BadParameter("give --out DIR for pictures of the screens, --orders N for orders of trials, or both")
    if clips and out is None:
        raise typer.BadParameter("--clips needs --out DIR, the folder of the clips")
    loaded = load_protocol(protocol)
    if orders:
        _print_orders(loaded, orders, seed)
    if out is None:
        return
    plans = plans_of(loaded, seed=seed, language=language, render=render_drawn, stills=clip_stills)
    shown = distinct_screens(plans)
    try:
        files = write_preview(shown, plans[0].display.size_px, out)
        count = sum(1 for _ in progress(files, total=len(shown) + 1, title="drawing"))
    except OSError as error:
        raise ExperimentError(f"{out}: the pictures cannot be written there: {remedy(error, new=True)}") from error
    for item in shown:
        for sentence in misfits(item.screen, plans[0].display.size_px):
            typer.echo(f"warning: {item.name}: {sentence}", err=True)
    if clips:
        written = write_course_clips(plans[0].targets, out / "clips")
        typer.echo(f"{len(written)} clips of drawn courses in {out / 'clips'}")
    typer.echo(f"{count - 1} screens in {out}, all of them in {out / 'contact_sheet.png'}")


def _print_orders(loaded: Protocol, count: int, seed: int | None) -> None:
    from experiment.lab.clip_stills import locate_stills
    from experiment.lab.rendered_targets import locate_drawn
    from experiment.preview import order_lines
    from experiment.protocol.planner import design

    width = max(2, len(str(count)))
    for session in loaded.content.sessions or (None,):
        for number in range(1, count + 1):
            plan = design(
                loaded,
                participant=f"{number:0{width}d}",
                session=session,
                seed=seed,
                render=locate_drawn,
                stills=locate_stills,
            )
            groups = ", ".join(f"{factor} {level}" for factor, level in plan.groups.items())
            label = ", ".join(part for part in (f"session {session}" if session else "", groups) if part)
            typer.echo(f"{plan.participant}" + (f" ({label})" if label else ""))
            for line in order_lines(plan):
                typer.echo(f"    {line}")
