"""``run_experiment.py run``: run one session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.paths import ANALYSIS_PROGRAM
from experiment.commands.options import (
    Accepted,
    CameraSpec,
    DataSet,
    Groups,
    Language,
    Mimicry,
    Participant,
    PartnerCameraSpec,
    ProtocolFile,
    Seed,
    SessionLabel,
    Strata,
    Windowed,
)

if TYPE_CHECKING:
    from experiment.lab.session_options import SessionReport


def run(
    protocol: ProtocolFile,
    participant: Participant,
    dataset: DataSet,
    session: SessionLabel = None,
    seed: Seed = None,
    camera: CameraSpec = None,
    partner: Annotated[
        str | None,
        typer.Option("--partner", metavar="ID", help="Id of the second person, if the protocol films two."),
    ] = None,
    partner_camera: PartnerCameraSpec = None,
    language: Language = None,
    windowed: Windowed = False,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="Try-out: accept any display and mark the data as pilot data.")
    ] = False,
    accept_display: Annotated[
        bool, typer.Option("--accept-display", help="Run even if the display is not what the protocol asks for.")
    ] = False,
    accept: Accepted = None,
    stream: Annotated[
        list[str] | None,
        typer.Option("--stream", metavar="SPEC", help="Send live coefficients to json://, osc:// or lsl:; repeatable."),
    ] = None,
    mimicry: Mimicry = None,
    group: Groups = None,
    stratum: Strata = None,
) -> None:
    """Run one session: SPACE responds, ESC pauses.

    All recorded data are kept if the session ends early.
    """
    from experiment.commands.session_choice import chosen_cameras, run_chosen_session
    from experiment.display.psychopy_import import require_psychopy
    from experiment.lab.assignments import GroupOptions, find_assignment
    from experiment.lab.clip_stills import clip_stills
    from experiment.lab.rendered_targets import render_for_session
    from experiment.lab.session_options import Options
    from experiment.lab.speech_files import require_speech
    from experiment.protocol.load import load_protocol
    from experiment.protocol.partner import with_partner
    from experiment.protocol.planner import design

    require_psychopy()
    loaded = load_protocol(protocol)
    if not pilot:
        require_speech(loaded)
    plan = design(
        loaded,
        participant=participant,
        session=session,
        seed=seed,
        language=language,
        assignment=find_assignment(
            loaded, dataset, participant, GroupOptions.parsed(group or (), stratum or ()), seed=seed
        ),
        render=render_for_session,
        stills=clip_stills,
    )
    plan = with_partner(plan, partner)
    own_camera, partners_camera = chosen_cameras(plan, camera, partner_camera)
    gain = _gain(mimicry, own_camera)
    options = Options(
        camera=own_camera,
        partner_camera=partners_camera,
        windowed=windowed,
        pilot=pilot,
        accept_display=accept_display,
        streams=tuple(stream or ()),
        accept=tuple(one.value for one in accept or ()),
        mimicry=gain,
    )
    print_report(run_chosen_session(plan, dataset, options), dataset)


def _gain(mimicry: float | None, camera: str) -> float:
    """Return the strength of mimicry of the simulated participant.

    Raises
    ------
    SessionError
        If it is not allowed, or the camera films a real person.
    """
    from experiment.errors import SessionError
    from experiment.lab.session_options import SIMULATED
    from experiment.simulation.watching.mimicry import check_gain

    if mimicry is None:
        return 1.0
    if camera != SIMULATED:
        raise SessionError(f"--mimicry is for simulated participants; add --camera {SIMULATED}, or leave it out")
    return check_gain(mimicry)


def print_report(report: SessionReport, dataset: Path) -> None:
    """Print how a session ended and the next command."""
    from experiment.lab.resume_command import resume_command
    from experiment.record.session_timing import session_timing

    place, totals = report.place, report.totals
    if report.ending == "declined":
        from experiment.record.consent.at_start import declined_sentence
        from experiment.record.history import read_history

        typer.echo(f"{place.label}: {declined_sentence(read_history(place))}: {place.journal}")
        return
    ending = {"complete": "complete", "ended": "ended early"}[report.ending]
    typer.echo(
        f"{place.label}: {ending}; display {report.verdict.word}, {totals.missed} of {totals.flips} frames missed"
    )
    if report.ending == "ended":
        typer.echo(f"continue with: {resume_command(dataset, place.participant, place.session)}")
    for sentence in (*session_timing(place).sentences(), *report.faces):
        typer.echo(sentence)
    typer.echo(f"recorded in {place.journal.parent}; figure of its timing: {ANALYSIS_PROGRAM} timing {dataset}")
