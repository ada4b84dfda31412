"""``run_experiment.py resume``: continue an interrupted session."""

from __future__ import annotations

import time
from enum import Enum
from typing import Annotated

import typer

from experiment.commands.options import DataSet, Participant, PartnerCameraSpec, SessionLabel
from experiment.commands.run import print_report


class AcceptAgain(str, Enum):
    """Values of ``--accept`` for a session that was begun."""

    CLOCK = "clock"


def resume(
    dataset: DataSet,
    participant: Participant,
    session: SessionLabel = None,
    camera: Annotated[
        str | None, typer.Option("--camera", metavar="SPEC", help="Camera; default: that of the start of the session.")
    ] = None,
    accept: Annotated[
        AcceptAgain | None,
        typer.Option("--accept", help="Continue although the computer's clock is before a recorded session (clock)."),
    ] = None,
    partner_camera: PartnerCameraSpec = None,
) -> None:
    """Continue an interrupted session at its next unfinished trial.

    The order of trials stays the same.
    """
    began_s = time.time()
    typer.echo(f"participant {participant}: resuming")
    from dataclasses import replace

    from experiment.commands.session_output import shown_session
    from experiment.display.psychopy_import import require_display_server, require_psychopy

    require_psychopy()
    require_display_server()
    with shown_session(dataset, participant, session, began_s=began_s) as live:
        from experiment.commands.session_choice import run_chosen_session
        from experiment.lab.live.publisher import report_step
        from experiment.lab.session_checks import find_resumable_session
        from experiment.lab.session_options import SIMULATED

        report_step(live, "reading the record and the protocol")
        found = find_resumable_session(dataset, participant, session)
        options = found.options if camera is None else replace(found.options, camera=camera)
        options = replace(options, accept=() if accept is None else (accept.value,))
        if found.is_rehearsal and options.camera == SIMULATED:
            typer.echo(
                "simulation: you press the keys of this session now; the same `simulate` command as before finishes it "
                "by itself",
                err=True,
            )
        if partner_camera is not None:
            options = replace(options, partner_camera=partner_camera)
        report = run_chosen_session(found.plan, dataset, options, resume=found, live=live)
    print_report(report, dataset)
