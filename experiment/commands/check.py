"""``run_experiment.py check``: preflight of this machine before a session."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiment.commands.options import CameraSpec, PartnerCameraSpec, Windowed
from experiment.commands.validate import error_count

if TYPE_CHECKING:
    from experiment.lab.preflight_judgement import Finding
    from experiment.protocol.plan import SessionPlan

CAMERA_LOOP = "camera-loop"
SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


def check(
    protocol: Annotated[
        str | None,
        typer.Argument(metavar="PROTOCOL", help=f"Protocol file (YAML), or `{CAMERA_LOOP}`: measure the delay."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    camera: CameraSpec = None,
    dataset: Annotated[
        Path, typer.Option("--dataset", metavar="DIR", help="Folder of the data set, to check its disk.")
    ] = Path(),
    windowed: Windowed = False,
    partner_camera: PartnerCameraSpec = None,
    loop_protocol: Annotated[
        Path | None,
        typer.Option(
            "--protocol",
            metavar="FILE",
            help=f"With `{CAMERA_LOOP}`: protocol with the size and rate of the camera (default: 1280x720, 30 Hz).",
        ),
    ] = None,
) -> int:
    """Check display, keyboard, camera, face, light and disk.

    Run it before a session. Press SPACE when the window asks for it. Exit status 1 if there is an error. If the
    protocol films two persons, both cameras run at the same time.

    `check camera-loop` makes the screen flash in front of the camera and estimates the delay of display and camera.
    Sessions with this camera at this size and rate record it as the camera's offset.
    """
    from experiment.commands.session_choice import chosen_cameras
    from experiment.display.psychopy_import import require_psychopy
    from experiment.errors import SessionError
    from experiment.lab.preflight_judgement import has_error
    from experiment.lab.preflight_measure import (
        USUAL_CAMERA,
        PreflightOptions,
        measure_camera_loop,
        measure_machine,
    )
    from experiment.simulation.chosen_camera import camera_opener

    require_psychopy()
    is_loop = protocol == CAMERA_LOOP
    if loop_protocol is not None and not is_loop:
        raise SessionError(f"--protocol is for `check {CAMERA_LOOP}`; write `check {loop_protocol}`")
    plan = _plan(loop_protocol if is_loop else protocol)
    if partner_camera is not None and (is_loop or plan is None):
        raise SessionError("--partner-camera is for a protocol that films two persons; write `check PROTOCOL`")
    chosen = camera or (plan.cameras[0] if plan else "0")
    options = PreflightOptions(chosen, camera_opener(chosen), dataset, windowed)
    if plan is not None and not is_loop:
        _, partners = chosen_cameras(plan, camera, partner_camera)
        if plan.films_two:
            options = replace(options, partner_camera=partners, open_partner_camera=camera_opener(partners))
    if is_loop:
        findings = list(measure_camera_loop(options, plan.camera if plan else USUAL_CAMERA))
    else:
        findings = list(measure_machine(plan, options))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print_table(findings)
    return 1 if has_error(findings) else 0


def _plan(protocol: str | Path | None) -> SessionPlan | None:
    if protocol is None:
        return None
    from experiment.lab.clip_stills import locate_stills
    from experiment.lab.rendered_targets import locate_drawn
    from experiment.protocol.load import load_protocol
    from experiment.protocol.planner import design

    loaded = load_protocol(Path(protocol))
    sessions = loaded.content.sessions
    session = next(iter(sessions)) if sessions else None
    return design(loaded, participant="check", session=session, render=locate_drawn, stills=locate_stills)


def _print_table(findings: list[Finding]) -> None:
    """Print one line per finding, then the numbers of errors and warnings."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in findings:
        sign, colour = SIGNS[finding.mark]
        remedy = f"\n[dim]→ {escape(finding.remedy)}[/dim]" if finding.remedy else ""
        table.add_row(f"[{colour}]{sign}[/{colour}]", finding.name, escape(finding.found) + remedy)
    console = Console()
    console.print(table)
    marks = [finding.mark for finding in findings]
    console.print(error_count(errors=marks.count("failed"), warnings=marks.count("warning")))
